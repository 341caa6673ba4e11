import { type Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import { DomainError } from '../../domain/errors.ts';

/**
 * Failures by which a step answers as it should: another run opened the case, the instant of the decision has passed, the participant's
 * endpoint is away. None of them is a fault of ours.
 */
const ANSWERS = new Set(['case-exists', 'decision-expired', 'notice-undelivered']);

/** Whether a failed step only said no: to a person, to a late copy, to a stale instant. Everything else is a failure. */
export function isRefusal(error: unknown): boolean {
  if (error instanceof DomainError) return error.fault === 'caller' || error.fault === 'conflict';
  if (!(error instanceof ApplicationFailure)) return false;
  if (error.category === ApplicationFailureCategory.BENIGN) return true;
  return ANSWERS.has(error.type ?? '') || isRefusal(error.cause);
}

/**
 * Counts every step: how long it waited for this worker (`ScheduleToStartLatency`), how long it took (`StepDuration`), and whether it
 * failed (`StepFailures`) or said no (`StepRefusals`). No dimension names a case or a participant.
 */
export function stepMetrics(metrics: Metrics): ActivityInterceptorsFactory {
  return ({ info }) => ({
    inbound: {
      async execute(input, next) {
        const startedAtMs = Date.now();
        const waitedMs = Math.max(0, startedAtMs - info.currentAttemptScheduledTimestampMs);
        metrics.addMetric('ScheduleToStartLatency', MetricUnit.Milliseconds, waitedMs);
        let failures = 0;
        let refusals = 0;
        try {
          return await next(input);
        } catch (error) {
          if (isRefusal(error)) refusals = 1;
          else failures = 1;
          throw error;
        } finally {
          const tookMs = Date.now() - startedAtMs;
          metrics.addMetric('StepDuration', MetricUnit.Milliseconds, tookMs);
          metrics.addMetric('StepFailures', MetricUnit.Count, failures);
          metrics.addMetric('StepRefusals', MetricUnit.Count, refusals);
        }
      },
    },
  });
}
