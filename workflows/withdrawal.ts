import { continueAsNew, sleep, workflowInfo } from '@temporalio/workflow';
import type { WithdrawalInput } from '../contracts/temporal.ts';
import { stepsFor } from './case/activities.ts';

/**
 * Stake on its way out (rule D8). It waits for the end of unbonding, lets go what no open case needs, and looks again at what has
 * to wait. What is charged, given back or cancelled meanwhile is in the ledger: each look reads it anew.
 */
export async function withdrawal(input: WithdrawalInput): Promise<void> {
  const { participantId, withdrawalId } = input;
  let lookAtMs = input.dueAtMs;
  for (;;) {
    // A timer may be a little early by our own clock, which the step judges by.
    while (Date.now() < lookAtMs) await sleep(lookAtMs - Date.now());
    const step = { participantId, withdrawalId, nowMs: Date.now() };
    const { nextLookAtMs } = await stepsFor(null).settleWithdrawal(step);
    if (nextLookAtMs === null) return;
    lookAtMs = nextLookAtMs;
    if (workflowInfo().continueAsNewSuggested)
      await continueAsNew<typeof withdrawal>({ ...input, dueAtMs: lookAtMs });
  }
}
