import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { Env } from './config.ts';

/** What is counted: the sum says how often it happened. */
export type CountName =
  | 'DeliveriesAccepted'
  | 'DeliveriesRefused'
  | 'DeliveriesShed'
  | 'AlertsAccepted'
  | 'AlertsDuplicate'
  | 'AlertsQuarantined'
  | 'ObservationsRelayed'
  | 'ObservationsQuarantined'
  | 'RelayFailures'
  | 'HeldTooLong'
  | 'WaitingAtBreaker'
  | 'OverdueApprovals'
  | 'OverdueAudits'
  | 'OverdueDisputes'
  | 'OverdueSteps'
  | 'OpenCases'
  | 'ServerErrors';

/** What is measured in milliseconds. */
export type DurationName = 'AlertToCaseLatency' | 'OldestUndeliveredAge';

/**
 * Where a function notes what dashboards and alarms show (docs/operating/observability.md). Only names and numbers: nothing that
 * names a participant, a case or a source is ever part of a metric.
 */
export interface Meter {
  /** Adds to a count of this invocation; 0 says that it was looked at and there was none. */
  count(name: CountName, by?: number): void;
  /** Notes one duration. */
  measure(name: DurationName, ms: number): void;
  /** Writes what was noted since the last time. Called at the end of each invocation, also of one that failed. */
  flush(): void;
}

/** Notes nothing: on one machine nobody reads metrics from the log. */
export const SILENT_METER: Meter = { count() {}, measure() {}, flush() {} };

/**
 * The meter of a function: CloudWatch's embedded metric format on standard output, in the namespace of
 * `POWERTOOLS_METRICS_NAMESPACE`; silent without it. The only dimension is the service.
 */
export function openMeter(serviceName: string, env: Env): Meter {
  const namespace = env['POWERTOOLS_METRICS_NAMESPACE'];
  if (!namespace) return SILENT_METER;
  const metrics = new Metrics({ namespace, serviceName });
  const counts = new Map<CountName, number>();
  let isCold = (env['AWS_LAMBDA_INITIALIZATION_TYPE'] ?? 'on-demand') === 'on-demand';
  return {
    count(name, by = 1) {
      counts.set(name, (counts.get(name) ?? 0) + by);
    },
    measure(name, ms) {
      metrics.addMetric(name, MetricUnit.Milliseconds, Math.max(0, ms));
    },
    flush() {
      if (isCold) metrics.addMetric('ColdStart', MetricUnit.Count, 1);
      isCold = false;
      for (const [name, count] of counts) metrics.addMetric(name, MetricUnit.Count, count);
      counts.clear();
      if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics();
    },
  };
}
