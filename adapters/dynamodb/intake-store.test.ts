import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AlertHead, Observation } from '../../domain/observation.ts';
import type { AcceptWrite, Receipt, ReceiptItem } from '../../domain/ports/intake.ts';
import type { Store } from './client.ts';
import { createDirectory } from './directory.ts';
import { putSource } from './directory-seed.ts';
import { createEvidence } from './intake-evidence.ts';
import { createRelayStore } from './intake-relay.ts';
import { createIntakeStore } from './intake-store.ts';
import { shardOf, UNDELIVERED_SHARDS } from './keys.ts';
import { T0 } from './test-fixtures.ts';
import { openTestStore, type TestStore } from './test-store.ts';

let test: TestStore;
beforeAll(async () => {
  test = await openTestStore();
});
afterAll(() => test.close());

function observation(alertKey: string, more: Partial<Observation> = {}): Observation {
  return {
    alertKey,
    sourceId: 'src',
    state: 'firing',
    participantId: 'p1',
    resourceId: null,
    violationType: 'downtime',
    severity: 'minor',
    startsAtMs: T0,
    endsAtMs: null,
    receivedAtMs: T0,
    mappingVersion: '1',
    summary: '',
    evidenceUrl: null,
    ...more,
  };
}

function head(alertKey: string, seq: number): AlertHead {
  const { state: _state, summary: _summary, evidenceUrl: _url, ...facts } = observation(alertKey);
  return {
    ...facts,
    seq,
    status: 'firing',
    firstReceivedAtMs: T0,
    lastSeenAtMs: T0,
    intervals: [{ fromMs: T0, toMs: null }],
    rearmedByCaseId: null,
  };
}

function write(alertKey: string, seq = 1, more: Partial<Observation> = {}): AcceptWrite {
  const ref = { alertKey, seq };
  return {
    head: head(alertKey, seq),
    readSeq: seq - 1,
    observations: [
      {
        ref,
        receiptId: 'r',
        observation: observation(alertKey, more),
        change: 'fired',
        fate: 'pending',
      },
    ],
  };
}

/** A client whose next transactions are cancelled for the given reason of their last item. */
function cancelling(codes: string[]) {
  const store: Store = test.another();
  const sizes: number[] = [];
  store.client.middlewareStack.add(
    (next, context) => async (args) => {
      if (context.commandName !== 'TransactWriteItemsCommand') return next(args);
      const { TransactItems } = args.input as { TransactItems: unknown[] };
      sizes.push(TransactItems.length);
      const code = codes.shift();
      if (code === undefined) return next(args);
      const reasons = TransactItems.map((_, index) => ({
        Code: index === TransactItems.length - 1 ? code : 'None',
      }));
      throw new TransactionCanceledException({
        message: 'cancelled',
        $metadata: {},
        CancellationReasons: reasons,
      });
    },
    { step: 'deserialize', priority: 'low', name: 'cancel' },
  );
  return { store, sizes };
}

const names = (prefix: string, count: number) =>
  Array.from({ length: count }, (_, index) => `src/${prefix}${index}`);

