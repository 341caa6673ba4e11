import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { Worker } from '@temporalio/worker';
import type { WatchMeter } from '../../domain/ports/watching.ts';
import type { WorkerConfig } from './config.ts';
import { isAlive } from './health.ts';

const BEAT_MS = 60_000;

/** Where the worker's metrics are collected: the same library and format (EMF lines on stdout) as in the functions. */
export function createMetrics({
  namespace,
  service,
}: NonNullable<WorkerConfig['metrics']>): Metrics {
  return new Metrics({ namespace, serviceName: service });
}

/**
 * Once a minute says whether the pollers live (`PollersAlive`: 0 or 1) and prints what was counted; `stop` prints the rest.
 */
export function startBeat(metrics: Metrics, worker: Pick<Worker, 'getStatus'>) {
  const beat = () => {
    metrics.addMetric('PollersAlive', MetricUnit.Count, isAlive(worker.getStatus()) ? 1 : 0);
    metrics.publishStoredMetrics();
  };
  const timer = setInterval(beat, BEAT_MS);
  timer.unref();
  return {
    beat,
    stop() {
      clearInterval(timer);
      metrics.publishStoredMetrics();
    },
  };
}

/** Where the watch counts: beside the worker's own metrics; nowhere without any. */
export function watchMeter(metrics: Metrics | null): WatchMeter {
  return { count: (name, by) => metrics?.addMetric(name, MetricUnit.Count, by) };
}
