import {
  CancellationScope,
  condition,
  defineSignal,
  defineUpdate,
  isCancellation,
  proxyActivities,
  setHandler,
  sleep,
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
}

const { write } = proxyActivities<BareActivities>({ startToCloseTimeout: '30s' });

/** Makes the moves of a case, with its timers, steps and messages, and knows nothing of what they are for. */
export async function bareCase({ caseId, moves }: BareInput): Promise<void> {
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
  for (const [kind, no, lengthMs = 0] of moves) {
    if (kind === 'step') steps.set(no, write(caseId, no));
    else if (kind === 'stepped') await steps.get(no);
    else if (kind === 'timer') timers.set(no, startTimer(lengthMs));
    else if (kind === 'rang') await timers.get(no)?.rang;
    else if (kind === 'stop') timers.get(no)?.scope.cancel();
    else if (kind === 'signalled') await condition(() => signals > no);
    else if (kind === 'asked') await condition(() => asked > no);
    else answered = no + 1;
  }
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
