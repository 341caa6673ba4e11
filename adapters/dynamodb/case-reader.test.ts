import { afterAll, beforeAll, expect, test } from 'vitest';
import type { CaseRecord } from '../../domain/case/record.ts';
import type { CaseQuery } from '../../domain/ports/case-reader.ts';
import { createCaseReader } from './case-reader.ts';
import { createCaseStore } from './case-store.ts';
import { anAudit, aRecord, aStep, T0 } from './test-fixtures.ts';
import { openTestStore, type TestStore } from './test-store.ts';

const DAY_MS = 86_400_000;
let test_: TestStore;

/** Sixty cases over eight months: three participants, all stages, some without a deadline. */
function network(): CaseRecord[] {
  const stages = ['confirming', 'correcting', 'proposed', 'restoring', 'ended'] as const;
  return Array.from({ length: 60 }, (_, n) => {
    const stage = stages[n % 5] ?? 'ended';
    return aRecord(`case-${n}`, `p${n % 3}`, {
      openedAtMs: T0 - n * 4 * DAY_MS,
      stage,
      nextDeadlineMs: stage === 'ended' ? null : T0 + ((n * 37) % 61) * 1_000,
      violationType: n % 2 === 0 ? 'downtime' : 'node-compromise',
      family: n % 2 === 0 ? 'performance' : 'security',
      tier: n % 4 === 0 ? 'severe' : 'warning',
      outcome: stage === 'ended' ? 'corrected' : null,
      ...(n % 7 === 0 && { shadow: true }),
    });
  });
}

const records = network();

beforeAll(async () => {
  test_ = await openTestStore();
  const cases = createCaseStore(test_.store);
  for (const record of records) {
    await cases.commit(aStep(`open/${record.caseId}`, { record, recordIsNew: true }));
  }
});
afterAll(() => test_.close());

async function walk(query: CaseQuery): Promise<CaseRecord[]> {
  const reader = createCaseReader(test_.store);
  const found: CaseRecord[] = [];
  let cursor: string | undefined;
  for (let pages = 0; pages < 200; pages++) {
    const page = await reader.list({ ...query, ...(cursor !== undefined && { cursor }) });
    expect(page.items.length).toBeLessThanOrEqual(query.limit);
    found.push(...page.items);
    if (page.nextCursor === null) return found;
    cursor = page.nextCursor;
  }
  throw new Error('The list does not end.');
}

const newestFirst = (a: CaseRecord, b: CaseRecord) => b.openedAtMs - a.openedAtMs;
const byDeadline = (a: CaseRecord, b: CaseRecord) =>
  (a.nextDeadlineMs ?? Infinity) - (b.nextDeadlineMs ?? Infinity);

test.each([1, 2, 7, 25, 60, 100])(
  'all cases of the network, newest first, %i a page',
  async (limit) => {
    expect(await walk({ limit })).toEqual([...records].sort(newestFirst));
  },
);

test.each([1, 5, 100])('cases in shadow and real ones apart, %i a page', async (limit) => {
  const inShadow = records.filter((record) => record.shadow).sort(newestFirst);
  const real = records.filter((record) => !record.shadow).sort(newestFirst);
  expect(await walk({ shadow: true, limit })).toEqual(inShadow);
  expect(await walk({ shadow: false, limit })).toEqual(real);
  const security = inShadow.filter(({ family }) => family === 'security');
  expect(await walk({ shadow: true, family: 'security', limit })).toEqual(security);
  const ofOne = inShadow.filter(({ participantId }) => participantId === 'p0');
  expect(await walk({ shadow: true, participantId: 'p0', limit })).toEqual(ofOne);
});

test.each([1, 5, 100])('only cases opened between two instants, %i a page', async (limit) => {
  const [openedFromMs, openedToMs] = [T0 - 100 * DAY_MS, T0 - 20 * DAY_MS];
  const wanted = records
    .filter(({ openedAtMs }) => openedAtMs >= openedFromMs && openedAtMs <= openedToMs)
    .sort(newestFirst);
  expect(wanted).toHaveLength(21);
  expect(await walk({ openedFromMs, openedToMs, limit })).toEqual(wanted);
  const ofOne = wanted.filter(({ participantId }) => participantId === 'p1');
  const query = { openedFromMs, openedToMs, participantId: 'p1', limit };
  expect(await walk(query)).toEqual(ofOne);
});

test('a case whose type goes live before it is confirmed moves to the real ones', async () => {
  const cases = createCaseStore(test_.store);
  const record = aRecord('turned', 'p9', { openedAtMs: T0 + DAY_MS, shadow: true });
  await cases.commit(aStep('open/turned', { record, recordIsNew: true }));
  const within = { openedFromMs: T0 + 1, openedToMs: T0 + 2 * DAY_MS, limit: 10 };
  expect(await walk({ ...within, shadow: true })).toEqual([record]);
  const real = { ...record, shadow: false };
  await cases.commit(aStep('confirm/turned', { record: real }));
  expect(await walk({ ...within, shadow: true })).toEqual([]);
  expect(await walk({ ...within, shadow: false })).toEqual([real]);
});

test.each([1, 3, 50])('all cases of one participant, newest first, %i a page', async (limit) => {
  const wanted = records.filter((record) => record.participantId === 'p1').sort(newestFirst);
  expect(await walk({ participantId: 'p1', limit })).toEqual(wanted);
});

