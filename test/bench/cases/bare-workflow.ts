import { defineSearchAttributeKey } from '@temporalio/common';
import {
  CancellationScope,
  condition,
  defineSignal,
  defineUpdate,
  isCancellation,
  ParentClosePolicy,
  proxyActivities,
  setHandler,
  sleep,
  startChild,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import type { Move } from './script.ts';

/** The one activity: it writes what the step of this number wrote. */
export interface BareActivities {
  write(caseId: string, step: number): Promise<void>;
}

/** Input of `bareCase`. */
export interface BareInput {
  readonly caseId: string;
  readonly moves: readonly Move[];
  /** Whether it shows search attributes and settles in a workflow of its own, as a case does. */
  readonly isLikeOurs: boolean;
}

/** A write that is refused again and again was written down wrongly: that shows, and nobody waits for it. */
const { write } = proxyActivities<BareActivities>({
  startToCloseTimeout: '30s',
  retry: { maximumAttempts: 5 },
});

const STAGE = defineSearchAttributeKey('Stage', 'KEYWORD');
const TIER = defineSearchAttributeKey('Tier', 'KEYWORD');
const NEXT_DEADLINE = defineSearchAttributeKey('NextDeadline', 'DATETIME');

/** Makes the moves of a case, with its timers, steps and messages, and knows nothing of what they are for. */
export async function bareCase({ caseId, moves, isLikeOurs }: BareInput): Promise<void> {
  let signals = 0;
  let asked = 0;
  let answered = 0;
  setHandler(defineSignal<[unknown]>('news'), () => {
    signals += 1;
  });
  setHandler(defineUpdate<number, [unknown]>('act'), async () => {
    asked += 1;
    const no = asked;
    await condition(() => answered >= no);
    return no;
  });
  const steps = new Map<number, Promise<void>>();
  const timers = new Map<number, { scope: CancellationScope; rang: Promise<void> }>();
  for (const [index, [kind, no, lengthMs = 0]] of moves.entries()) {
    if (kind === 'step') steps.set(no, write(caseId, no));
    else if (kind === 'stepped') await steps.get(no);
    else if (kind === 'timer') timers.set(no, startTimer(lengthMs));
    else if (kind === 'rang') await timers.get(no)?.rang;
    else if (kind === 'stop') timers.get(no)?.scope.cancel();
    else if (kind === 'signalled') await condition(() => signals > no);
    else if (kind === 'asked') await condition(() => asked > no);
    else if (kind === 'answer') answered = no + 1;
    else if (kind === 'show' && isLikeOurs) show(no);
    else if (kind === 'part' && isLikeOurs) {
      await goOn({ caseId, moves: moves.slice(index + 1), isLikeOurs });
      return;
    }
  }
}

function show(no: number): void {
  upsertSearchAttributes([
    { key: STAGE, value: `stage-${no}` },
    { key: TIER, value: `tier-${no}` },
    { key: NEXT_DEADLINE, value: new Date(Date.now()) },
  ]);
}

async function goOn(input: BareInput): Promise<void> {
  await startChild(bareCase, {
    // As `bareWorkflows` has it.
    workflowId: `bare-part/${input.caseId}`,
    args: [input],
    parentClosePolicy: ParentClosePolicy.ABANDON,
  });
}

function startTimer(lengthMs: number): { scope: CancellationScope; rang: Promise<void> } {
  const scope = new CancellationScope();
  const rang = scope
    .run(() => sleep(lengthMs))
    .catch((error: unknown) => {
      if (!isCancellation(error)) throw error;
    });
  return { scope, rang };
}
