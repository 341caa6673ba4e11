import type { CommittedHistory, History } from './histories.ts';

/** What is in histories, as sorted lists without repetition. */

type Event = NonNullable<History['events']>[number];
type Payloads = { payloads?: { data?: Uint8Array | null }[] | null } | null | undefined;

/** Names of the messages of people that were accepted. */
export function updatesIn(histories: readonly CommittedHistory[]): string[] {
  return collect(histories, (event) => {
    const accepted = event.workflowExecutionUpdateAcceptedEventAttributes;
    return [accepted?.acceptedRequest?.input?.name];
  });
}

/** Names of the activities that were asked for. */
export function activitiesIn(histories: readonly CommittedHistory[]): string[] {
  return collect(histories, (event) => [
    event.activityTaskScheduledEventAttributes?.activityType?.name,
  ]);
}

/** Stages in which steps left the case. */
export function stagesIn(histories: readonly CommittedHistory[]): string[] {
  return collect(histories, (event) => changesOf(event).map((change) => change.stage));
}

/** Outcomes with which cases ended. */
export function outcomesIn(histories: readonly CommittedHistory[]): string[] {
  return collect(histories, (event) => changesOf(event).map((change) => change.outcome));
}

function collect(
  histories: readonly CommittedHistory[],
  namesIn: (event: Event) => (string | null | undefined)[],
): string[] {
  const found = new Set<string>();
  for (const { history } of histories) {
    for (const name of (history.events ?? []).flatMap(namesIn)) if (name) found.add(name);
  }
  return [...found].sort();
}

interface Change {
  stage?: string;
  outcome?: string | null;
}

/** The case as a step's answer has it: a step answers with its outcome, an action's record with the outcome inside. */
function changesOf(event: Event): Change[] {
  const result: Payloads = event.activityTaskCompletedEventAttributes?.result;
  return (result?.payloads ?? []).flatMap(({ data }) => {
    if (!data || data.length === 0) return [];
    const answer = JSON.parse(Buffer.from(data).toString('utf8'));
    const change: Change | undefined = answer?.change ?? answer?.outcome?.change;
    return change ? [change] : [];
  });
}
