import { afterAll, beforeAll, expect, test } from 'vitest';
import { MAX_UNITS } from '../../domain/money.ts';
import { createCaseStore } from './case-store.ts';
import { createParticipantRegistry } from './participant-registry.ts';
import { aNotice, aParticipant, aStep, T0 } from './test-fixtures.ts';
import { openTestStore, type TestStore } from './test-store.ts';

let test_: TestStore;
const act = { actor: 'admin', atMs: T0 };
const LAW = { shrinkNoticeMs: 1_000 };

beforeAll(async () => {
  test_ = await openTestStore();
});
afterAll(() => test_.close());

const registryOf = (networkId = 'main') => createParticipantRegistry({ ...test_.store, networkId });

test('a registration makes participant, empty ledger and claims; again it is the same one', async () => {
  const registry = registryOf();
  const participant = aParticipant('r1');
  expect(await registry.register(participant, 'SWRM', act)).toBe('registered');
  const later = { ...participant, registeredAtMs: T0 + 5 };
  expect(await registry.register(later, 'SWRM', { ...act, atMs: T0 + 5 })).toBe('exists');
  expect(await registry.read('r1')).toEqual(participant);
  const snapshot = await registry.snapshot('r1');
  expect(snapshot).toMatchObject({ version: 0, asset: 'SWRM', deposits: [], cases: [] });
  expect(Object.values(snapshot?.balances ?? {}).every((units) => units === 0n)).toBe(true);
});

test('the same id with other data is refused', async () => {
  const registry = registryOf();
  await registry.register(aParticipant('r2'), 'SWRM', act);
  const other = aParticipant('r2', { controlGroup: 'another' });
  await expect(registry.register(other, 'SWRM', act)).rejects.toMatchObject({
    code: 'participant-exists',
  });
  await expect(registry.register(aParticipant('r2'), 'GOLD', act)).rejects.toMatchObject({
    code: 'participant-exists',
  });
});

test('a resource has one owner: neither a registration nor a change may take it', async () => {
  const registry = registryOf();
  await registry.register(aParticipant('r3'), 'SWRM', act);
  const thief = aParticipant('r4', { resources: [{ resourceId: 'r3-node', capacity: 1 }] });
  await expect(registry.register(thief, 'SWRM', act)).rejects.toMatchObject({
    code: 'resource-taken',
    details: { resourceIds: ['r3-node'] },
  });
  expect(await registry.read('r4')).toBeNull();
  expect(await registry.snapshot('r4')).toBeNull();
  await registry.register(aParticipant('r4'), 'SWRM', act);
  const change = [
    { resourceId: 'r4-new', capacity: 2 },
    { resourceId: 'r3-node', capacity: 2 },
  ];
  await expect(registry.putResources('r4', change, act, LAW)).rejects.toMatchObject({
    code: 'resource-taken',
  });
  expect((await registry.read('r4'))?.resources).toEqual(aParticipant('r4').resources);
  // Nothing of the refused change was claimed.
  await registry.putResources('r3', [{ resourceId: 'r4-new', capacity: 1 }], act, LAW);
});

test('resources are added and updated by id, also by several people at once', async () => {
  const registry = registryOf();
  await registry.register(aParticipant('r5'), 'SWRM', act);
  const additions = ['a', 'b', 'c', 'd'].map((name) => ({ resourceId: `r5-${name}`, capacity: 3 }));
  await Promise.all(
    additions.map((resource, n) =>
      registry.putResources('r5', [resource], { ...act, atMs: T0 + n }, LAW),
    ),
  );
  await registry.putResources('r5', [{ resourceId: 'r5-node', capacity: 9 }], act, LAW);
  const { resources = [] } = (await registry.read('r5')) ?? {};
  expect(resources).toHaveLength(5);
  expect(resources).toEqual(
    expect.arrayContaining([...additions, { resourceId: 'r5-node', capacity: 9 }]),
  );
  await expect(registry.putResources('nobody', additions, act, LAW)).rejects.toMatchObject({
    code: 'participant-unknown',
  });
});

test('more resources than one transaction holds are refused by name of the limit', async () => {
  const resources = Array.from({ length: 81 }, (_, n) => ({ resourceId: `r6-${n}`, capacity: 1 }));
  const registry = registryOf();
  await expect(
    registry.register(aParticipant('r6', { resources }), 'SWRM', act),
  ).rejects.toMatchObject({ code: 'resources-too-many', fault: 'caller' });
  const most = aParticipant('r6', { resources: resources.slice(0, 80) });
  expect(await registry.register(most, 'SWRM', act)).toBe('registered');
});

test('a deposit is booked once per reference, however many send it at once', async () => {
  const registry = registryOf();
  await registry.register(aParticipant('d1'), 'SWRM', act);
  const deposit = { participantId: 'd1', externalRef: 'wire-1', units: 500n };
  const results = await Promise.all(
    Array.from({ length: 8 }, () => registry.deposit(deposit, act)),
  );
  expect(results.filter((result) => result.status === 'booked')).toHaveLength(1);
  expect(new Set(results.map((result) => result.transferId)).size).toBe(1);
  const snapshot = await registry.snapshot('d1');
  expect(snapshot).toMatchObject({ version: 1, deposits: [{ atMs: T0, units: 500n }] });
  expect(snapshot?.balances).toMatchObject({ deposited: 500n, available: 500n });
});

