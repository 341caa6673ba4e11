import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DeleteCommand } from '@aws-sdk/lib-dynamodb';
import { Client, Connection } from '@temporalio/client';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { keysOf, UNDELIVERED_SHARDS } from '../../adapters/dynamodb/keys.ts';
import type { TestStore } from '../../adapters/dynamodb/test-store.ts';
import { freePort } from '../../apps/local/parts/free-port.ts';
import type { RunningStore } from '../../apps/local/parts/store.ts';
import { startTemporal } from '../../apps/local/parts/temporal.ts';
import type { RunningTemporal } from '../../apps/local/parts/temporal-server.ts';
import { type CaseObservation, caseWorkflowId } from '../../contracts/temporal.ts';
import {
  amAlert,
  amBody,
  openReception,
  openTestNetwork,
  post,
  type Reception,
  T0,
} from '../../functions/receive-alert/test-reception.ts';
import { redeliver } from '../../functions/redeliver/redeliver.ts';
import type { RelayDeps } from '../../functions/relay-observations/deps.ts';
import { type RelayHandler, relay } from '../../functions/relay-observations/relay.ts';
import {
  allUndelivered,
  fatesOf,
  relayDeps,
  slotOf,
} from '../../functions/relay-observations/test-relay.ts';
import { type CaseWorkflows, connectCaseWorkflows } from '../../functions/shared/temporal.ts';
import { startDynamoDbLocal } from '../support/parts/dynamodb-local.ts';
import { driveStream, type StreamDriver } from '../support/parts/stream-driver.ts';

/**
 * The relay as it is deployed, fed from Amazon's own emulator's real stream as Lambda would feed it, against a real Temporal server. What
 * the stream gives up on waits in the inbox, and `redeliver` brings it. No worker runs, so histories hold what the relay did.
 */

let folder: string;
let local: RunningStore;
let server: RunningTemporal;
let client: Client;
let cases: CaseWorkflows;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'swarm-streams-'));
  const say = () => {};
  [local, server] = await Promise.all([
    startDynamoDbLocal({ folder, say }),
    startTemporal({
      dbPath: path.join(folder, 'temporal.db'),
      logPath: path.join(folder, 'temporal.log'),
      say,
    }),
  ]);
  client = new Client({ connection: await Connection.connect({ address: server.address }) });
  cases = connectCaseWorkflows({ address: server.address, namespace: 'default' });
});
afterAll(async () => {
  await cases?.close();
  await client?.connection.close();
  await Promise.all([server?.process?.stop(), local?.process?.stop()]);
  rmSync(folder, { recursive: true, force: true });
});

let test: TestStore;
let reception: Reception;
let deps: RelayDeps;
let stream: StreamDriver;
let handler: RelayHandler;
/** What Lambda's waits add to the clock by which records grow old. */
let waitedMs: number;
let retryTakesMs: number;
let networks = 0;

beforeEach(async () => {
  networks += 1;
  process.env['DYNAMODB_ENDPOINT'] = local.endpoint;
  test = await openTestNetwork(`net-${networks}`, { streams: true });
  reception = openReception(test.store);
  deps = { ...relayDeps(test.store, cases, () => T0), maxAttempts: async () => 20 };
  handler = relay(deps);
  waitedMs = 0;
  retryTakesMs = 1_000;
  stream = await driveStream({
    endpoint: local.endpoint,
    tableName: test.store.tables.inbox,
    invoke: (event) => handler(event),
    nowMs: () => Date.now() + waitedMs,
    wait: async () => {
      waitedMs += retryTakesMs;
    },
  });
});
afterEach(() => {
  stream.close();
  test.close();
});

const key = (name: string) => `prometheus/${name}`;
const other = { operator_id: 'op-0002', resource_id: 'op-0002-node' };
const names = (prefix: string, count: number) =>
  Array.from({ length: count }, (_, index) => `${prefix}${index + 1}`);

