import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { deliveryOf } from '../../adapters/dynamodb/intake-observations.ts';
import { undeliveredItems } from '../../adapters/dynamodb/intake-undelivered.ts';
import type { Item } from '../../adapters/dynamodb/items.ts';
import { keysOf } from '../../adapters/dynamodb/keys.ts';
import type { TestStore } from '../../adapters/dynamodb/test-store.ts';
import type { ReceiptBody } from '../../contracts/receipts.ts';
import { amAlert, amBody, openReception, openTestNetwork, post, T0 } from './test-reception.ts';

const CLIENTS = 8;
const POSTS = 1_000;
const NAMES = ['a1', 'a2', 'a3', 'a4'];

let test: TestStore;
beforeAll(async () => {
  test = await openTestNetwork();
});
afterAll(() => test.close());

async function observations(alertKey: string): Promise<Item[]> {
  const { Items = [] } = await test.store.client.send(
    new QueryCommand({
      TableName: test.store.tables.inbox,
      ConsistentRead: true,
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': keysOf('main').observation(alertKey, 1).pk },
    }),
  );
  return Items;
}

/** A permutation and a cut that differ from post to post, the same in every run. */
function shaken(alerts: readonly unknown[], turn: number): unknown[][] {
  const order = alerts.map((_, index) => alerts[(index * 3 + turn) % alerts.length]);
  const cut = 1 + (turn % (alerts.length - 1));
  return turn % 2 === 0 ? [order] : [order.slice(0, cut), order.slice(cut)];
}

/** Posts one body again and again by eight clients at once, its alerts reordered and split in other groups. */
async function storm(
  alerts: readonly unknown[],
  posts: number,
): Promise<{ received: number; fates: number }> {
  const apis = Array.from({ length: CLIENTS }, () => openReception(test.another()).api);
  let turn = 0;
  let received = 0;
  let fates = 0;
  await Promise.all(
    apis.map(async (api) => {
      while (turn < posts) {
        turn += 1;
        for (const group of shaken(alerts, turn)) {
          const { status, body } = await post<ReceiptBody>(api, amBody(group));
          expect(status).toBe(202);
          received += group.length;
          fates += body.accepted + body.duplicate + body.quarantined;
        }
      }
    }),
  );
  return { received, fates };
}

it('makes one head history of one body posted 1,000 times by 8 clients, reordered and split', async () => {
  const firing = NAMES.map((name) => amAlert(name, -60));
  const fired = await storm(firing, POSTS);
  expect(fired.fates).toBe(fired.received);
  expect(fired.received).toBe(POSTS * NAMES.length);

  const reception = openReception(test.store);
  const keys = NAMES.map((name) => `prometheus/${name}`);
  const heads = await reception.intake.heads(keys);
  for (const key of keys) {
    const head = heads.get(key);
    expect(head).toMatchObject({ status: 'firing', seq: 1, startsAtMs: T0 - 60_000 });
    expect(head?.intervals).toEqual([{ fromMs: T0 - 60_000, toMs: null }]);
    expect((await observations(key)).map((item) => deliveryOf(item).fate)).toEqual(['pending']);
  }
  const partition = keysOf('main').undeliveredOf('op-0001');
  expect(await undeliveredItems(test.store, partition, T0 * 2, 100)).toHaveLength(NAMES.length);

  await post(reception.api, amBody(NAMES.map((name) => amAlert(name, -60, -1))));
  const late = await storm(firing, POSTS / 4);
  expect(late.fates).toBe(late.received);
  for (const [key, head] of await reception.intake.heads(keys)) {
    expect(head).toMatchObject({ status: 'resolved', endsAtMs: T0, seq: 3 });
    expect(head.intervals).toEqual([{ fromMs: T0 - 60_000, toMs: T0 }]);
    // One late copy is remembered, all others leave no trace.
    const fates = (await observations(key)).map((item) => deliveryOf(item).fate);
    expect(fates).toEqual(['pending', 'pending', 'recorded-only']);
  }
}, 60_000);
