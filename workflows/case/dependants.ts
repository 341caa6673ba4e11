import { getExternalWorkflowHandle, isCancellation } from '@temporalio/workflow';
import {
  caseWorkflowId,
  DEPENDENCY_FELL,
  type DependencyFell,
  settlementWorkflowId,
} from '../../contracts/temporal.ts';
import { stepsFor } from './activities.ts';
import type { CaseRun } from './case-run.ts';

/**
 * Tells the cases that rested on what fell here (rule D10). Each is told where its episode is and where its settlement is, in this order: a
 * case that goes on between the two takes the word along, and hearing it twice changes nothing. Where neither runs, nothing of the case is
 * left that could change.
 */
export async function tellDependants(run: CaseRun): Promise<void> {
  const { networkId, caseId } = run.case;
  const payload: DependencyFell = { v: 1, caseId };
  for (let to = run.dependants.shift(); to !== undefined; to = run.dependants.shift()) {
    await tell(caseWorkflowId(networkId, to), payload);
    await tell(settlementWorkflowId(networkId, to), payload);
  }
}

async function tell(workflowId: string, payload: DependencyFell): Promise<void> {
  try {
    await getExternalWorkflowHandle(workflowId).signal<[DependencyFell]>(DEPENDENCY_FELL, payload);
  } catch (error) {
    if (isCancellation(error)) throw error;
  }
}

/** Reckons the case anew for all earlier ones that it heard have fallen. Before it is confirmed nothing of it rests on them. */
export async function hearFallen(run: CaseRun): Promise<void> {
  if (run.fallen.length === 0) return;
  const fallen = run.fallen.splice(0);
  if (run.case.imposed.length === 0) return;
  const step = { state: run.case, nowMs: Date.now(), fallen };
  run.take(await stepsFor(run.case).recomputeCase(step));
  await tellDependants(run);
}
