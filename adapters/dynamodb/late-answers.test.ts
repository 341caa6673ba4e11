import { DeleteCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AlertHead } from '../../domain/observation.ts';
import { createCaseReader } from './case-reader.ts';
import { createCaseStore } from './case-store.ts';
import type { Store } from './client.ts';
import { headItem, readHeads } from './heads.ts';
import { createEvidence } from './intake-evidence.ts';
import { claimDelivery, putReceipt, readReceipt } from './intake-receipts.ts';
import { makeUndelivered } from './intake-undelivered.ts';
import { getItem } from './items.ts';
import { keysOf } from './keys.ts';
import { createParticipantRegistry } from './participant-registry.ts';
import { injectFaults } from './test-faults.ts';
import { aParticipant, aRecord, aStep, T0 } from './test-fixtures.ts';
import { openTestStore, type TestStore } from './test-store.ts';

/** What the real store does and no emulator: keys left unprocessed, empty pages that are not the last, and items that outlive their expiry. */

let test: TestStore;
beforeAll(async () => {
  test = await openTestStore();
});
afterAll(() => test.close());

const keys = keysOf('main');
const DAY_MS = 86_400_000;

describe('a busy store', () => {
  const names = Array.from({ length: 120 }, (_, index) => `busy/${index}`);
  beforeAll(async () => {
    for (const alertKey of names) {
      const Item = headItem(keys, { alertKey, seq: 1 } as AlertHead);
      await test.store.client.send(new PutCommand({ TableName: test.store.tables.alerts, Item }));
    }
  });

  /** A client that leaves keys unprocessed as often as told. */
  function busy(times: number, fault: 'some-unprocessed' | 'all-unprocessed') {
    const store = test.another();
    const seen = { calls: 0 };
    injectFaults(store, () => {
      seen.calls += 1;
      return seen.calls <= times ? fault : null;
    });
    return { store, seen };
  }

  it('is asked again for what it left unprocessed, until everything is read', async () => {
    const some = busy(5, 'some-unprocessed');
    expect([...(await readHeads(some.store, names)).keys()].toSorted()).toEqual(names.toSorted());
    expect(some.seen.calls).toBeGreaterThan(5);
    const none = busy(3, 'all-unprocessed');
    expect((await readHeads(none.store, names)).size).toBe(names.length);
  });

  it('that leaves everything is an outage to the caller, and not asked for ever', async () => {
    const { store, seen } = busy(Number.POSITIVE_INFINITY, 'all-unprocessed');
    await expect(readHeads(store, names.slice(0, 3))).rejects.toMatchObject({
      code: 'store-unreachable',
      fault: 'dependency',
      details: { reason: 'ProvisionedThroughputExceeded' },
    });
    expect(seen.calls).toBe(8);
  });
});

describe('a page without items that is not the last', () => {
  /** A client whose first answer to each list is an empty page, with the key of a place before its first item. */
  function hesitant(): { store: Store; emptied: () => number } {
    const store = test.another();
    let emptied = 0;
    store.client.middlewareStack.add(
      (next, context) => async (args) => {
        const input = args.input as { ExclusiveStartKey?: unknown };
        const isFirst = context.commandName === 'QueryCommand' && !input.ExclusiveStartKey;
        if (!isFirst) return next(args);
        emptied += 1;
        const before = beginning(args.input as Parameters<typeof beginning>[0]);
        return {
          response: {},
          output: { $metadata: {}, Items: [], Count: 0, LastEvaluatedKey: before },
        } as never;
      },
      { step: 'initialize', priority: 'low', name: 'empty-page' },
    );
    return { store, emptied: () => emptied };
  }

  /** The key of a place before everything that a query can find, in the order in which it looks. */
  function beginning(input: {
    IndexName?: string;
    KeyConditionExpression: string;
    ExpressionAttributeNames?: Record<string, string>;
    ExpressionAttributeValues: Record<string, unknown>;
    ScanIndexForward?: boolean;
  }): Record<string, unknown> {
    const isForward = input.ScanIndexForward !== false;
    const [partition, within = ''] = Object.values(input.ExpressionAttributeValues);
    // The real store refuses a key that the condition on the sort key does not cover.
    const isBounded = input.KeyConditionExpression.includes('sk <= ');
    const sk = isBounded ? within : `${within}${isForward ? '!' : '~'}`;
    if (input.IndexName === undefined) return { pk: partition, sk };
    const name = input.KeyConditionExpression.split(' ')[0] ?? '';
    const attribute = input.ExpressionAttributeNames?.[name] ?? name;
    const sort: Record<string, string> = {
      undeliveredShard: 'acceptedAtMs',
      participantKey: 'openedAtMs',
      stageKey: 'deadlineKeyMs',
      monthKey: 'openedAtMs',
    };
    const at = isForward ? 0 : 9_000_000_000_000;
    return { pk: '!', sk, [attribute]: partition, [sort[attribute] ?? '']: at };
  }

  it('ends no list: participants, transfers, cases and what waits undelivered', async () => {
    const registry = createParticipantRegistry(test.store);
    const act = { actor: 'test', atMs: T0 };
    await registry.register(aParticipant('hp-1'), 'SWRM', act);
    await registry.deposit({ participantId: 'hp-1', externalRef: 'p1', units: 7n }, act);
    const record = aRecord('case-1', 'hp-1');
    await createCaseStore(test.store).commit(aStep('s1', { record, recordIsNew: true }));
    await test.store.client.send(
      new PutCommand({
        TableName: test.store.tables.inbox,
        Item: { pk: 'x', sk: 'x', undeliveredShard: keys.undeliveredOf('hp-1'), acceptedAtMs: T0 },
      }),
    );
    const { store, emptied } = hesitant();
    const slow = createParticipantRegistry(store);
    expect((await slow.list(undefined, 10)).items.map((one) => one.participantId)).toEqual([
      'hp-1',
    ]);
    expect((await slow.transfers('hp-1', undefined, 10)).items).toHaveLength(1);
    expect((await slow.snapshot('hp-1'))?.balances.available).toBe(7n);
    const cases = createCaseReader(store);
    for (const query of [{}, { participantId: 'hp-1' }, { stage: record.stage }]) {
      const page = await cases.list({ ...query, limit: 10 });
      expect(page.items.map((one) => one.caseId)).toEqual(['case-1']);
    }
    expect(await createEvidence(store).oldestUndeliveredMs('hp-1')).toBe(T0);
    expect(emptied()).toBeGreaterThan(10);
  });
});

