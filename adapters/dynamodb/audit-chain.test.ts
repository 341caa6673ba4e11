import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { hashOfEntry } from '../../domain/audit/chain.ts';
import { verifyTrail } from '../../domain/audit/verify-trail.ts';
import { auditWrites, sha256 } from './audit-chain.ts';
import { readTrail } from './audit-export.ts';
import { createCaseReader } from './case-reader.ts';
import { createCaseStore } from './case-store.ts';
import type { Store } from './client.ts';
import { makeItem } from './items.ts';
import { keysOf } from './keys.ts';
import { createParticipantRegistry } from './participant-registry.ts';
import { transact } from './store-errors.ts';
import { aCharge, anAudit, aParticipant, aRecord, aStep, T0 } from './test-fixtures.ts';
import { openTestStore, type TestStore } from './test-store.ts';

let test_: TestStore;
const act = { actor: 'treasurer', atMs: T0 };

beforeAll(async () => {
  test_ = await openTestStore();
});
afterAll(() => test_.close());

async function registered(participantId: string) {
  const registry = createParticipantRegistry(test_.store);
  await registry.register(aParticipant(participantId), 'SWRM', act);
  return { registry, cases: createCaseStore(test_.store) };
}

/** The chain in its order, after it was found whole. */
async function wholeChain(participantId: string | null, store: Store = test_.store) {
  const trail = await readTrail(store, participantId);
  expect(verifyTrail(trail, sha256)).toEqual({ faults: [], older: 0 });
  return trail.entries.toSorted((a, b) => a.seq - b.seq);
}

test('everything about a participant is one chain: registration, deposits, resources, steps of cases', async () => {
  const { registry, cases } = await registered('p-one');
  await registry.deposit({ participantId: 'p-one', externalRef: 'pay-one', units: 100n }, act);
  await registry.putResources('p-one', [{ resourceId: 'p-one-2', capacity: 1 }], act, {
    shrinkNoticeMs: 0,
  });
  const audit = [
    anAudit('c-1/a', 'c-1', 'p-one', T0 + 9),
    anAudit('c-1/b', 'c-1', 'p-one', T0 + 9),
  ];
  await cases.commit(aStep('c-1/1', { audit, record: aRecord('c-1', 'p-one'), recordIsNew: true }));
  await cases.commit(aStep('c-2/1', { audit: [anAudit('c-2/a', 'c-2', 'p-one', T0 + 5)] }));
  const chain = await wholeChain('p-one');
  expect(chain.map(({ seq, entryId }) => `${seq} ${entryId}`)).toEqual([
    '1 registered/p-one',
    '2 deposit/pay-one',
    '3 resources/p-one/2',
    '4 c-1/a',
    '5 c-1/b',
    // Its own clock was behind: what counts is the order of writing.
    '6 c-2/a',
  ]);
  const timeline = await createCaseReader(test_.store).timeline('c-1', undefined, 10);
  expect(timeline.items.map(({ seq, hash }) => ({ seq, hash }))).toEqual(
    chain.slice(3, 5).map(({ seq, hash }) => ({ seq, hash })),
  );
});

test('an entry comes back with the very bytes that were hashed', async () => {
  const { cases } = await registered('p-bytes');
  const awkward = {
    ...anAudit('c-b/a', 'c-b', 'p-bytes'),
    summary: 'Zürich "quoted" \u2028 \u{1f600}',
    data: { gone: undefined, list: [undefined, null, 0, ''], deep: { b: [[1]], a: { ' ': true } } },
  };
  await cases.commit(aStep('c-b/1', { audit: [awkward] }));
  const [, entry] = await wholeChain('p-bytes');
  expect(entry).toMatchObject({ summary: awkward.summary, seq: 2 });
  expect(entry && hashOfEntry(entry, sha256)).toBe(entry?.hash);
  expect(entry?.data).toEqual({
    list: [null, null, 0, ''],
    deep: { b: [[1]], a: { ' ': true } },
  });
});

test('forty steps at the same time all get their place', async () => {
  await registered('p-busy');
  const writers = Array.from({ length: 40 }, () => createCaseStore(test_.store));
  const commitOf = async (index: number) => {
    const caseId = `c-busy-${index}`;
    const audit = [
      anAudit(`${caseId}/a`, caseId, 'p-busy'),
      anAudit(`${caseId}/b`, caseId, 'p-busy'),
    ];
    for (;;) {
      const result = await writers[index]?.commit(aStep(`${caseId}/1`, { audit }));
      if (result?.status !== 'stale') return result?.status;
    }
  };
  const results = await Promise.all(writers.map((_, index) => commitOf(index)));
  expect(new Set(results)).toEqual(new Set(['committed']));
  const chain = await wholeChain('p-busy');
  expect(chain).toHaveLength(81);
  for (let at = 1; at < chain.length; at += 2)
    expect(chain[at]?.caseId).toBe(chain[at + 1]?.caseId);
}, 60_000);

test('a step that comes ten times at once is in the chain once', async () => {
  const { registry, cases } = await registered('p-ten');
  await registry.deposit({ participantId: 'p-ten', externalRef: 'pay-ten', units: 100n }, act);
  const ledger = aCharge(await cases.snapshot('p-ten'), 'c-ten', 'd1', 7n);
  const step = aStep('c-ten/1', { ledger, audit: [anAudit('c-ten/a', 'c-ten', 'p-ten')] });
  const results = await Promise.all(
    Array.from({ length: 10 }, () => createCaseStore(test_.store).commit(step)),
  );
  expect(results.filter(({ status }) => status === 'committed')).toHaveLength(1);
  expect(results.filter(({ status }) => status === 'repeat')).toHaveLength(9);
  expect(await wholeChain('p-ten')).toHaveLength(3);
});

