import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { MAX_UNITS } from '../../domain/money.ts';
import type { StepCommit } from '../../domain/ports/case-store.ts';
import { createCaseReader } from './case-reader.ts';
import { createCaseStore } from './case-store.ts';
import { getItem } from './items.ts';
import { keysOf } from './keys.ts';
import { createParticipantRegistry } from './participant-registry.ts';
import {
  aCharge,
  aNotice,
  anAudit,
  anEntry,
  aParticipant,
  aRecord,
  aSanction,
  aStep,
  T0,
} from './test-fixtures.ts';
import { openTestStore, type TestStore } from './test-store.ts';

let test_: TestStore;
const act = { actor: 'treasurer', atMs: T0 };
const keys = keysOf('main');

beforeAll(async () => {
  test_ = await openTestStore();
});
afterAll(() => test_.close());

function setup() {
  const { store } = test_;
  return {
    store,
    cases: createCaseStore(store),
    registry: createParticipantRegistry(store),
    reader: createCaseReader(store),
  };
}

async function registered(participantId: string, units = 1_000n) {
  const parts = setup();
  await parts.registry.register(aParticipant(participantId), 'SWRM', act);
  await parts.registry.deposit({ participantId, externalRef: `pay-${participantId}`, units }, act);
  return parts;
}

async function takeSlot(participantId: string, violationType: string, caseId: string) {
  const { store } = setup();
  const Item = { ...keys.slot(participantId, violationType), v: 1, type: 'slot', caseId };
  await store.client.send(new PutCommand({ TableName: store.tables.registry, Item }));
}

async function slotOf(participantId: string, violationType: string) {
  const item = await getItem(setup().store, 'registry', keys.slot(participantId, violationType));
  return item?.['caseId'] ?? null;
}

test('a step writes record, ledger, sanction, notice, audit and slot together', async () => {
  const { cases, registry, reader } = await registered('p-whole');
  await takeSlot('p-whole', 'downtime', 'c-whole');
  const snapshot = await cases.snapshot('p-whole');
  const step = aStep('c-whole/impose', {
    record: aRecord('c-whole', 'p-whole', { stage: 'correcting', tier: 'penalty', rung: 'P1' }),
    recordIsNew: true,
    ledger: {
      ...aCharge(snapshot, 'c-whole', 'd1', 70n),
      sanction: aSanction('c-whole', 'p-whole'),
    },
    notices: [aNotice('n-whole', 'c-whole', 'p-whole')],
    audit: [anAudit('a-whole', 'c-whole', 'p-whole')],
    freeSlot: { participantId: 'p-whole', violationType: 'downtime', caseId: 'c-whole' },
  });
  expect(await cases.commit(step)).toEqual({ status: 'committed' });

  expect(await cases.readCase('c-whole')).toEqual(step.record);
  const after = await cases.snapshot('p-whole');
  expect(after.version).toBe(snapshot.version + 1);
  expect(after.balances).toEqual(step.ledger?.balances);
  expect(after.cases).toEqual([step.ledger?.entry]);
  expect(after.deposits).toEqual([{ atMs: T0, units: 1_000n }]);
  expect(await cases.sanctions('p-whole')).toEqual([aSanction('c-whole', 'p-whole')]);
  expect(await cases.readNotice('p-whole', 'n-whole')).toEqual(step.notices[0]);
  expect((await reader.timeline('c-whole', undefined, 10)).items).toMatchObject(step.audit);
  expect(await slotOf('p-whole', 'downtime')).toBeNull();
  const { items } = await registry.transfers('p-whole', undefined, 10);
  expect(items.map((each) => each.kind)).toEqual(['charge', 'deposit']);
  expect(items[0]).toEqual(step.ledger?.transfers[0]);
});