async function accept(...alerts: object[]): Promise<void> {
  const answer = await post<{ accepted: number }>(reception.api, amBody(alerts));
  expect(answer).toMatchObject({ status: 202, body: { accepted: alerts.length } });
}

const redeliverAll = () => redeliver(deps, { shards: UNDELIVERED_SHARDS, ageMs: -1 });
const waiting = async () =>
  (await allUndelivered(test.store)).map((item) => (item['body'] as { alertKey: string }).alertKey);

async function caseIdFor(participantId: string): Promise<string> {
  return String((await slotOf(test.store, participantId))?.['caseId']);
}

/** What the server has in a case's history: the observations of its signals, in their order. */
async function toldTo(participantId: string): Promise<string[]> {
  const id = caseWorkflowId(test.store.networkId, await caseIdFor(participantId));
  const { events } = await client.workflow.getHandle(id).fetchHistory();
  return (events ?? []).flatMap((event) => {
    const payload = event.workflowExecutionSignaledEventAttributes?.input?.payloads?.[0]?.data;
    if (payload == null) return [];
    const { items } = JSON.parse(Buffer.from(payload).toString()) as { items: CaseObservation[] };
    return items.map((item) => `${item.kind} ${item.ref.alertKey}#${item.ref.seq}`);
  });
}

const fired = (each: string[], seq = 1) => each.map((name) => `fired ${key(name)}#${seq}`);

describe('the stream feeds the relay', () => {
  it('every accepted observation reaches its case once; its own marks and deletions invoke nobody', async () => {
    const alerts = names('a', 30);
    await accept(...alerts.map((name) => amAlert(name, -50)));
    await stream.drain();
    const told = await toldTo('op-0001');
    expect(told.toSorted()).toEqual(fired(alerts).toSorted());
    expect(await waiting()).toEqual([]);
    expect(stream.invocations.reduce((sum, count) => sum + count, 0)).toBe(30);

    const before = stream.invocations.length;
    await stream.drain();
    const { pk, sk } = keysOf(test.store.networkId).observation(key('a1'), 1);
    const { inbox: TableName } = test.store.tables;
    await test.store.client.send(new DeleteCommand({ TableName, Key: { pk, sk } }));
    await stream.drain();
    expect(stream.invocations).toHaveLength(before);
    expect(stream.discarded).toEqual([]);
  });

  it('keeps the order of one alert: fire, graver, clear', async () => {
    await accept(amAlert('a', -50), amAlert('b', -50));
    await accept(amAlert('a', -50, null, { severity: 'critical' }));
    await accept(amAlert('a', -50, -20));
    await accept(amAlert('b', -50, -10));
    await stream.drain();
    const told = await toldTo('op-0001');
    const ofA = told.filter((what) => what.includes(key('a')));
    expect(ofA[0]).toBe(`fired ${key('a')}#1`);
    expect(told.at(-1)).toMatch(/^cleared /);
    expect((await fatesOf(test.store, key('a'))).map(({ fate }) => fate)).toEqual([
      'case',
      'case',
      'resolve-applied',
    ]);
  });

  it('batches that come twice, even at once, change nothing', async () => {
    const once = handler;
    handler = async (event) => {
      await Promise.all([once(event), once(event)]);
      return once(event);
    };
    const alerts = names('a', 12);
    await accept(...alerts.map((name) => amAlert(name, -50)));
    await stream.drain();
    const told = await toldTo('op-0001');
    expect([...new Set(told)].toSorted()).toEqual(fired(alerts).toSorted());
    for (const name of alerts) {
      expect(await fatesOf(test.store, key(name))).toEqual([
        { fate: 'case', caseId: await caseIdFor('op-0001') },
      ]);
    }
    expect(await waiting()).toEqual([]);
  });
});