describe('what has expired and is still there', () => {
  const delivery = (receiptId: string, bodyHash: string) => ({
    sourceId: 's',
    deliveryId: 'd-1',
    bodyHash,
    receiptId,
  });

  it('a claim of a delivery stands until it expires, and not for as long as the store is late', async () => {
    const first = delivery('r-1', 'h-1');
    const later = delivery('r-2', 'h-2');
    expect(await claimDelivery(test.store, first, T0)).toEqual(first);
    expect(await claimDelivery(test.store, later, T0 + 8 * DAY_MS - 1_000)).toEqual(first);
    expect(await claimDelivery(test.store, later, T0 + 8 * DAY_MS + 1_000)).toEqual(later);
    expect(await claimDelivery(test.store, first, T0 + 9 * DAY_MS)).toEqual(later);
  });

  it('a receipt says of an alert that reached no case the same before and after its observation is deleted', async () => {
    const key = keys.observation('s/orphan', 1);
    const item = {
      alertKey: 's/orphan',
      fate: 'pending' as const,
      seq: 1,
      reason: null,
      caseId: null,
    };
    const header = { receiptId: 'r-9', sourceId: 's', receivedAtMs: T0, truncated: 0 };
    const counts = { received: 1, accepted: 1, duplicate: 0, quarantined: 0 };
    await putReceipt(test.store, { ...header, ...counts, items: [item] });
    const { inbox: TableName } = test.store.tables;
    const gone = {
      ...key,
      v: 1,
      type: 'observation',
      fate: 'recorded-only',
      expiresAt: T0 / 1_000,
    };
    await test.store.client.send(new PutCommand({ TableName, Item: gone }));
    const before = await readReceipt(test.store, 'r-9');
    await test.store.client.send(new DeleteCommand({ TableName, Key: { ...key } }));
    expect(await readReceipt(test.store, 'r-9')).toEqual(before);
    expect(before?.items.map(({ fate }) => fate)).toEqual(['recorded-only']);
  });

  it('what a case gives back no more expires; what is gone by then is not made up', async () => {
    const key = keys.observation('s/back', 1);
    const TableName = test.store.tables.inbox;
    const body = { participantId: 'hp-1', alertKey: 's/back' };
    const attributes = {
      v: 1,
      type: 'observation',
      fate: 'orphan',
      change: 'resolved',
      expiresAt: 1,
    };
    await test.store.client.send(
      new PutCommand({ TableName, Item: { ...key, ...attributes, acceptedAtMs: T0, body } }),
    );
    await makeUndelivered(test.store, { alertKey: 's/back', seq: 1 });
    const back = await getItem(test.store, 'inbox', key);
    expect(back).toMatchObject({ fate: 'pending', returns: 1 });
    expect(back).not.toHaveProperty('expiresAt');

    const racing = test.another();
    racing.client.middlewareStack.add(
      (next, context) => async (args) => {
        if (context.commandName === 'UpdateItemCommand') {
          await test.store.client.send(new DeleteCommand({ TableName, Key: { ...key } }));
        }
        return next(args);
      },
      { step: 'initialize', name: 'expire' },
    );
    await makeUndelivered(racing, { alertKey: 's/back', seq: 1 });
    expect(await getItem(test.store, 'inbox', key)).toBeNull();
  });
});
