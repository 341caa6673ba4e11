import path from 'node:path';
import { Client } from '@temporalio/client';
import type { PayloadCodec } from '@temporalio/common';
import { type ActivityInterceptorsFactory, Worker, type WorkerOptions } from '@temporalio/worker';
import { createActivities } from '../../activities/index.ts';
import type { ActivityPorts } from '../../activities/ports.ts';
import { createWatchActivities } from '../../activities/watch/index.ts';
import type { WatchPorts } from '../../activities/watch/ports.ts';
import { TASK_QUEUE } from '../../contracts/temporal.ts';
import type { WorkerVersion } from './config.ts';
import { connectTemporal, type OwnConnection, type TemporalAccess } from './connection.ts';
import { sealedBy } from './sealed-payloads.ts';
import { traceSinks, traceSteps } from './telemetry.ts';
import { tellVersion } from './tell-version.ts';

/** What a worker is made from. */
export interface WorkerSettings extends TemporalAccess {
  readonly namespace: string;
  /** Seals what goes to the server and opens what comes from it; absent where payloads stay in clear. */
  readonly codec?: PayloadCodec;
  readonly ports: ActivityPorts;
  /** Workflows kept in memory between tasks; 0 makes every task replay. */
  readonly maxCachedWorkflows: number;
  /** Where the workflows come from: a bundle made before, or their source. */
  readonly workflows: { readonly bundlePath: string } | { readonly sourcePath: string };
  /** Which version of the code this is; absent when Temporal need not know (tests, one machine). */
  readonly version?: WorkerVersion;
  /** Patches that no case takes from now on; one that has taken it goes on with it. */
  readonly patchesOff?: readonly string[];
  /** A polite stop lets steps finish for this long. Default 3 s, which suits one machine. */
  readonly shutdownGraceS?: number;
  /** What the watch over the network works with; absent where this worker does not watch. */
  readonly watch?: (client: Client) => WatchPorts;
  /** What else goes around each step, besides its span. */
  readonly aroundSteps?: readonly ActivityInterceptorsFactory[];
}

/** A worker and the connection that it holds. */
export interface OwnedWorker {
  readonly worker: Worker;
  /**
   * Runs until it is told to shut down, or until the certificate that it shows was replaced: then it stops politely, and whoever started
   * it starts it again. Rejects when the worker fails. Closes the connection.
   */
  run(): Promise<void>;
}

/**
 * Tasks of a worker that was killed wait this long for it before another worker gets them. Short, because cases of the
 * demonstration live in seconds; the price is one more replay.
 */
const STICKY_TIMEOUT = '2s';

const DEFAULT_GRACE_S = 3;

/** After the grace steps are cancelled; this much later they are given up. */
const FORCE_AFTER_GRACE_S = 3;

/** Connects a worker for all workflows and their activities; it serves nothing before `run`. */
export async function createWorker(settings: WorkerSettings): Promise<OwnedWorker> {
  const graceS = settings.shutdownGraceS ?? DEFAULT_GRACE_S;
  const dataConverter = settings.codec && (await sealedBy(settings.codec));
  const own = await connectTemporal(settings);
  const { connection } = own;
  try {
    const worker = await Worker.create({
      connection,
      namespace: settings.namespace,
      taskQueue: TASK_QUEUE,
      activities: { ...createActivities(settings.ports), ...watchSteps(connection, settings) },
      maxCachedWorkflows: settings.maxCachedWorkflows,
      stickyQueueScheduleToStartTimeout: STICKY_TIMEOUT,
      shutdownGraceTime: `${graceS}s`,
      shutdownForceTime: `${graceS + FORCE_AFTER_GRACE_S}s`,
      sinks: traceSinks,
      ...(dataConverter && { dataConverter }),
      ...workflowOptions(settings),
      ...versionOptions(settings),
    });
    return { worker, run: () => serve(worker, own, settings) };
  } catch (error) {
    await connection.close();
    throw error;
  }
}

/** The watch asks Temporal itself which workflows run, over the worker's own connection. */
function watchSteps(
  connection: OwnConnection['connection'],
  { namespace, codec, watch }: WorkerSettings,
) {
  if (watch === undefined) return {};
  const sealed = codec !== undefined && { dataConverter: { payloadCodecs: [codec] } };
  return createWatchActivities(watch(new Client({ connection, namespace, ...sealed })));
}

async function serve(
  worker: Worker,
  { connection, watch }: OwnConnection,
  { namespace, version }: WorkerSettings,
): Promise<void> {
  const watching = watch(() => {
    console.warn(
      'The certificate for Temporal was replaced: this worker stops, to start anew with it.',
    );
    if (worker.getState() === 'RUNNING') worker.shutdown();
  });
  const ended = new AbortController();
  const telling = version && tellVersion(connection, namespace, version, ended.signal);
  try {
    await worker.run();
  } finally {
    watching.stop();
    ended.abort();
    await telling;
    await connection.close();
  }
}

/**
 * Cases live for weeks and settlements for months: both move on to each new version, whose changes stand behind patches (ADR 0012).
 * That is said here and not in the workflows, because a server takes it from no worker that has no version.
 */
function versionOptions({ version, patchesOff = [] }: WorkerSettings): Partial<WorkerOptions> {
  return {
    ...(version && {
      workerDeploymentOptions: {
        version: { deploymentName: version.deployment, buildId: version.buildId },
        useWorkerVersioning: true,
        defaultVersioningBehavior: 'AUTO_UPGRADE',
      },
    }),
    ...(patchesOff.length > 0 && {
      patchActivationCallback: ({ patchId }) => !patchesOff.includes(patchId),
    }),
  };
}

function workflowOptions({
  workflows,
  aroundSteps = [],
}: WorkerSettings): Pick<WorkerOptions, 'workflowBundle' | 'workflowsPath' | 'interceptors'> {
  const activity = [traceSteps, ...aroundSteps];
  if ('bundlePath' in workflows) {
    return { workflowBundle: { codePath: workflows.bundlePath }, interceptors: { activity } };
  }
  const { sourcePath } = workflows;
  const workflowModules = [path.join(path.dirname(sourcePath), 'trace/interceptors.ts')];
  return { workflowsPath: sourcePath, interceptors: { activity, workflowModules } };
}
