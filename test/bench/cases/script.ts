import type { HistoryEvent } from './histories.ts';
import { type SentCommand, stepName } from './store-spy.ts';

/**
 * One thing that a workflow did or waited for, with the number of the step, timer, signal or update that it is about. `show`: search
 * attributes; `part`: from here on the case's next workflow.
 */
export type Move =
  | readonly [
      kind:
        | ('step' | 'stepped' | 'rang' | 'stop' | 'signalled')
        | ('asked' | 'answer' | 'show' | 'part'),
      no: number,
    ]
  | readonly [kind: 'timer', no: number, lengthMs: number];

/** Something that comes to the workflow from outside, once so many of its steps are done. */
export interface Stimulus {
  readonly kind: 'signal' | 'update';
  readonly afterSteps: number;
}

/** What a case did, without why: its moves in their order, and what each of its steps wrote. */
export interface Script {
  readonly moves: readonly Move[];
  readonly stimuli: readonly Stimulus[];
  /** Writes of each step, in its order; a step may write nothing. */
  readonly writes: readonly (readonly SentCommand[])[];
  readonly participantId: string;
  readonly caseId: string;
  /** Hash of the last entry of the participant's history before the case. */
  readonly lastHash: string;
}

/** Reads the script from the histories of a case's workflows, one after the other, and from what its steps wrote. */
export function scriptOf(
  { participantId, caseId, lastHash }: Pick<Script, 'participantId' | 'caseId' | 'lastHash'>,
  histories: readonly { readonly workflowId: string; readonly events: readonly HistoryEvent[] }[],
  written: ReadonlyMap<string, readonly SentCommand[]>,
): Script {
  const moves: Move[] = [];
  const stimuli: Stimulus[] = [];
  const writes: (readonly SentCommand[])[] = [];
  const counts = { done: 0, timers: 0, signals: 0, updates: 0, shown: 0 };
  for (const [part, { workflowId, events }] of histories.entries()) {
    if (part > 0) moves.push(['part', part]);
    const steps = new Map<string, number>();
    const timers = new Map<string, number>();
    const updates = new Map<string, number>();
    for (const event of events) {
      const scheduled = event.activityTaskScheduledEventAttributes;
      const completed = event.activityTaskCompletedEventAttributes;
      const timer = event.timerStartedEventAttributes;
      const fired = event.timerFiredEventAttributes;
      const cancelled = event.timerCanceledEventAttributes;
      const accepted = event.workflowExecutionUpdateAcceptedEventAttributes;
      const answered = event.workflowExecutionUpdateCompletedEventAttributes;
      if (scheduled) {
        steps.set(String(event.eventId), writes.length);
        moves.push(['step', writes.length]);
        writes.push(written.get(stepName(workflowId, scheduled.activityId ?? '')) ?? []);
      } else if (completed) {
        counts.done += 1;
        moves.push(['stepped', steps.get(String(completed.scheduledEventId)) ?? 0]);
      } else if (timer) {
        timers.set(timer.timerId ?? '', counts.timers);
        moves.push(['timer', counts.timers, msOf(timer.startToFireTimeout)]);
        counts.timers += 1;
      } else if (fired) {
        moves.push(['rang', timers.get(fired.timerId ?? '') ?? 0]);
      } else if (cancelled) {
        moves.push(['stop', timers.get(cancelled.timerId ?? '') ?? 0]);
      } else if (event.workflowExecutionSignaledEventAttributes) {
        // The first comes with the start.
        if (counts.signals > 0) stimuli.push({ kind: 'signal', afterSteps: counts.done });
        moves.push(['signalled', counts.signals]);
        counts.signals += 1;
      } else if (accepted) {
        updates.set(accepted.protocolInstanceId ?? '', counts.updates);
        stimuli.push({ kind: 'update', afterSteps: counts.done });
        moves.push(['asked', counts.updates]);
        counts.updates += 1;
      } else if (event.upsertWorkflowSearchAttributesEventAttributes) {
        moves.push(['show', counts.shown]);
        counts.shown += 1;
      } else if (answered) {
        moves.push(['answer', updates.get(answered.meta?.updateId ?? '') ?? 0]);
      }
    }
  }
  return { participantId, caseId, lastHash, moves, stimuli, writes };
}

/** What a case has in its histories, in the mean. */
export interface MoveCounts {
  readonly steps: number;
  readonly timers: number;
  /** Signals and updates. */
  readonly messages: number;
  readonly events: number;
}

/** Counts the moves of so many cases. */
export function countMoves(events: readonly HistoryEvent[], cases: number): MoveCounts {
  const per = (isOne: (event: HistoryEvent) => unknown) => events.filter(isOne).length / cases;
  return {
    steps: per((event) => event.activityTaskScheduledEventAttributes),
    timers: per((event) => event.timerStartedEventAttributes),
    messages: per(
      (event) =>
        event.workflowExecutionSignaledEventAttributes ??
        event.workflowExecutionUpdateAcceptedEventAttributes,
    ),
    events: per(() => true),
  };
}

function msOf(length: { seconds?: unknown; nanos?: number | null } | null | undefined): number {
  return Number(length?.seconds ?? 0) * 1_000 + (length?.nanos ?? 0) / 1_000_000;
}
