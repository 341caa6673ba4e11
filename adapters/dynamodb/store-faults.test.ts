import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startSilentServer } from '../../test/support/silent-server.ts';
import { createCaseStore } from './case-store.ts';
import { openStore, type Store } from './client.ts';
import { getItem } from './items.ts';
import { keysOf } from './keys.ts';
import { createParticipantRegistry } from './participant-registry.ts';
import { aCharge, aParticipant, aStep, T0 } from './test-fixtures.ts';
import { openTestStore, type TestStore } from './test-store.ts';

// No emulator ever answers TransactionConflict or loses an answer, so these come in through the SDK's middleware.

let test_: TestStore;
const act = { actor: 'treasurer', atMs: T0 };

beforeAll(async () => {
  test_ = await openTestStore();
});
afterAll(() => test_.close());

type Fault = 'answer-lost' | 'request-lost' | Error;

/** A client whose next transactions fail as given, in order; `sent` counts the tries of the SDK. */
function faulty(faults: Fault[]) {
  const store: Store = test_.another();
  const sent = { tries: 0 };
  store.client.middlewareStack.add(
    (next, context) => async (args) => {
      if (context.commandName !== 'TransactWriteItemsCommand') return next(args);
      sent.tries += 1;
      const fault = faults.shift();
      if (fault === undefined) return next(args);
      if (fault === 'answer-lost') await next(args);
      if (typeof fault === 'string') {
        throw Object.assign(new Error('socket hang up'), { name: 'TimeoutError' });
      }
      throw fault;
    },
    // Behind the SDK's own retries and its signing, as a network fault is.
    { step: 'deserialize', priority: 'low', name: 'inject-fault' },
  );
  return { store, sent };
}

function cancelled(...codes: string[]) {
  return new TransactionCanceledException({
    message: 'Transaction cancelled',
    $metadata: {},
    CancellationReasons: codes.map((Code) => ({ Code })),
  });
}

async function charged(participantId: string, store: Store) {
  const registry = createParticipantRegistry(test_.store);
  await registry.register(aParticipant(participantId), 'SWRM', act);
  const externalRef = `pay-${participantId}`;
  await registry.deposit({ participantId, externalRef, units: 1_000n }, act);
  const cases = createCaseStore(store);
  const ledger = aCharge(await cases.snapshot(participantId), `c-${participantId}`, 'd1', 70n);
  return { registry, cases, step: aStep(`c-${participantId}/impose`, { ledger }) };
}

test.each([['TransactionConflict'], ['ThrottlingError'], ['ProvisionedThroughputExceeded']])(
  '%s is a dependency failure that writes nothing and succeeds on the next try',
  async (code) => {
    const { store } = faulty([cancelled('None', code, 'None')]);
    const { cases, step } = await charged(`p-${code}`, store);
    await expect(cases.commit(step)).rejects.toMatchObject({
      code: 'store-unreachable',
      fault: 'dependency',
      details: { reason: code },
    });
    expect(await cases.findStep(step.stepKey)).toBeNull();
    expect(await cases.commit(step)).toEqual({ status: 'committed' });
    expect((await cases.snapshot(`p-${code}`)).balances.pending).toBe(70n);
  },
);

test('a conflict beside a failed guard is still a repeat', async () => {
  const { store } = faulty([]);
  const { cases, step } = await charged('p-both', store);
  await cases.commit(step);
  const second = faulty([cancelled('ConditionalCheckFailed', 'TransactionConflict')]);
  expect(await createCaseStore(second.store).commit(step)).toEqual({
    status: 'repeat',
    resultJson: step.resultJson,
  });
});

test('an answer lost once is repeated by the client itself, and the charge is booked once', async () => {
  const { store, sent } = faulty(['answer-lost']);
  const { registry, cases, step } = await charged('p-lost', store);
  // Committed, or known as a repeat where the request token is not remembered: both are right.
  expect(['committed', 'repeat']).toContain((await cases.commit(step)).status);
  expect(sent.tries).toBe(2);
  expect((await cases.snapshot('p-lost')).balances.pending).toBe(70n);
  expect((await registry.transfers('p-lost', undefined, 10)).items).toHaveLength(2);
});

