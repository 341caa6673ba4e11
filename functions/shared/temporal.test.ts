import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import * as sdk from '@temporalio/client';
import {
  ApplicationFailure,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
} from '@temporalio/client';
import { expect, test } from 'vitest';
import { updateId } from '../../contracts/temporal.ts';
import type { ActionRequest } from '../../domain/case/actions.ts';
import { sha256Hex } from './canonical.ts';
import { connectCaseWorkflows } from './temporal.ts';
import { domainErrorOf } from './temporal-errors.ts';

const request: ActionRequest = {
  v: 1,
  principal: {
    account: 'ada',
    person: 'ada',
    organisation: 'acme',
    roles: ['operator'],
    participantId: null,
    controlGroup: null,
  },
  key: 'key-00000001',
  bodyHash: 'h',
  action: { kind: 'addNote', text: 'x' },
};

const refusal = (type: string) =>
  new WorkflowUpdateFailedError('failed', ApplicationFailure.nonRetryable('why', type));

test.each([
  ['a refusal of the law', refusal('wrong-stage'), 'wrong-stage', 'conflict'],
  [
    'a refusal below another failure',
    new WorkflowUpdateFailedError(
      'failed',
      Object.assign(new Error('activity failed'), {
        cause: ApplicationFailure.nonRetryable('why', 'draft-changed'),
      }),
    ),
    'draft-changed',
    'conflict',
  ],
  ['a bug of ours', refusal('invariant-broken'), 'internal-error', 'bug'],
  [
    'a failure without a code',
    new WorkflowUpdateFailedError('failed', new Error('x')),
    'internal-error',
    'bug',
  ],
  [
    'an update that its workflow outlived not',
    refusal('AcceptedUpdateCompletedWorkflow'),
    'case-workflow-gone',
    'conflict',
  ],
  [
    'a workflow that is not there',
    new WorkflowNotFoundError('x', 'w', undefined),
    'case-workflow-gone',
    'conflict',
  ],
  ['silence', new Error('Deadline exceeded'), 'workflow-unreachable', 'dependency'],
])('%s is told as it is', (_name, error, code, fault) => {
  expect(domainErrorOf(sdk, error)).toMatchObject({ code, fault });
});

test('a server that is not there is answered within the deadline, again and again', async () => {
  const workflows = connectCaseWorkflows({
    address: '127.0.0.1:9',
    namespace: 'default',
    updateDeadlineMs: 400,
    signalDeadlineMs: 300,
  });
  const unreachable = { code: 'workflow-unreachable', fault: 'dependency' };
  const startedAt = performance.now();
  await expect(workflows.act('case/main/c-1', request)).rejects.toMatchObject(unreachable);
  await expect(workflows.inspect('case/main/c-1')).rejects.toMatchObject(unreachable);
  await expect(workflows.signal('case/main/c-1', { v: 1, items: [] })).rejects.toMatchObject(
    unreachable,
  );
  expect(performance.now() - startedAt).toBeLessThan(5_000);
  await workflows.close();
});

test('a call that gives up leaves the tries of another one alone', async () => {
  const workflows = connectCaseWorkflows({
    address: '127.0.0.1:9',
    namespace: 'default',
    updateDeadlineMs: 3_000,
    signalDeadlineMs: 150,
  });
  // A try on a closed channel would throw in a timer: vitest fails for what nobody catches.
  const act = expect(workflows.act('case/main/c-1', request)).rejects.toMatchObject({
    code: 'workflow-unreachable',
  });
  await expect(workflows.signal('case/main/c-1', { v: 1, items: [] })).rejects.toMatchObject({
    code: 'workflow-unreachable',
  });
  await act;
  await workflows.close();
});

test('a server that takes the call and never answers is given up at the deadline', async () => {
  const silent = createServer(() => undefined);
  await new Promise<void>((done) => silent.listen(0, '127.0.0.1', done));
  const { port } = silent.address() as AddressInfo;
  const workflows = connectCaseWorkflows({
    address: `127.0.0.1:${port}`,
    namespace: 'default',
    updateDeadlineMs: 300,
  });
  const startedAt = performance.now();
  await expect(workflows.act('case/main/c-1', request)).rejects.toMatchObject({
    code: 'workflow-unreachable',
  });
  expect(performance.now() - startedAt).toBeLessThan(5_000);
  await workflows.close();
  silent.close();
});

test('no key can name the update of another account, and no id names anybody', () => {
  const own = { ...request, key: 'a/answer/b' };
  const crafted = {
    ...request,
    principal: { ...request.principal, account: 'ada/answer/a' },
    key: 'b',
  };
  const id = updateId(own, 'answer', sha256Hex);
  expect(id).toMatch(/^[0-9a-f]{64}$/);
  expect(id).toBe(updateId({ ...own }, 'answer', sha256Hex));
  expect(id).not.toBe(updateId(crafted, 'answer', sha256Hex));
});