describe('accept', () => {
  it('writes fifty pairs to a transaction', async () => {
    const { store, sizes } = cancelling([]);
    const keys = names('many', 120);
    const moved = await createIntakeStore(store).accept(keys.map((key) => write(key)));
    expect(moved).toEqual([]);
    expect(sizes.toSorted((a, b) => a - b)).toEqual([40, 100, 100]);
    expect((await createIntakeStore(store).heads(keys)).size).toBe(120);
  });

  it('tells which heads had moved on and writes all others', async () => {
    const intake = createIntakeStore(test.store);
    const keys = names('moved', 60);
    const taken = [keys[3] ?? '', keys[57] ?? ''];
    await intake.accept(taken.map((key) => write(key)));
    expect(await intake.accept(keys.map((key) => write(key)))).toEqual([3, 57]);
    const heads = await intake.heads(keys);
    expect([...heads.values()].map((one) => one.seq)).toEqual(keys.map(() => 1));
  });

  it('goes singly when another transaction is in the way', async () => {
    const { store, sizes } = cancelling(['TransactionConflict', 'TransactionConflict']);
    const keys = names('busy', 3);
    expect(await createIntakeStore(store).accept(keys.map((key) => write(key)))).toEqual([]);
    expect(sizes).toEqual([6, 2, 2, 2, 2]);
    expect((await createIntakeStore(store).heads(keys)).size).toBe(3);
  });

  it('gives up with `overloaded` when one alert never comes free', async () => {
    const { store } = cancelling(Array.from({ length: 20 }, () => 'TransactionConflict'));
    await expect(createIntakeStore(store).accept([write('src/never')])).rejects.toMatchObject({
      code: 'overloaded',
      fault: 'dependency',
    });
  });

  it('writes head and observation together or not at all', async () => {
    const intake = createIntakeStore(test.store);
    await intake.accept([write('src/both')]);
    // The observation is there already: the head must not move on without it.
    const again = { ...write('src/both', 1), head: head('src/both', 2), readSeq: 1 };
    expect(await intake.accept([again])).toEqual([0]);
    expect((await intake.heads(['src/both'])).get('src/both')?.seq).toBe(1);
  });
});

describe('receipts', () => {
  const items = (count: number): ReceiptItem[] =>
    Array.from({ length: count }, (_, index) => ({
      alertKey: `src/r${index}`,
      fate: 'repeat' as const,
      seq: null,
      reason: null,
      caseId: null,
    }));
  const receipt = (receiptId: string, more: Partial<Receipt> = {}): Receipt => ({
    receiptId,
    sourceId: 'src',
    receivedAtMs: T0,
    received: 0,
    accepted: 0,
    duplicate: 0,
    quarantined: 0,
    truncated: 0,
    items: [],
    ...more,
  });

  it('holds thousands of fates in order, and the first one stays', async () => {
    const intake = createIntakeStore(test.store);
    const long = receipt('long', { received: 2_500, items: items(2_500) });
    await intake.putReceipt(long);
    await intake.putReceipt(receipt('long', { received: 7, items: items(1) }));
    expect(await intake.readReceipt('long')).toEqual(long);
    expect(await intake.readReceipt('none')).toBeNull();
  });

  it('shows the fate that an observation has by now', async () => {
    const intake = createIntakeStore(test.store);
    await intake.accept([write('src/told')]);
    const item = { alertKey: 'src/told', fate: 'pending' as const, seq: 1 };
    const pending = { ...item, reason: null, caseId: null };
    await intake.putReceipt(receipt('told', { items: [pending, ...items(1)] }));
    const relay = createRelayStore(test.store);
    const delivered = { ref: { alertKey: 'src/told', seq: 1 }, returns: 0 };
    await relay.markDelivered(delivered, 'case', 'downtime-1', T0);
    await relay.markDelivered(delivered, 'orphan', null, T0);
    const read = await intake.readReceipt('told');
    expect(read?.items.map(({ fate, caseId }) => [fate, caseId])).toEqual([
      ['case', 'downtime-1'],
      ['repeat', null],
    ]);
  });

  it('lets one delivery claim an id, whoever else tries', async () => {
    const claims = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        createIntakeStore(test.another()).claimDelivery(
          { sourceId: 'src', deliveryId: 'd', bodyHash: 'h', receiptId: `r${index}` },
          T0,
        ),
      ),
    );
    expect(new Set(claims.map((claim) => claim.receiptId)).size).toBe(1);
  });
});