test('an outcome that stays unknown is answered by the guard when the step is tried again', async () => {
  const { store } = faulty(['answer-lost', 'answer-lost', 'answer-lost']);
  const { registry, cases, step } = await charged('p-unknown', store);
  await expect(cases.commit(step)).rejects.toMatchObject({
    code: 'store-unreachable',
    fault: 'dependency',
  });
  expect(await cases.commit(step)).toEqual({ status: 'repeat', resultJson: step.resultJson });
  expect((await cases.snapshot('p-unknown')).balances.pending).toBe(70n);
  expect((await registry.transfers('p-unknown', undefined, 10)).items).toHaveLength(2);
});

test('a recomputed retry after an unknown outcome keeps the first result', async () => {
  const { store } = faulty(['answer-lost', 'answer-lost', 'answer-lost']);
  const { cases, step } = await charged('p-recomputed', store);
  await cases.commit(step).catch(() => undefined);
  const ledger = aCharge(await cases.snapshot('p-recomputed'), 'c-p-recomputed', 'd1', 900n);
  const retry = { ...step, ledger, resultJson: '{"units":"900"}' };
  expect(await cases.commit(retry)).toEqual({ status: 'repeat', resultJson: step.resultJson });
  expect((await cases.snapshot('p-recomputed')).balances.pending).toBe(70n);
});

test('a slot that another case takes between the look and the write is left alone', async () => {
  const store = test_.another();
  const { cases, step } = await charged('p-slot', store);
  const { pk, sk } = keysOf('main').slot('p-slot', 'downtime');
  const slotOf = (caseId: string) => ({
    TableName: store.tables.registry,
    Item: { pk, sk, v: 1, type: 'slot', caseId },
  });
  await test_.store.client.send(new PutCommand(slotOf('c-p-slot')));
  let writes = 0;
  store.client.middlewareStack.add(
    (next, context) => async (args) => {
      if (context.commandName === 'TransactWriteItemsCommand' && writes++ === 0) {
        await test_.store.client.send(new PutCommand(slotOf('c-other')));
      }
      return next(args);
    },
    { step: 'initialize', name: 'take-slot' },
  );
  const freeSlot = { participantId: 'p-slot', violationType: 'downtime', caseId: 'c-p-slot' };
  expect(await cases.commit({ ...step, freeSlot })).toEqual({ status: 'committed' });
  expect(writes).toBe(2);
  const slot = await getItem(test_.store, 'registry', { pk, sk });
  expect(slot?.['caseId']).toBe('c-other');
  expect((await cases.snapshot('p-slot')).balances.pending).toBe(70n);
});

test('requests that never arrive write nothing', async () => {
  const { store } = faulty(['request-lost', 'request-lost', 'request-lost']);
  const { cases, step } = await charged('p-never', store);
  await expect(cases.commit(step)).rejects.toMatchObject({ code: 'store-unreachable' });
  expect(await cases.findStep(step.stepKey)).toBeNull();
  expect((await cases.snapshot('p-never')).balances.pending).toBe(0n);
});

test('a deposit whose answer is lost for good is booked once', async () => {
  const { store } = faulty(['answer-lost', 'answer-lost', 'answer-lost']);
  const { registry } = await charged('p-deposit', test_.store);
  const deposit = { participantId: 'p-deposit', externalRef: 'second', units: 5n };
  await expect(createParticipantRegistry(store).deposit(deposit, act)).rejects.toMatchObject({
    code: 'store-unreachable',
  });
  expect((await registry.deposit(deposit, act)).status).toBe('repeat');
  expect((await registry.snapshot('p-deposit'))?.balances.deposited).toBe(1_005n);
});

test('a mistake in the request itself is not disguised as an outage', async () => {
  const { cases, step } = await charged('p-mistake', test_.store);
  const twice = [...(step.ledger?.transfers ?? []), ...(step.ledger?.transfers ?? [])];
  const ledger = step.ledger === null ? null : { ...step.ledger, transfers: twice };
  await expect(cases.commit({ ...step, ledger })).rejects.not.toMatchObject({
    fault: 'dependency',
  });
});

test('a store that takes the question and never answers is given up', async () => {
  const silent = await startSilentServer();
  const store = openStore({
    region: 'eu-west-1',
    endpoint: silent.url,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    tablePrefix: 't-',
    requestTimeoutMs: 50,
  });
  await expect(createCaseStore(store).snapshot('p-1')).rejects.toMatchObject({
    code: 'store-unreachable',
    details: { reason: 'TimeoutError' },
  });
  expect(silent.connections()).toBeGreaterThanOrEqual(3);
  store.client.destroy();
  silent.close();
});