test('a refused step leaves nothing behind: neither guard, record, money, notice nor audit', async () => {
  const { cases, registry, reader } = await registered('p-none');
  await takeSlot('p-none', 'downtime', 'c-none');
  const snapshot = await cases.snapshot('p-none');
  const ledger = {
    ...aCharge(snapshot, 'c-none', 'd1', 70n),
    expectedVersion: snapshot.version - 1,
    sanction: aSanction('c-none', 'p-none'),
  };
  const refused = await cases.commit(
    aStep('c-none/impose', {
      record: aRecord('c-none', 'p-none'),
      recordIsNew: true,
      ledger,
      notices: [aNotice('n-none', 'c-none', 'p-none')],
      audit: [anAudit('a-none', 'c-none', 'p-none')],
      freeSlot: { participantId: 'p-none', violationType: 'downtime', caseId: 'c-none' },
    }),
  );
  expect(refused).toEqual({ status: 'stale' });
  expect(await cases.findStep('c-none/impose')).toBeNull();
  expect(await cases.readCase('c-none')).toBeNull();
  expect(await cases.snapshot('p-none')).toEqual(snapshot);
  expect(await cases.sanctions('p-none')).toEqual([]);
  expect(await cases.readNotice('p-none', 'n-none')).toBeNull();
  expect((await reader.timeline('c-none', undefined, 10)).items).toEqual([]);
  expect(await slotOf('p-none', 'downtime')).toBe('c-none');
  expect((await registry.transfers('p-none', undefined, 10)).items).toHaveLength(1);
});

test('the same step again answers with its stored result and posts nothing', async () => {
  const { cases, registry } = await registered('p-again');
  const ledger = aCharge(await cases.snapshot('p-again'), 'c-again', 'd1', 70n);
  const step = aStep('c-again/impose', { ledger });
  await cases.commit(step);
  const recomputed = { ...step, resultJson: '{"another":"result"}' };
  expect(await cases.commit(recomputed)).toEqual({
    status: 'repeat',
    resultJson: step.resultJson,
  });
  expect((await cases.snapshot('p-again')).balances.pending).toBe(70n);
  expect((await registry.transfers('p-again', undefined, 10)).items).toHaveLength(2);
  expect(await cases.findStep('c-again/impose')).toEqual({
    inputHash: step.inputHash,
    resultJson: step.resultJson,
  });
});

test('the same step with another input is a conflict that is never retried', async () => {
  const { cases } = await registered('p-conflict');
  const step = aStep('c-conflict/impose');
  await cases.commit(step);
  await expect(cases.commit({ ...step, inputHash: 'other' })).rejects.toMatchObject({
    code: 'step-conflict',
    fault: 'bug',
  });
});

test('opening refuses an id that has a record, and keeps that record', async () => {
  const { cases } = await registered('p-open');
  const record = aRecord('c-open', 'p-open');
  const opening = { record, recordIsNew: true };
  expect(await cases.commit(aStep('c-open/1', opening))).toEqual({ status: 'committed' });
  const other = { ...opening, record: { ...record, severity: 'critical' as const } };
  expect(await cases.commit(aStep('c-open/2', other))).toEqual({ status: 'record-exists' });
  expect(await cases.readCase('c-open')).toEqual(record);
});

test('a transfer, a notice or an audit entry is never written over by another step', async () => {
  const { cases } = await registered('p-over');
  const first = aStep('c-over/1', {
    ledger: aCharge(await cases.snapshot('p-over'), 'c-over', 'd1', 70n),
    notices: [aNotice('n-over', 'c-over', 'p-over')],
    audit: [anAudit('a-over', 'c-over', 'p-over')],
  });
  await cases.commit(first);
  const again = aCharge(await cases.snapshot('p-over'), 'c-over', 'd1', 30n);
  const collisions: Partial<StepCommit>[] = [
    { ledger: again },
    { notices: first.notices },
    { audit: first.audit },
  ];
  for (const [index, collision] of collisions.entries()) {
    await expect(cases.commit(aStep(`c-over/x${index}`, collision))).rejects.toMatchObject({
      code: 'step-collision',
      fault: 'bug',
    });
  }
  expect((await cases.snapshot('p-over')).balances.pending).toBe(70n);
});

test('freeing a slot that names another case, or none, does not hinder the step', async () => {
  const { cases } = await registered('p-slot');
  const freeSlot = { participantId: 'p-slot', violationType: 'downtime', caseId: 'c-old' };
  await takeSlot('p-slot', 'downtime', 'c-new');
  expect(await cases.commit(aStep('c-old/end', { freeSlot }))).toEqual({ status: 'committed' });
  expect(await slotOf('p-slot', 'downtime')).toBe('c-new');
  const none = { ...freeSlot, violationType: 'subpar-delivery' };
  expect(await cases.commit(aStep('c-old/end2', { freeSlot: none }))).toEqual({
    status: 'committed',
  });
});

