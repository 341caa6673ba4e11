import { Metrics } from '@aws-lambda-powertools/metrics';
import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { expect, it } from 'vitest';
import { DomainError } from '../../domain/errors.ts';
import { isRefusal, stepMetrics } from './step-metrics.ts';

/** Runs a step behind the interceptor, as a worker does, and gives what was counted. */
async function countedIn(step: () => Promise<unknown>): Promise<Record<string, number>> {
  const metrics = new Metrics({ namespace: 'SwarmSlashing', serviceName: 'worker' });
  const environment = new MockActivityEnvironment(
    { currentAttemptScheduledTimestampMs: Date.now() - 250 },
    { interceptors: [stepMetrics(metrics)], logger: new DefaultLogger('ERROR', () => {}) },
  );
  await environment.run(step).catch(() => undefined);
  return metrics.serializeMetrics() as unknown as Record<string, number>;
}

it('counts each step with how long it waited and took', async () => {
  const counted = await countedIn(async () => 'done');
  expect(counted).toMatchObject({ service: 'worker', StepFailures: 0, StepRefusals: 0 });
  expect(counted['ScheduleToStartLatency']).toBeGreaterThanOrEqual(250);
  expect(counted['StepDuration']).toBeGreaterThanOrEqual(0);
});

it('counts a step that could not be done as a failure', async () => {
  const counted = await countedIn(async () => {
    throw new DomainError('store-unreachable', 'dependency', 'The store is away.');
  });
  expect(counted).toMatchObject({ StepFailures: 1, StepRefusals: 0 });
});

it('counts a no to a person as a refusal', async () => {
  const counted = await countedIn(async () => {
    throw new DomainError('stage-wrong', 'conflict', 'Not now.');
  });
  expect(counted).toMatchObject({ StepFailures: 0, StepRefusals: 1 });
});

it('knows an answer from a failure', () => {
  const failure = (type: string, more = {}) => ApplicationFailure.create({ type, ...more });
  const wrapped = (fault: 'caller' | 'bug' | 'dependency') =>
    failure('some-code', { cause: new DomainError('some-code', fault, 'Why.') });
  expect(isRefusal(failure('case-exists'))).toBe(true);
  expect(isRefusal(failure('decision-expired'))).toBe(true);
  expect(isRefusal(failure('notice-undelivered'))).toBe(true);
  expect(isRefusal(failure('x', { category: ApplicationFailureCategory.BENIGN }))).toBe(true);
  expect(isRefusal(wrapped('caller'))).toBe(true);
  expect(isRefusal(wrapped('bug'))).toBe(false);
  expect(isRefusal(wrapped('dependency'))).toBe(false);
  expect(isRefusal(failure('participant-busy'))).toBe(false);
  expect(isRefusal(new TypeError('x'))).toBe(false);
});
