import { PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { LedgerSnapshot } from '../../domain/ledger/accounts.ts';
import { type LedgerMove, still, toLedgerChange } from '../../domain/ledger/move.ts';
import { finalise, voidDecision } from '../../domain/ledger/moves.ts';
import { createCaseStore } from './case-store.ts';
import type { Store } from './client.ts';
import { makeItem } from './items.ts';
import { keysOf } from './keys.ts';
import { exportLedger, type LedgerExport, withoutInstantsAndIds } from './ledger-export.ts';
import { reconcile } from './ledger-reconcile.ts';
import { createParticipantRegistry } from './participant-registry.ts';
import { stillUnpaid } from './snapshot.ts';
import { aCharge, anEntry, aParticipant, aSanction, aStep, T0 } from './test-fixtures.ts';
import { openTestStore, type TestStore } from './test-store.ts';

let test_: TestStore;
const act = { actor: 'treasurer', atMs: T0 };

beforeAll(async () => {
  test_ = await openTestStore();
});
afterAll(() => test_.close());

/** Two participants; one is charged twice: the first decision becomes final, the second falls. */
async function story(networkId: string, suffix = ''): Promise<Store> {
  const store = { ...test_.store, networkId };
  const registry = createParticipantRegistry(store);
  const cases = createCaseStore(store);
  for (const id of ['zoe', 'adam']) {
    await registry.register(aParticipant(id), 'SWRM', act);
    await registry.deposit(
      { participantId: id, externalRef: `${id}${suffix}`, units: 1_000n },
      act,
    );
  }
  const caseId = `case${suffix}`;
  const step = async (name: string, move: (snapshot: LedgerSnapshot) => LedgerMove) => {
    const snapshot = await cases.snapshot('zoe');
    const ledger = toLedgerChange(snapshot, move(snapshot), aSanction(caseId, 'zoe'));
    expect(await cases.commit(aStep(`${caseId}/${name}`, { ledger }))).toEqual({
      status: 'committed',
    });
  };
  const charge = (decision: string, units: bigint) => (snapshot: LedgerSnapshot) => ({
    ...still(snapshot, null),
    ...aCharge(snapshot, caseId, decision, units),
  });
  await step('impose-1', charge('d1', 70n));
  await step('impose-2', charge('d2', 630n));
  const ref = (decision: string) => ({ caseId, decisionId: `${caseId}/${decision}`, atMs: T0 + 9 });
  await step('final', (snapshot) => finalise(snapshot, ref('d1')));
  await step('void', (snapshot) => voidDecision(snapshot, ref('d2')));
  return store;
}

test('the export shows every account with its transfers, cases and sanctions, and reconciles', async () => {
  const exported = await exportLedger(await story('told'));
  expect(exported.participants.map((account) => account.participantId)).toEqual(['adam', 'zoe']);
  const zoe = exported.participants[1];
  expect(zoe?.balances).toMatchObject({ deposited: '1000', available: '930', slashed: '70' });
  expect(zoe?.transfers.map((transfer) => transfer.kind)).toEqual([
    'deposit',
    'charge',
    'charge',
    'finalise',
    'void',
  ]);
  expect(zoe?.sanctions).toEqual([aSanction('case', 'zoe')]);
  expect(exported.reserveUnits).toBe('70');
  expect(reconcile(exported)).toEqual([]);
  expect(JSON.parse(JSON.stringify(exported))).toEqual(exported);
});

test('two runs of one story differ in ids and instants only', async () => {
  const one = await exportLedger(await story('one'));
  const two = await exportLedger(await story('one-other', '-other'));
  expect(two).not.toEqual(one);
  const plain = (exported: LedgerExport) => ({ ...withoutInstantsAndIds(exported), networkId: '' });
  expect(plain(two)).toEqual(plain(one));
  expect(JSON.stringify(plain(one))).not.toMatch(/AtMs|case\/|d1/);
  const charged = two.participants[1]?.transfers.find((transfer) => transfer.kind === 'charge');
  charged?.postings.pop();
  expect(plain(two)).not.toEqual(plain(one));
});

test('reconciling names a lost unit, a lost void, a doubled transfer and a short reserve', async () => {
  const store = await story('faulty');
  const exported = await exportLedger(store);
  const changed = (change: (copy: LedgerExport) => unknown) => {
    const copy = structuredClone(exported);
    change(copy);
    return reconcile(copy).join('\n');
  };
  const zoe = (copy: LedgerExport) => copy.participants[1]!;
  expect(changed((copy) => (zoe(copy).balances.available = '929'))).toMatch(
    /zoe: 1000 units came in and 999 are accounted for[\s\S]*network: 2000 units came in and 1999/,
  );
  expect(changed((copy) => zoe(copy).transfers.pop())).toMatch(/available is 930, its transfers/);
  expect(changed((copy) => (zoe(copy).cases[0]!.parts[1]!.status = 'pending'))).toMatch(
    /pending is 0, the cases say 630/,
  );
  expect(changed((copy) => copy.participants[0]!.transfers.push(zoe(copy).transfers[1]!))).toMatch(
    /there twice/,
  );
  expect(changed((copy) => ((copy as { reserveUnits: string }).reserveUnits = '69'))).toMatch(
    /the reserve has 69, it should have 70/,
  );
});

test('a balance changed behind the ledger is found from the store itself', async () => {
  const store = await story('tampered');
  const { pk, sk } = keysOf('tampered').ledgerHead('adam');
  await store.client.send(
    new UpdateCommand({
      TableName: store.tables.ledger,
      Key: { pk, sk },
      UpdateExpression: 'SET body.available = :more, body.deposited = :more',
      ExpressionAttributeValues: { ':more': '5000' },
    }),
  );
  expect(reconcile(await exportLedger(store)).join('\n')).toMatch(
    /adam: deposited is 5000, its transfers sum to 1000/,
  );
});

test('unpaid rewards are what was credited, less what live charges took and what was paid', () => {
  const credited = [
    { earnedAtMs: 2, units: 50n },
    { earnedAtMs: 1, units: 100n },
    { earnedAtMs: 3, units: 10n },
  ].map((one, index) => ({ ...one, rewardId: `r-${index}`, creditedAtMs: 4, cuts: [] }));
  const paid = (...tranches: { earnedAtMs: number; units: bigint }[]) => [
    { payoutId: 'p', atMs: 5, tranches },
  ];
  const taking = (status: 'pending' | 'void', earnedAtMs: number, units: string) => {
    const part = { decisionId: 'd', rung: 'P1' as const, status, stakeUnits: 0n, rewardUnits: 0n };
    const instants = { heldAtMs: null, imposedAtMs: 1, finalDueAtMs: 2, settledAtMs: null };
    return anEntry('c', {
      parts: [{ ...part, ...instants, rewardTranches: [{ earnedAtMs, units }] }],
    });
  };
  expect(stillUnpaid(credited, { cases: [] }, [])).toEqual([
    { earnedAtMs: 1, units: 100n },
    { earnedAtMs: 2, units: 50n },
    { earnedAtMs: 3, units: 10n },
  ]);
  // A live charge took from the second instant, a void one gave back; thirty of the first were paid out.
  const cases = [taking('pending', 2, '50'), taking('void', 1, '100')];
  expect(stillUnpaid(credited, { cases }, paid({ earnedAtMs: 1, units: 30n }))).toEqual([
    { earnedAtMs: 1, units: 70n },
    { earnedAtMs: 3, units: 10n },
  ]);
  const all = paid({ earnedAtMs: 1, units: 100n }, { earnedAtMs: 3, units: 10n });
  expect(stillUnpaid(credited, { cases }, all)).toEqual([]);
});

test('what a case cuts is not unpaid; once the case fell, it is', () => {
  const cuts = [
    { caseId: 'c', bps: 5_000 },
    { caseId: 'd', bps: 1_000 },
  ];
  const credited = [{ rewardId: 'r', earnedAtMs: 1, creditedAtMs: 2, units: 101n, cuts }];
  expect(stillUnpaid(credited, { cases: [anEntry('c', {})] }, [])).toEqual([
    { earnedAtMs: 1, units: 51n },
  ]);
  const nothing = { bps: 0, untilMs: 0, barsUntilMs: 0 };
  const cutFalls = [{ reviewId: 'x', atMs: 3, creditedByMs: 3, ...nothing }];
  for (const fallen of [
    { cases: [anEntry('c', { cutFalls })] },
    { cases: [], kinCutFalls: [{ caseId: 'c', cutFalls }] },
  ])
    expect(stillUnpaid(credited, fallen, [])).toEqual([{ earnedAtMs: 1, units: 91n }]);
});

test('an item of another type or version is refused, never misread', async () => {
  const store = await story('misread');
  const cases = createCaseStore(store);
  const { version } = await cases.snapshot('zoe');
  const key = keysOf('misread').caseEntry('zoe', 'case');
  for (const Item of [
    makeItem(key, 'something-new', {}, { version }),
    { ...makeItem(key, 'case-entry', {}, { version }), v: 2 },
  ]) {
    await store.client.send(new PutCommand({ TableName: store.tables.ledger, Item }));
    await expect(cases.snapshot('zoe')).rejects.toMatchObject({ code: 'item-unreadable' });
  }
});
