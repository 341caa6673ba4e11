import { Duration } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';

/** Under this name all metrics of the system are found. */
export const METRICS_NAMESPACE = 'SwarmSlashing';

/** A metric that our code counts itself; its only dimension is the service. */
export function ownMetric(
  service: string,
  metricName: string,
  statistic: string,
  period = Duration.minutes(1),
): Metric {
  return new Metric({
    namespace: METRICS_NAMESPACE,
    metricName,
    statistic,
    period,
    dimensionsMap: { service },
  });
}

/** A metric of the worker, over all its builds. */
export function workerMetric(metricName: string, statistic: string): Metric {
  return ownMetric('worker', metricName, statistic);
}
