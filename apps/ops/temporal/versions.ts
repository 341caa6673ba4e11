import { Client } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { optionalTsToMs } from '@temporalio/common/lib/time.js';
import { PATCHES_KEY, TASK_QUEUE } from '../../../contracts/temporal.ts';
import type { Temporal } from './connect.ts';
import { GRPC, hasCode, isNamespaceUnknown } from './grpc-errors.ts';

/** Temporal's words for what becomes of a version, by their number on the wire. */
const STATUSES = [
  'unknown',
  'inactive',
  'current',
  'ramping',
  'draining',
  'drained',
  'created',
] as const;

/** One version of the worker, as Temporal has it. */
export interface Version {
  readonly buildId: string;
  /** `draining`: cases are on it still. `drained`: none is, its workers may end. `inactive`, `created`: never used. */
  readonly status: (typeof STATUSES)[number];
  readonly createdAtMs: number;
  /** When it last was the current one; null when it never was. */
  readonly lastCurrentAtMs: number | null;
}

/** The versions of a deployment and who gets new tasks. */
export interface Versions {
  readonly deployment: string;
  /** Newest first. */
  readonly all: readonly Version[];
  readonly current: string | null;
  readonly ramping: { readonly buildId: string; readonly percent: number } | null;
  /** Names the state that was read: a change on top of another state is refused. */
  readonly conflictToken: Uint8Array | null;
}

/** Reads the versions of a deployment; none when no worker of it has ever polled. */
export async function readVersions(
  { connection, namespace }: Temporal,
  deployment: string,
): Promise<Versions> {
  const ask = connection.workflowService.describeWorkerDeployment({
    namespace,
    deploymentName: deployment,
  });
  const answer = await ask.catch((error: unknown) => {
    if (hasCode(error, GRPC.notFound) && !isNamespaceUnknown(error)) return null;
    throw error;
  });
  const info = answer?.workerDeploymentInfo;
  const routing = info?.routingConfig;
  const ramping = routing?.rampingDeploymentVersion?.buildId;
  const all = (info?.versionSummaries ?? []).map((summary) => ({
    buildId: summary.deploymentVersion?.buildId ?? '',
    status: STATUSES[summary.status ?? 0] ?? 'unknown',
    createdAtMs: optionalTsToMs(summary.createTime) ?? 0,
    lastCurrentAtMs: optionalTsToMs(summary.lastCurrentTime) ?? null,
  }));
  return {
    deployment,
    all: all.sort((a, b) => b.createdAtMs - a.createdAtMs),
    current: routing?.currentDeploymentVersion?.buildId || null,
    ramping: ramping ? { buildId: ramping, percent: routing?.rampingVersionPercentage ?? 0 } : null,
    conflictToken: answer?.conflictToken ?? null,
  };
}

/** The patches that a version's workers said they know; null when they said nothing, or nothing yet. */
export async function patchesOf(
  { connection, namespace }: Temporal,
  deployment: string,
  buildId: string,
): Promise<readonly string[] | null> {
  const { workerDeploymentVersionInfo: info } =
    await connection.workflowService.describeWorkerDeploymentVersion({
      namespace,
      deploymentVersion: { deploymentName: deployment, buildId },
    });
  const told = info?.metadata?.entries?.[PATCHES_KEY];
  return told ? defaultPayloadConverter.fromPayload<string[]>(told) : null;
}

/** The patches that running workflows have taken, with how many of them have. Reads them page by page: a patch that nobody told of counts too. */
export async function takenPatches({
  connection,
  namespace,
}: Temporal): Promise<Map<string, number>> {
  const query = `ExecutionStatus = 'Running' AND TaskQueue = '${TASK_QUEUE}' AND TemporalChangeVersion IS NOT NULL`;
  const { workflow } = new Client({ connection, namespace });
  const taken = new Map<string, number>();
  for await (const { searchAttributes } of workflow.list({ query, pageSize: 1_000 })) {
    for (const patch of (searchAttributes['TemporalChangeVersion'] ?? []) as string[])
      taken.set(patch, (taken.get(patch) ?? 0) + 1);
  }
  return taken;
}