describe('what the stream gives up on', () => {
  it('is one poisoned record: all others are delivered once, and it goes to quarantine in the end', async () => {
    // A case whose workflow was ended by hand, and whose record nobody wrote: news of it can never be delivered.
    await accept(amAlert('first', -60, null, other));
    await stream.drain();
    const id = caseWorkflowId(test.store.networkId, await caseIdFor('op-0002'));
    await client.workflow.getHandle(id).terminate('by hand');

    const good = names('g', 20);
    await accept(
      ...good.slice(0, 10).map((name) => amAlert(name, -50)),
      amAlert('poison', -49, null, other),
      ...good.slice(10).map((name) => amAlert(name, -48)),
    );
    await stream.drain();
    const told = await toldTo('op-0001');
    expect([...new Set(told)].toSorted()).toEqual(fired(good).toSorted());
    expect(await waiting()).toEqual([key('poison')]);
    const [message, ...others] = stream.discarded;
    expect(others).toEqual([]);
    expect(message).toMatchObject({ requestContext: { condition: 'RetryAttemptsExhausted' } });

    const tries = [];
    while ((await waiting()).length > 0) tries.push(await redeliverAll());
    // Four by the stream and sixteen by `redeliver` make the policy's twenty.
    expect(tries).toHaveLength(16);
    expect(tries.every(({ outage }) => !outage)).toBe(true);
    expect(await fatesOf(test.store, key('poison'))).toEqual([
      { fate: 'quarantine', caseId: null },
    ]);
  });

  it('is what a handler throws at: bisecting finds it, and redeliver brings it', async () => {
    const relayed = handler;
    handler = async (event) => {
      const isBad = event.Records.some((one) => JSON.stringify(one).includes(`${key('a7')}`));
      if (isBad) throw new Error('the function runs out of memory');
      return relayed(event);
    };
    const alerts = names('a', 40).map((name) => (name === 'a7' ? name : `${name}x`));
    await accept(...alerts.map((name) => amAlert(name, -50)));
    await stream.drain();
    expect(await waiting()).toEqual([key('a7')]);
    expect(stream.discarded).toMatchObject([
      {
        requestContext: { condition: 'RetryAttemptsExhausted' },
        DDBStreamBatchInfo: { batchSize: 1 },
      },
    ]);
    expect(await redeliverAll()).toEqual({ delivered: 1, failed: 0, outage: false });
    const told = await toldTo('op-0001');
    expect(told.toSorted()).toEqual(fired(alerts).toSorted());
  });

  it.each([
    ['retries', 1_000, 'RetryAttemptsExhausted'],
    ['the age of the records', 70_000, 'RecordAgeExceeded'],
  ])(
    'is an outage of Temporal past %s: nothing is lost or quarantined',
    async (_what, takesMs, condition) => {
      const away = connectCaseWorkflows({
        address: `127.0.0.1:${await freePort()}`,
        namespace: 'default',
        signalDeadlineMs: 500,
      });
      retryTakesMs = takesMs;
      handler = relay({ ...deps, cases: away });
      const alerts = names('a', 10);
      await accept(...alerts.map((name) => amAlert(name, -50)));
      await stream.drain();
      await accept(amAlert('a1', -50, -10), amAlert('late', -5));
      await stream.drain();
      await away.close();
      expect(stream.discarded.length).toBeGreaterThan(0);
      expect(stream.discarded.map((one) => one.requestContext.condition)).toContain(condition);
      const given = stream.discarded.reduce(
        (sum, one) => sum + one.DDBStreamBatchInfo.batchSize,
        0,
      );
      expect(given).toBe(12);
      expect(await waiting()).toHaveLength(12);
      for (const item of await allUndelivered(test.store)) expect(item['attempts']).toBe(0);

      expect(await redeliverAll()).toEqual({ delivered: 12, failed: 0, outage: false });
      expect((await toldTo('op-0001')).toSorted()).toEqual(fired([...alerts, 'late']).toSorted());
      expect((await fatesOf(test.store, key('a1'))).map(({ fate }) => fate)).toEqual([
        'case',
        'resolve-applied',
      ]);
    },
  );
});