test('forty committers on one participant: one wins per version, none is lost', async () => {
  const { cases, registry } = await registered('p-crowd', 10_000n);
  const start = (await cases.snapshot('p-crowd')).version;
  const writers = Array.from({ length: 40 }, () => createCaseStore(test_.store));
  const winnersOf = new Map<number, number>();
  async function chargeUntilCommitted(index: number) {
    for (;;) {
      const writer = writers[index] ?? cases;
      const snapshot = await writer.snapshot('p-crowd');
      const ledger = aCharge(snapshot, `c-crowd-${index}`, 'd1', BigInt(index + 1));
      const outcome = await writer.commit(aStep(`c-crowd-${index}/impose`, { ledger }));
      if (outcome.status === 'stale') continue;
      expect(outcome.status).toBe('committed');
      winnersOf.set(snapshot.version, (winnersOf.get(snapshot.version) ?? 0) + 1);
      return;
    }
  }
  await Promise.all(writers.map((_, index) => chargeUntilCommitted(index)));
  expect([...winnersOf.values()]).toEqual(Array.from({ length: 40 }, () => 1));
  const after = await cases.snapshot('p-crowd');
  expect(after.version).toBe(start + 40);
  expect(after.balances.pending).toBe(820n);
  expect(after.balances.available).toBe(10_000n - 820n);
  expect(after.cases).toHaveLength(40);
  expect((await registry.transfers('p-crowd', undefined, 100)).items).toHaveLength(41);
}, 60_000);

test('amounts of 38 digits come back to the last digit', async () => {
  const { cases } = await registered('p-large', MAX_UNITS);
  const ledger = aCharge(await cases.snapshot('p-large'), 'c-large', 'd1', MAX_UNITS - 1n);
  await cases.commit(aStep('c-large/impose', { ledger }));
  const after = await cases.snapshot('p-large');
  expect(after.balances.available).toBe(1n);
  expect(after.balances.pending).toBe(99_999_999_999_999_999_999_999_999_999_999_999_998n);
  expect(after.cases[0]?.parts[0]?.stakeUnits).toBe(MAX_UNITS - 1n);
  expect(after.deposits).toEqual([{ atMs: T0, units: MAX_UNITS }]);
});

test('a negative account, legs that do not sum to zero and lost units are refused before anything is sent', async () => {
  const { cases } = await registered('p-neg', 10n);
  const snapshot = await cases.snapshot('p-neg');
  const over = aCharge(snapshot, 'c-neg', 'd1', 11n);
  const lame = aCharge(snapshot, 'c-neg', 'd1', 5n);
  lame.transfers[0]?.postings.pop();
  const short = { ...lame, balances: { ...lame.balances, pending: 4n } };
  for (const [ledger, code] of [
    [over, 'ledger-unbalanced'],
    [lame, 'invariant-broken'],
    [short, 'ledger-unbalanced'],
  ] as const) {
    await expect(cases.commit(aStep('c-neg/impose', { ledger }))).rejects.toMatchObject({ code });
  }
  expect(await cases.snapshot('p-neg')).toEqual(snapshot);
});

test('slashed money is entered in the reserve, once and without a shared head', async () => {
  const { cases, store } = await registered('p-reserve');
  const { version, balances } = await cases.snapshot('p-reserve');
  const ledger = {
    participantId: 'p-reserve',
    expectedVersion: version,
    balances: { ...balances, available: 930n, slashed: 70n },
    transfers: [
      {
        transferId: 'c-reserve/d1/final',
        participantId: 'p-reserve',
        kind: 'finalise' as const,
        atMs: T0,
        postings: [
          { account: 'available' as const, deltaUnits: -70n },
          { account: 'reserve' as const, deltaUnits: 70n },
        ],
      },
    ],
    entry: anEntry('c-reserve'),
    sanction: null,
  };
  await cases.commit(aStep('c-reserve/final', { ledger }));
  const entry = await getItem(store, 'ledger', keys.reserveEntry('c-reserve/d1/final'));
  expect(entry?.['body']).toEqual({ participantId: 'p-reserve', deltaUnits: '70' });
});

