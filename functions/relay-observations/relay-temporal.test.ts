import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { TestStore } from '../../adapters/dynamodb/test-store.ts';
import { freePort } from '../../apps/local/parts/free-port.ts';
import { startTemporal } from '../../apps/local/parts/temporal.ts';
import type { RunningTemporal } from '../../apps/local/parts/temporal-server.ts';
import { type CaseObservation, caseWorkflowId } from '../../contracts/temporal.ts';
import {
  amAlert,
  amBody,
  openReception,
  openTestNetwork,
  post,
  T0,
} from '../receive-alert/test-reception.ts';
import { redeliver } from '../redeliver/redeliver.ts';
import { caseIdOf } from '../shared/short-id.ts';
import { type CaseWorkflows, connectCaseWorkflows } from '../shared/temporal.ts';
import type { RelayDeps } from './deps.ts';
import { relay } from './relay.ts';
import {
  allUndelivered,
  endCase,
  fatesOf,
  relayAll,
  relayDeps,
  slotOf,
  streamEvent,
} from './test-relay.ts';

/** The relay against a real Temporal server. No worker runs, so histories hold exactly what the relay did. */

let test: TestStore;
let folder: string;
let server: RunningTemporal;
let client: Client;
let cases: CaseWorkflows;
let deps: RelayDeps;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'swarm-relay-'));
  server = await startTemporal({
    dbPath: path.join(folder, 'temporal.db'),
    logPath: path.join(folder, 'temporal.log'),
    say: () => {},
  });
  test = await openTestNetwork();
  client = new Client({ connection: await Connection.connect({ address: server.address }) });
  cases = connectCaseWorkflows({ address: server.address, namespace: 'default' });
  deps = relayDeps(test.store, cases, () => T0);
}, 60_000);

afterAll(async () => {
  await cases?.close();
  await client?.connection.close();
  await server?.process?.stop();
  test?.close();
  rmSync(folder, { recursive: true, force: true });
});

async function tell(...alerts: unknown[]) {
  await post(openReception(test.store).api, amBody(alerts));
  return relayAll(deps, test.store);
}

/** What the server has in a case's history: its start, and the items of each signal. */
async function historyOf(caseId: string): Promise<{ input: unknown; told: string[][] }> {
  const { events } = await client.workflow.getHandle(caseWorkflowId('main', caseId)).fetchHistory();
  const started = events?.[0]?.workflowExecutionStartedEventAttributes;
  const told = (events ?? []).flatMap((event) => {
    const payload = event.workflowExecutionSignaledEventAttributes?.input?.payloads?.[0]?.data;
    if (payload == null) return [];
    const { items } = JSON.parse(Buffer.from(payload).toString()) as { items: CaseObservation[] };
    return [items.map((item) => `${item.kind} ${item.ref.alertKey}`)];
  });
  const input = started?.input?.payloads?.[0]?.data;
  return { input: JSON.parse(Buffer.from(input ?? '').toString()), told };
}

const caseOf = (name: string) => caseIdOf('downtime', { alertKey: `prometheus/${name}`, seq: 1 });

it('starts, signals, recognises what has ended, and waits for a server that is away', async () => {
  const first = caseOf('a');
  expect(await tell(amAlert('a', -50))).toEqual({ batchItemFailures: [] });
  await tell(amAlert('b', -40));
  await tell(amAlert('a', -50, -30), amAlert('b', -40, -30));
  const { input, told } = await historyOf(first);
  expect(input).toEqual({
    v: 1,
    networkId: 'main',
    caseId: first,
    participantId: 'op-0001',
    violationType: 'downtime',
  });
  expect(told).toEqual([['fired prometheus/a'], ['fired prometheus/b'], ['cleared prometheus/b']]);

  // The case ends between the look at the slot and the signal: the server refuses to start it again.
  const ending: RelayDeps['cases'] = {
    ...cases,
    async signalWithStart(...args) {
      if ((await slotOf(test.store, 'op-0001'))?.['caseId'] === first) {
        await endCase(test.store, first, 'op-0001');
        await client.workflow.getHandle(caseWorkflowId('main', first)).terminate('ended');
      }
      return cases.signalWithStart(...args);
    },
  };
  await post(openReception(test.store).api, amBody([amAlert('c', -10)]));
  const event = streamEvent(await allUndelivered(test.store));
  expect(await relay({ ...deps, cases: ending })(event)).toEqual({ batchItemFailures: [] });
  expect((await historyOf(caseOf('c'))).told).toEqual([['fired prometheus/c']]);
  expect((await historyOf(first)).told).toHaveLength(3);

  const away = connectCaseWorkflows({
    address: `127.0.0.1:${await freePort()}`,
    namespace: 'default',
    signalDeadlineMs: 500,
  });
  await post(openReception(test.store).api, amBody([amAlert('d', -5)]));
  const options = { shards: 16, ageMs: -1 };
  const outage = await redeliver({ ...deps, cases: away }, options);
  expect(outage).toEqual({ delivered: 0, failed: 1, outage: true });
  await away.close();
  expect(await redeliver(deps, options)).toEqual({ delivered: 1, failed: 0, outage: false });
  expect(await fatesOf(test.store, 'prometheus/d')).toEqual([
    { fate: 'case', caseId: caseOf('c') },
  ]);
}, 60_000);

it('opens one case however many relays bring the same observations at once', async () => {
  const other = { operator_id: 'op-0002', resource_id: 'op-0002-node' };
  await post(
    openReception(test.store).api,
    amBody(['x', 'y', 'z'].map((name) => amAlert(name, -5, null, other))),
  );
  const items = await allUndelivered(test.store);
  await Promise.all(
    Array.from({ length: 8 }, (_, turn) =>
      relay(deps)(streamEvent(items.map((_, index) => items[(index + turn) % 3]!))),
    ),
  );
  const caseId = String((await slotOf(test.store, 'op-0002'))?.['caseId']);
  const { told } = await historyOf(caseId);
  const names = ['x', 'y', 'z'].map((name) => `fired prometheus/${name}`);
  expect([...new Set(told.flat())].toSorted()).toEqual(names);
  const started = await Promise.all(
    ['x', 'y', 'z'].map((name) =>
      client.workflow
        .getHandle(caseWorkflowId('main', caseOf(name)))
        .describe()
        .then(
          () => name,
          () => null,
        ),
    ),
  );
  expect(started.filter((name) => name !== null)).toHaveLength(1);
  expect(await allUndelivered(test.store)).toEqual([]);
});