test('a deposit, a change of resources and a step at the same time are all in it', async () => {
  const { registry, cases } = await registered('p-mixed');
  await Promise.all([
    ...[1, 2, 3, 4].map((number) =>
      registry.deposit(
        { participantId: 'p-mixed', externalRef: `pay-mixed-${number}`, units: 5n },
        act,
      ),
    ),
    registry.putResources('p-mixed', [{ resourceId: 'p-mixed-2', capacity: 1 }], act, {
      shrinkNoticeMs: 0,
    }),
    cases.commit(aStep('c-mixed/1', { audit: [anAudit('c-mixed/a', 'c-mixed', 'p-mixed')] })),
  ]);
  expect(await wholeChain('p-mixed')).toHaveLength(7);
  expect((await registry.snapshot('p-mixed'))?.balances.deposited).toBe(20n);
});

test('a moved chain alone makes no step stale, a moved ledger does', async () => {
  const { registry, cases } = await registered('p-moved');
  await registry.deposit({ participantId: 'p-moved', externalRef: 'pay-moved', units: 100n }, act);
  const slow = test_.another();
  let isFirst = true;
  slow.client.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        if (isFirst && commandName === 'TransactWriteItemsCommand') {
          isFirst = false;
          await cases.commit(
            aStep('c-fast/1', { audit: [anAudit('c-fast/a', 'c-fast', 'p-moved')] }),
          );
        }
        return next(args);
      },
    { step: 'initialize', name: 'overtaken' },
  );
  const ledger = aCharge(await cases.snapshot('p-moved'), 'c-slow', 'd1', 7n);
  const step = aStep('c-slow/1', { ledger, audit: [anAudit('c-slow/a', 'c-slow', 'p-moved')] });
  expect(await createCaseStore(slow).commit(step)).toEqual({ status: 'committed' });
  const again = { ...step, stepKey: 'c-slow/2', audit: [anAudit('c-slow/b', 'c-slow', 'p-moved')] };
  expect(await cases.commit(again)).toEqual({ status: 'stale' });
  expect((await wholeChain('p-moved')).map(({ entryId }) => entryId)).toEqual([
    'registered/p-moved',
    'deposit/pay-moved',
    'c-fast/a',
    'c-slow/a',
  ]);
});

test('an answer that is lost leaves one entry, whoever tries again', async () => {
  const { cases } = await registered('p-lost');
  const deaf = test_.another();
  deaf.client.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        const answer = await next(args);
        if (commandName !== 'TransactWriteItemsCommand') return answer;
        throw Object.assign(new Error('socket hang up'), { name: 'TimeoutError' });
      },
    { step: 'deserialize', priority: 'low', name: 'deaf' },
  );
  const step = aStep('c-lost/1', { audit: [anAudit('c-lost/a', 'c-lost', 'p-lost')] });
  await expect(createCaseStore(deaf).commit(step)).rejects.toMatchObject({
    code: 'store-unreachable',
  });
  await cases.commit(aStep('c-other/1', { audit: [anAudit('c-other/a', 'c-other', 'p-lost')] }));
  expect((await cases.commit(step)).status).toBe('repeat');
  expect((await wholeChain('p-lost')).map(({ entryId }) => entryId)).toEqual([
    'registered/p-lost',
    'c-lost/a',
    'c-other/a',
  ]);
});

test('what concerns no participant is in the chain of the network', async () => {
  for (const name of ['policy/2', 'policy/3']) {
    const entry = { ...anAudit(name, null, ''), participantId: null };
    expect((await transact(test_.store, await auditWrites(test_.store, [entry]))).size).toBe(0);
  }
  expect((await wholeChain(null)).map(({ seq, entryId }) => `${seq} ${entryId}`)).toEqual([
    '1 policy/2',
    '2 policy/3',
  ]);
  const other = { ...test_.store, networkId: 'other' };
  expect(await wholeChain(null, other)).toEqual([]);
});

test('entries from before there were chains are read on, and told apart from what was slipped in', async () => {
  const { store } = test_;
  const keys = keysOf('main');
  const old = (entryId: string, participantId: string, atMs: number) => ({
    TableName: store.tables.audit,
    Item: makeItem(
      keys.auditEntry({ entryId, caseId: 'c-old', participantId }, atMs),
      'audit',
      anAudit(entryId, 'c-old', participantId, atMs),
      { participantKey: keys.chainHistory(participantId), atMs },
    ),
  });
  await store.client.send(new PutCommand(old('c-old/a', 'p-old', T0 - 10)));
  const cases = createCaseStore(store);
  await cases.commit(aStep('c-old/2', { audit: [anAudit('c-old/b', 'c-old', 'p-old')] }));
  expect(verifyTrail(await readTrail(store, 'p-old'), sha256)).toEqual({ faults: [], older: 1 });
  const { items } = await createCaseReader(store).timeline('c-old', undefined, 10);
  expect(items.map(({ entryId, seq }) => [entryId, seq])).toEqual([
    ['c-old/a', null],
    ['c-old/b', 1],
  ]);
  await store.client.send(new PutCommand(old('c-old/c', 'p-old', T0 + 10)));
  expect(verifyTrail(await readTrail(store, 'p-old'), sha256)).toMatchObject({
    faults: [{ entryId: 'c-old/c' }],
    older: 1,
  });
});
