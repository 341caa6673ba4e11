import type { Client } from '@temporalio/client';

/** What a run of a workflow tells of the versions that served it. */
export interface RunHistory {
  /** Builds in the order in which they took over. */
  readonly builds: readonly string[];
  /** Numbers of the versioning behaviours that workers named; 2 is AUTO_UPGRADE. */
  readonly behaviours: readonly number[];
  /** How many patch markers there are. */
  readonly patches: number;
  /** Messages of the tasks that failed. */
  readonly failures: readonly string[];
  readonly continued: boolean;
}

/** Every run of a workflow id, oldest first. */
export async function runsOf({ workflow }: Client, workflowId: string): Promise<RunHistory[]> {
  const runs: RunHistory[] = [];
  let runId: string | undefined = (await workflow.getHandle(workflowId).describe()).raw
    .workflowExecutionInfo?.firstRunId as string | undefined;
  while (runId) {
    const { events } = await workflow.getHandle(workflowId, runId).fetchHistory();
    const all = events ?? [];
    const completed = all.flatMap((event) => event.workflowTaskCompletedEventAttributes ?? []);
    const builds = completed.map((task) => task.deploymentVersion?.buildId || 'none');
    const next: string | null | undefined = all.findLast(
      (event) => event.workflowExecutionContinuedAsNewEventAttributes,
    )?.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId;
    runs.push({
      builds: builds.filter((build, index) => build !== builds[index - 1]),
      behaviours: [...new Set(completed.map((task) => Number(task.versioningBehavior)))],
      patches: all.filter((event) => event.markerRecordedEventAttributes).length,
      failures: all.flatMap(
        (event) => event.workflowTaskFailedEventAttributes?.failure?.message ?? [],
      ),
      continued: Boolean(next),
    });
    runId = next ?? undefined;
  }
  return runs;
}
