import path from 'node:path';
import { WithStartWorkflowOperation } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { release, waitThirtyDays } from './fixtures/skipping-workflow.ts';
import { startTimeSkipping } from './time-skipping.ts';

let environment: TestWorkflowEnvironment;
beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  environment = await startTimeSkipping();
});
afterAll(() => environment?.teardown());

it('answers update-with-start and skips thirty days', async () => {
  const worker = await Worker.create({
    connection: environment.nativeConnection,
    taskQueue: 'skipping',
    workflowsPath: path.join(import.meta.dirname, 'fixtures/skipping-workflow.ts'),
  });
  const startedAtMs = performance.now();
  const beforeMs = await environment.currentTimeMs();
  const result = await worker.runUntil(async () => {
    const startWorkflowOperation = new WithStartWorkflowOperation(waitThirtyDays, {
      workflowId: 'skipping',
      taskQueue: 'skipping',
      workflowIdConflictPolicy: 'FAIL',
    });
    const answer = await environment.client.workflow.executeUpdateWithStart(release, {
      args: ['a test'],
      startWorkflowOperation,
    });
    expect(answer).toBe('released by a test');
    return (await startWorkflowOperation.workflowHandle()).result();
  });
  expect(result).toBe('a test');
  const passedDays = ((await environment.currentTimeMs()) - beforeMs) / 86_400_000;
  expect(passedDays).toBeGreaterThanOrEqual(30);
  expect(performance.now() - startedAtMs).toBeLessThan(30_000);
});
