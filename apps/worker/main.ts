import path from 'node:path';
import { DefaultLogger, makeTelemetryFilterString, Runtime } from '@temporalio/worker';
import { composePorts, composeTemporal, composeWatch } from './compose.ts';
import { type WorkerConfig, workerConfig } from './config.ts';
import { serveHealth, watchPollers } from './health.ts';
import { createMetrics, startBeat, watchMeter } from './metrics-beat.ts';
import { watchParent } from './parent-watch.ts';
import { stepMetrics } from './step-metrics.ts';
import { startTracing } from './telemetry.ts';
import { createWorker, type WorkerSettings } from './worker.ts';

/**
 * Starts a worker from its environment and serves until SIGTERM or SIGINT. Ends with 0 after an orderly stop, with 1 when the worker
 * fails or its pollers stay dead: whoever started it starts it again.
 */
async function main(): Promise<void> {
  const config = workerConfig(process.env);
  if (config.endWithParent) watchParent(() => process.exit(1));
  Runtime.install({
    logger: new DefaultLogger('WARN'),
    telemetryOptions: {
      logging: { filter: makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' }), forward: {} },
    },
  });
  const metrics = config.metrics && createMetrics(config.metrics);
  const tracing = await startTracing(process.env, 'swarm-worker');
  const { worker, run } = await createWorker({
    ...composeTemporal(config),
    ports: composePorts(config),
    watch: composeWatch(config, watchMeter(metrics)),
    maxCachedWorkflows: config.maxCachedWorkflows,
    workflows: workflowsOf(config),
    ...(config.version !== null && { version: config.version }),
    patchesOff: config.patchesOff,
    shutdownGraceS: config.shutdownGraceS,
    ...(metrics && { aroundSteps: [stepMetrics(metrics)] }),
  });
  if (config.healthPort !== null)
    await serveHealth(worker, { host: config.healthHost, port: config.healthPort });
  watchPollers(worker, () => {
    console.error("The worker's pollers have been dead for a minute:", worker.getStatus());
    process.exit(1);
  });
  const beat = metrics && startBeat(metrics, worker);
  try {
    await run();
  } finally {
    beat?.stop();
    await tracing?.stop();
  }
}

function workflowsOf({
  workflowBundlePath: bundlePath,
}: WorkerConfig): WorkerSettings['workflows'] {
  if (bundlePath !== null) return { bundlePath };
  return { sourcePath: path.resolve(import.meta.dirname, '../../workflows/index.ts') };
}

try {
  await main();
  process.exit(0);
} catch (error) {
  console.error('The worker has failed:', error);
  process.exit(1);
}