test('a snapshot is never mixed from two versions', async () => {
  const { cases, store } = await registered('p-torn');
  const ledger = aCharge(await cases.snapshot('p-torn'), 'c-torn', 'd1', 70n);
  await cases.commit(aStep('c-torn/impose', { ledger }));
  const whole = await cases.snapshot('p-torn');
  const key = keys.caseEntry('p-torn', 'c-torn');
  const entry = await getItem(store, 'ledger', key);
  const TableName = store.tables.ledger;
  for (const version of [whole.version + 1, whole.version - 1]) {
    // As a query sees a transaction half: the entry is too new, or not yet the head's.
    await store.client.send(new PutCommand({ TableName, Item: { ...entry, version } }));
    await expect(cases.snapshot('p-torn')).rejects.toMatchObject({
      code: 'store-unreachable',
      fault: 'dependency',
    });
  }
  await store.client.send(new PutCommand({ TableName, Item: { ...entry } }));
  expect(await cases.snapshot('p-torn')).toEqual(whole);
  // An older fact that the next version has changed already, while the head was read before.
  const deposit = await getItem(store, 'ledger', keys.depositFact('p-torn', 1));
  const early = { ...deposit, version: whole.version + 1 };
  await store.client.send(new PutCommand({ TableName, Item: early }));
  await expect(cases.snapshot('p-torn')).rejects.toMatchObject({ code: 'store-unreachable' });
});

test('networks that share tables see nothing of each other', async () => {
  const { cases } = await registered('p-net');
  const other = { ...test_.store, networkId: 'other' };
  await expect(createCaseStore(other).snapshot('p-net')).rejects.toMatchObject({
    code: 'participant-unknown',
  });
  await cases.commit(aStep('net/1'));
  expect(await createCaseStore(other).findStep('net/1')).toBeNull();
});

test('a case record shows that its announcement was served, but not after it names another notice', async () => {
  const { cases } = await registered('p-served');
  const record = aRecord('c-served', 'p-served', { announcementNoticeId: 'n1' });
  await cases.commit(aStep('c-served/1', { record, recordIsNew: true }));
  const served = {
    caseId: 'c-served',
    servedAtMs: T0 + 5,
    nextDeadlineMs: T0 + 99,
    waitsFor: 'the end of the grace',
  };
  await cases.showServed({ ...served, noticeId: 'n0' });
  expect(await cases.readCase('c-served')).toEqual(record);
  await cases.showServed({ ...served, noticeId: 'n1' });
  expect(await cases.readCase('c-served')).toEqual({
    ...record,
    announcementServedAtMs: T0 + 5,
    nextDeadlineMs: T0 + 99,
    waitsFor: 'the end of the grace',
  });
  await cases.showServed({ ...served, caseId: 'c-unknown', noticeId: 'n1' });
  expect(await cases.readCase('c-unknown')).toBeNull();
});

test('tries of a notice are counted and the first served instant stays', async () => {
  const { cases, registry } = await registered('p-notice');
  const notices = [aNotice('n-1', 'c-notice', 'p-notice')];
  await cases.commit(aStep('c-notice/1', { notices }));
  const failed = { servedAtMs: null, servedBy: null, reason: '503' };
  expect(await cases.recordNoticeTry('p-notice', 'n-1', failed)).toMatchObject({
    tries: 1,
    servedAtMs: null,
    lastReason: '503',
  });
  const served = { servedAtMs: T0 + 1, servedBy: 'endpoint' as const, reason: null };
  await cases.recordNoticeTry('p-notice', 'n-1', served);
  const read = await registry.readNotice('p-notice', 'n-1', T0 + 2);
  expect(read).toMatchObject({ servedAtMs: T0 + 1, servedBy: 'endpoint', readAtMs: T0 + 2 });
  expect(await registry.readNotice('p-notice', 'n-0', T0)).toBeNull();
  await expect(cases.recordNoticeTry('p-notice', 'n-0', failed)).rejects.toMatchObject({
    code: 'notice-unknown',
  });
});