test.each([1, 4, 50])('all cases of one stage by next deadline, %i a page', async (limit) => {
  const wanted = records.filter((record) => record.stage === 'correcting').sort(byDeadline);
  expect(await walk({ stage: 'correcting', limit })).toEqual(wanted);
  const ended = await walk({ stage: 'ended', limit });
  expect(ended.map((record) => record.caseId).sort()).toEqual(
    records
      .filter((record) => record.stage === 'ended')
      .map((record) => record.caseId)
      .sort(),
  );
});

test.each<[string, Partial<CaseQuery>, (record: CaseRecord) => boolean]>([
  [
    'violation type',
    { violationType: 'node-compromise' },
    (r) => r.violationType === 'node-compromise',
  ],
  ['family', { family: 'security' }, (r) => r.family === 'security'],
  ['tier', { tier: 'severe' }, (r) => r.tier === 'severe'],
  ['outcome', { outcome: 'corrected' }, (r) => r.outcome === 'corrected'],
  [
    'stage and participant',
    { stage: 'ended', participantId: 'p0' },
    (r) => r.stage === 'ended' && r.participantId === 'p0',
  ],
  [
    'stage and tier',
    { stage: 'proposed', tier: 'warning' },
    (r) => r.stage === 'proposed' && r.tier === 'warning',
  ],
  ['what nobody has', { outcome: 'excluded' }, () => false],
])('filtered by %s every case is found once', async (_name, filter, accept) => {
  const wanted = records
    .filter(accept)
    .map((record) => record.caseId)
    .sort();
  for (const limit of [2, 10]) {
    const found = await walk({ ...filter, limit });
    expect(found.map((record) => record.caseId).sort()).toEqual(wanted);
  }
});

test('a filter that nothing passes looks at no more than twice the page at a time', async () => {
  const reader = createCaseReader(test_.store);
  const page = await reader.list({ outcome: 'excluded', limit: 5 });
  expect(page.items).toEqual([]);
  expect(page.nextCursor).not.toBeNull();
});

test('a case moves between the lists of stages with its record', async () => {
  const cases = createCaseStore(test_.store);
  const other = { ...test_.store, networkId: 'moving' };
  const record = aRecord('mover', 'p9');
  const moving = createCaseStore(other);
  await moving.commit(aStep('open', { record, recordIsNew: true }));
  await moving.commit(aStep('move', { record: { ...record, stage: 'correcting' } }));
  const reader = createCaseReader(other);
  expect((await reader.list({ stage: 'confirming', limit: 5 })).items).toEqual([]);
  expect((await reader.list({ stage: 'correcting', limit: 5 })).items).toHaveLength(1);
  expect((await reader.list({ limit: 5 })).items).toHaveLength(1);
  expect(await cases.readCase('mover')).toBeNull();
});

test('a timeline is read oldest first, page by page', async () => {
  const cases = createCaseStore(test_.store);
  const audit = [5, 1, 4, 2, 3].map((n) => anAudit(`entry-${n}`, 'told', 'p1', T0 + n));
  await cases.commit(aStep('told/1', { audit }));
  const reader = createCaseReader(test_.store);
  const first = await reader.timeline('told', undefined, 3);
  const rest = await reader.timeline('told', first.nextCursor ?? undefined, 3);
  const told = [...first.items, ...rest.items];
  expect(told.map((entry) => entry.atMs - T0)).toEqual([1, 2, 3, 4, 5]);
  expect(told[0]).toMatchObject(anAudit('entry-1', 'told', 'p1', T0 + 1));
  expect(rest.nextCursor).toBeNull();
});

test('cursors of other lists and garbage are refused', async () => {
  const reader = createCaseReader(test_.store);
  const ofP1 = (await reader.list({ participantId: 'p1', limit: 2 })).nextCursor ?? '';
  const forged = (position: unknown, scope = 'main#MONTHS') =>
    Buffer.from(JSON.stringify({ v: 1, scope, position })).toString('base64url');
  expect(ofP1).not.toBe('');
  const garbage = [
    ofP1,
    'null',
    '{}',
    forged(null),
    forged({ group: '2026-11', lanes: [['x', 'y']] }),
    forged({ group: '2026-11', lanes: [[1.5, 'y']] }),
    forged({ group: '', lanes: [] }),
    forged({ group: '2026-11', lanes: 'end' }),
  ];
  for (const cursor of garbage) {
    await expect(reader.list({ limit: 2, cursor })).rejects.toMatchObject({
      code: 'cursor-invalid',
      fault: 'caller',
    });
  }
  await expect(reader.list({ participantId: 'p2', limit: 2, cursor: ofP1 })).rejects.toMatchObject({
    code: 'cursor-invalid',
  });
  await expect(reader.timeline('told', 'AAAA', 2)).rejects.toMatchObject({
    code: 'cursor-invalid',
  });
});

test('a forged position stays inside the list it was asked for', async () => {
  const reader = createCaseReader(test_.store);
  const forged = Buffer.from(
    JSON.stringify({
      v: 1,
      scope: 'main#CASES#p1',
      position: { group: 'all', lanes: [[Number.MAX_SAFE_INTEGER, 'case-0']] },
    }),
  ).toString('base64url');
  const page = await reader.list({ participantId: 'p1', limit: 50, cursor: forged });
  expect(page.items.every((record) => record.participantId === 'p1')).toBe(true);
});
