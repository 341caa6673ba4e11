import { condition, patched, workflowInfo } from '@temporalio/workflow';

/** Takes the patch `2026-12-new`, which the code of build `a` does not know, and waits. */
export async function waits(): Promise<void> {
  if (workflowInfo().currentDeploymentVersion?.buildId !== 'a') patched('2026-12-new');
  await condition(() => false);
}
