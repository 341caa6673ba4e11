import path from 'node:path';
import type { PayloadCodec } from '@temporalio/common';
import { Worker, type WorkerOptions } from '@temporalio/worker';
import { createActivities } from '../../activities/index.ts';
import type { ActivityPorts } from '../../activities/ports.ts';
import { TASK_QUEUE } from '../../contracts/temporal.ts';
import { connectTemporal, type OwnConnection, type TemporalAccess } from './connection.ts';
import { sealedBy } from './sealed-payloads.ts';
import { traceSinks, traceSteps } from './telemetry.ts';

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

/** A polite stop lets steps finish for this long, then cancels them, and gives up on them at twice that. */
const SHUTDOWN_GRACE = '3s';
const SHUTDOWN_FORCE = '6s';

/** Connects a worker for both workflows and their activities; it serves nothing before `run`. */
export async function createWorker(settings: WorkerSettings): Promise<OwnedWorker> {
  const dataConverter = settings.codec && (await sealedBy(settings.codec));
  const own = await connectTemporal(settings);
  const { connection } = own;
  try {
    const worker = await Worker.create({
      connection,
      namespace: settings.namespace,
      taskQueue: TASK_QUEUE,
      activities: createActivities(settings.ports),
      maxCachedWorkflows: settings.maxCachedWorkflows,
      stickyQueueScheduleToStartTimeout: STICKY_TIMEOUT,
      shutdownGraceTime: SHUTDOWN_GRACE,
      shutdownForceTime: SHUTDOWN_FORCE,
      sinks: traceSinks,
      ...(dataConverter && { dataConverter }),
      ...workflowOptions(settings.workflows),
    });
    return { worker, run: () => serve(worker, own) };
  } catch (error) {
    await connection.close();
    throw error;
  }
}

async function serve(worker: Worker, { connection, watch }: OwnConnection): Promise<void> {
  const watching = watch(() => {
    console.warn(
      'The certificate for Temporal was replaced: this worker stops, to start anew with it.',
    );
    if (worker.getState() === 'RUNNING') worker.shutdown();
  });
  try {
    await worker.run();
  } finally {
    watching.stop();
    await connection.close();
  }
}

function workflowOptions(
  workflows: WorkerSettings['workflows'],
): Pick<WorkerOptions, 'workflowBundle' | 'workflowsPath' | 'interceptors'> {
  const activity = [traceSteps];
  if ('bundlePath' in workflows) {
    return { workflowBundle: { codePath: workflows.bundlePath }, interceptors: { activity } };
  }
  const { sourcePath } = workflows;
  const workflowModules = [path.join(path.dirname(sourcePath), 'trace/interceptors.ts')];
  return { workflowsPath: sourcePath, interceptors: { activity, workflowModules } };
}