describe('the state of a source', () => {
  it('loses no truncated group, though many deliveries note it at once (rule B1)', async () => {
    const sourceId = 'cut';
    await putSource(test.store, {
      sourceId,
      kind: 'alertmanager',
      enabled: true,
      ownerControlGroup: 'network',
      independenceGroup: 'g',
      setBy: ['ada'],
      scope: { families: ['performance'], highestSeverity: 'major', mayContain: false },
      repeatIntervalMs: 60_000,
      maxLagMs: 0,
      auth: { kind: 'bearer', secretId: 's' },
      mapping: {
        version: '1',
        participant: { labels: [], values: {} },
        violationType: { labels: [], values: {} },
        severity: { labels: [], values: {} },
      },
    });
    const groups = names('group', 6);
    const stores = groups.map(() => createIntakeStore(test.another()));
    const note = (index: number, truncated: number, atMs: number) =>
      stores[index]?.noteSource(sourceId, {
        atMs,
        groupKey: groups[index] ?? '',
        truncated,
        repeatIntervalMs: 60_000,
      });
    const source = () => createDirectory(test.store, { nowMs: () => T0 }).source(sourceId);
    await Promise.all(groups.map((_, index) => note(index, 1, T0 + index)));
    expect(await source()).toMatchObject({ truncatedAtMs: T0 + 5, lastSeenAtMs: T0 + 5 });
    for (const index of [5, 4, 3, 2, 1]) await note(index, 0, T0 + 10);
    expect(await source()).toMatchObject({ truncatedAtMs: T0 });
    await note(0, 0, T0 + 10);
    expect(await source()).toMatchObject({ truncatedAtMs: null, lastSeenAtMs: T0 + 10 });
    await note(0, 0, T0 + 10_000);
    expect((await source())?.lastSeenAtMs).toBe(T0 + 10);
    await note(0, 0, T0 + 15_010);
    expect((await source())?.lastSeenAtMs).toBe(T0 + 15_010);
  });
});

describe('undelivered', () => {
  const participantId = 'p-undelivered';
  const shard = shardOf(participantId, UNDELIVERED_SHARDS);

  it('comes oldest first, up to an instant, and no longer than it is undelivered', async () => {
    const intake = createIntakeStore(test.store);
    const relay = createRelayStore(test.store);
    const evidence = createEvidence(test.store);
    const at = (alertKey: string, receivedAtMs: number) =>
      write(alertKey, 1, { participantId, receivedAtMs });
    await intake.accept([at('src/u2', T0 + 2), at('src/u1', T0 + 1), at('src/u3', T0 + 3)]);
    const page = await relay.undelivered(shard, T0 + 3, 10);
    const ours = page.filter((one) => one.observation.participantId === participantId);
    expect(ours.map((one) => one.ref.alertKey)).toEqual(['src/u1', 'src/u2']);
    expect(await evidence.oldestUndeliveredMs(participantId)).toBe(T0 + 1);
    for (const one of ours) await relay.markDelivered(one, 'case', 'c', T0);
    expect(await evidence.oldestUndeliveredMs(participantId)).toBe(T0 + 3);
    await evidence.returnToInbox([{ alertKey: 'src/u1', seq: 1 }]);
    expect(await evidence.oldestUndeliveredMs(participantId)).toBe(T0 + 1);
    const [back] = await relay.undelivered(shard, T0 + 2, 1);
    expect(back).toMatchObject({ ref: { alertKey: 'src/u1' }, returns: 1 });
  });

  it('is nothing that went nowhere: a repeat is never given back', async () => {
    const intake = createIntakeStore(test.store);
    const quiet = write('src/quiet', 1, { participantId: 'p-quiet' });
    const observations = quiet.observations.map((one) => ({
      ...one,
      change: null,
      fate: 'repeat' as const,
    }));
    await intake.accept([{ ...quiet, observations }]);
    const evidence = createEvidence(test.store);
    await evidence.returnToInbox([
      { alertKey: 'src/quiet', seq: 1 },
      { alertKey: 'src/none', seq: 1 },
    ]);
    const relay = createRelayStore(test.store);
    const all = await Promise.all(
      Array.from({ length: UNDELIVERED_SHARDS }, (_, index) =>
        relay.undelivered(index, T0 * 2, 1_000),
      ),
    );
    const keys = all.flat().map((one) => one.ref.alertKey);
    expect(keys).not.toContain('src/quiet');
  });
});
