import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { DynamoDBStreamEvent } from 'aws-lambda';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createClient } from '../../adapters/dynamodb/client.ts';
import { keysOf } from '../../adapters/dynamodb/keys.ts';
import { createTables, tableNames } from '../../adapters/dynamodb/tables.ts';
import { localStoreAccess, type RunningStore, startStore } from './parts/store.ts';
import { waitUntil } from './parts/wait-until.ts';
import { type RelayLoop, startRelayLoop } from './relay-loop.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'swarm-relay-'));
const tables = tableNames('swarm-');
const keys = keysOf('main');
let store: RunningStore;
let client: DynamoDBClient;
let loop: RelayLoop | undefined;

beforeAll(async () => {
  store = await startStore({
    dbPath: path.join(folder, 'store.db'),
    logPath: path.join(folder, 'store.log'),
    say: () => {},
  });
  client = createClient({ endpoint: store.endpoint, ...localStoreAccess });
  await createTables(client, tables);
});
afterEach(async () => {
  await loop?.stop();
  await clear();
});
afterAll(async () => {
  client?.destroy();
  await store?.process?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const put: string[] = [];

/** An undelivered observation of one shard, or the same one delivered. */
async function write(name: string, shard: number | null, acceptedAtMs = Date.now()): Promise<void> {
  put.push(name);
  await client.send(
    new PutItemCommand({
      TableName: tables.inbox,
      Item: {
        pk: { S: `main#ALERT#${name}` },
        sk: { S: 'OBS#1' },
        acceptedAtMs: { N: String(acceptedAtMs) },
        ...(shard !== null && { undeliveredShard: { S: keys.undelivered(shard) } }),
      },
    }),
  );
}

async function clear(): Promise<void> {
  for (const name of put.splice(0)) await write(name, null);
  put.length = 0;
}

type Handler = (names: string[], event: DynamoDBStreamEvent) => Promise<string[]>;

function start(
  handle: Handler,
  redeliver: () => Promise<unknown> = async () => {},
  idlePollMs = 200,
): RelayLoop {
  loop = startRelayLoop({
    client,
    inboxTable: tables.inbox,
    networkId: 'main',
    region: 'eu-west-1',
    redeliver,
    redeliverEveryMs: 100,
    idlePollMs,
    relay: async (event) => {
      const names = event.Records.map(
        ({ dynamodb }) => dynamodb?.Keys?.['pk']?.S?.replace('main#ALERT#', '') ?? '',
      );
      const failed = await handle(names, event);
      return {
        batchItemFailures: event.Records.filter((_, index) =>
          failed.includes(names[index] ?? ''),
        ).map(({ dynamodb }) => ({ itemIdentifier: dynamodb?.SequenceNumber ?? '' })),
      };
    },
  });
  return loop;
}

describe('the relay loop', () => {
  it('hands over what is undelivered in any shard, as INSERT records of the stream', async () => {
    const seen: DynamoDBStreamEvent['Records'] = [];
    for (const shard of [0, 7, 15]) await write(`any-${shard}`, shard);
    start(async (names, event) => {
      seen.push(...event.Records);
      for (const name of names) await write(name, null);
      return [];
    });
    await waitUntil(() => seen.length >= 3, { what: 'all are seen', withinMs: 5_000 });
    expect(seen).toHaveLength(3);
    expect(seen[0]).toMatchObject({
      eventName: 'INSERT',
      eventSource: 'aws:dynamodb',
      dynamodb: {
        StreamViewType: 'NEW_IMAGE',
        NewImage: { acceptedAtMs: { N: expect.any(String) } },
      },
    });
    expect(new Set(seen.map(({ dynamodb }) => dynamodb?.SequenceNumber)).size).toBe(3);
  });

  it('keeps the order in which observations of one shard were accepted', async () => {
    const order: string[] = [];
    await write('second', 3, 2_000);
    await write('first', 3, 1_000);
    await write('third', 3, 3_000);
    start(async (names) => {
      order.push(...names);
      for (const name of names) await write(name, null);
      return [];
    });
    await waitUntil(() => order.length === 3, { what: 'all are seen', withinMs: 5_000 });
    expect(order).toEqual(['first', 'second', 'third']);
  });

  it('looks at once when it is woken', async () => {
    const seen: string[] = [];
    const running = start(
      async (names) => {
        seen.push(...names);
        for (const name of names) await write(name, null);
        return [];
      },
      undefined,
      60_000,
    );
    for (const name of ['first', 'second', 'third']) {
      await write(name, 2);
      running.wake();
      await waitUntil(() => seen.includes(name), { what: `${name} is seen`, withinMs: 5_000 });
    }
  });

  it('offers what fails four times and leaves the rest to redeliver', async () => {
    let offers = 0;
    let redelivered = 0;
    await write('stubborn', 4);
    const running = start(
      async (names) => {
        offers += 1;
        return names;
      },
      async () => {
        redelivered += 1;
      },
    );
    await waitUntil(
      () => {
        running.wake();
        return offers === 4 && redelivered > 3;
      },
      { what: 'it was offered four times', withinMs: 15_000 },
    );
    const before = redelivered;
    await waitUntil(() => redelivered > before + 3, { what: 'time passes', withinMs: 5_000 });
    expect(offers).toBe(4);
  });

  it('offers anew what went away and came back', async () => {
    const offered: string[] = [];
    const running = start(async (names) => {
      offered.push(...names);
      for (const name of names) await write(name, null);
      return [];
    });
    const offer = async (name: string, shard: number) => {
      const before = offered.length;
      await write(name, shard);
      running.wake();
      await waitUntil(() => offered.length > before, { what: `${name} is seen`, withinMs: 5_000 });
    };
    for (let times = 0; times < 6; times++) {
      await offer('returned', 5);
      // The loop has looked without it once another is offered.
      await offer(`between-${times}`, 6);
    }
    expect(offered.filter((name) => name === 'returned')).toHaveLength(6);
  });

  it('goes on after a relay that throws', async () => {
    let times = 0;
    await write('thrown', 8);
    start(async (names) => {
      times += 1;
      if (times === 1) throw new Error('the relay fell over');
      for (const name of names) await write(name, null);
      return [];
    });
    await waitUntil(() => times === 2, { what: 'it is offered again', withinMs: 5_000 });
  });
});
