import { type Due, isSettlement } from '../../domain/case/outlook.ts';
import { stepsFor } from './activities.ts';
import type { CaseRun } from './case-run.ts';
import { tellDependants } from './dependants.ts';

/**
 * Does what is due of disputes, finality, probation and rebate; false for anything else. The one code for episode and settlement (rule A4).
 */
export async function settle(run: CaseRun, due: Due): Promise<boolean> {
  if (!isSettlement(due)) return false;
  const steps = stepsFor(run.case);
  const step = { state: run.case, nowMs: Date.now() };
  const { disputeId = '' } = due;
  switch (due.act) {
    case 'settle':
      run.take(await steps.settleDue(step));
      return true;
    case 'review-overdue':
      run.take(await steps.askAnotherPanel({ ...step, disputeId }));
      return true;
    case 'close-dispute':
    case 'lapse-pending':
      run.take(await steps.closeDispute({ ...step, disputeId }));
      await tellDependants(run);
      return true;
  }
}