test('different deposits at once are all booked', async () => {
  const registry = registryOf();
  await registry.register(aParticipant('d2'), 'SWRM', act);
  const refs = Array.from({ length: 12 }, (_, index) => `many-${index}`);
  await Promise.all(
    refs.map((externalRef, index) =>
      registry.deposit({ participantId: 'd2', externalRef, units: BigInt(index + 1) }, act),
    ),
  );
  const snapshot = await registry.snapshot('d2');
  expect(snapshot?.version).toBe(12);
  expect(snapshot?.balances.available).toBe(78n);
  expect(snapshot?.deposits).toHaveLength(12);
});

test('a reference names one payment: another amount or another participant is refused', async () => {
  const registry = registryOf();
  await registry.register(aParticipant('d3'), 'SWRM', act);
  await registry.register(aParticipant('d4'), 'SWRM', act);
  await registry.deposit({ participantId: 'd3', externalRef: 'wire-3', units: 5n }, act);
  for (const other of [
    { participantId: 'd3', externalRef: 'wire-3', units: 6n },
    { participantId: 'd4', externalRef: 'wire-3', units: 5n },
  ]) {
    await expect(registry.deposit(other, act)).rejects.toMatchObject({
      code: 'external-ref-reused',
    });
  }
  expect((await registry.snapshot('d4'))?.balances.available).toBe(0n);
});

test('nothing, less than nothing, and sums over 38 digits are not booked', async () => {
  const registry = registryOf();
  await registry.register(aParticipant('d5'), 'SWRM', act);
  await registry.deposit({ participantId: 'd5', externalRef: 'max', units: MAX_UNITS }, act);
  for (const units of [0n, -1n, 1n, MAX_UNITS + 1n]) {
    const deposit = { participantId: 'd5', externalRef: `odd-${units}`, units };
    await expect(registry.deposit(deposit, act)).rejects.toMatchObject({ code: 'amount-invalid' });
  }
  expect((await registry.snapshot('d5'))?.balances.available).toBe(MAX_UNITS);
  const unknown = { participantId: 'nobody', externalRef: 'x', units: 1n };
  await expect(registry.deposit(unknown, act)).rejects.toMatchObject({
    code: 'participant-unknown',
  });
});

test('lists go page by page through everything once, transfers and notices newest first', async () => {
  const registry = registryOf('paged');
  const cases = createCaseStore({ ...test_.store, networkId: 'paged' });
  const ids = ['a', 'b#c', 'd/e', 'f%g', 'h'];
  for (const id of ids) await registry.register(aParticipant(id), 'SWRM', act);
  for (let n = 1; n <= 5; n++) {
    const deposit = { participantId: 'a', externalRef: `p-${n}`, units: BigInt(n) };
    await registry.deposit(deposit, { ...act, atMs: T0 + n });
    const notice = aNotice(`n${n}`, 'c', 'a');
    notice.notice.createdAtMs = T0 + n;
    await cases.commit(aStep(`notice-${n}`, { notices: [notice] }));
  }
  const all = async <T>(
    read: (cursor?: string) => Promise<{ items: T[]; nextCursor: string | null }>,
  ) => {
    const items: T[] = [];
    let cursor: string | undefined;
    do {
      const page = await read(cursor);
      expect(page.items.length).toBeLessThanOrEqual(2);
      items.push(...page.items);
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    return items;
  };
  const participants = await all((cursor) => registry.list(cursor, 2));
  expect(participants.map((each) => each.participantId).sort()).toEqual([...ids].sort());
  const transfers = await all((cursor) => registry.transfers('a', cursor, 2));
  expect(transfers.map((each) => each.atMs - T0)).toEqual([5, 4, 3, 2, 1]);
  const notices = await all((cursor) => registry.notices('a', cursor, 2));
  expect(notices.map((each) => each.notice.noticeId)).toEqual(['n5', 'n4', 'n3', 'n2', 'n1']);
});

test('a cursor of another list, another participant or of nobody is refused', async () => {
  const registry = registryOf('cursors');
  for (const id of ['a', 'b']) {
    await registry.register(aParticipant(id), 'SWRM', act);
    for (const n of [1, 2]) {
      await registry.deposit({ participantId: id, externalRef: `${id}${n}`, units: 1n }, act);
    }
  }
  const { nextCursor } = await registry.transfers('a', undefined, 1);
  const foreign = nextCursor ?? '';
  expect(foreign).not.toBe('');
  const forged = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const garbage = [
    foreign,
    '',
    '%%%',
    'x'.repeat(5_000),
    forged(null),
    forged({ v: 1, scope: 'transfers/b', position: 'S#A' }),
    forged({ v: 1, scope: 'transfers/b', position: 7 }),
    forged({ v: 2, scope: 'transfers/b', position: 'T#1' }),
  ];
  for (const cursor of garbage) {
    await expect(registry.transfers('b', cursor, 1)).rejects.toMatchObject({
      code: 'cursor-invalid',
      fault: 'caller',
    });
  }
  await expect(registry.notices('b', foreign, 1)).rejects.toMatchObject({ code: 'cursor-invalid' });
  await expect(registry.list(foreign, 1)).rejects.toMatchObject({ code: 'cursor-invalid' });
});
