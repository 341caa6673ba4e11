import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createCaseStore } from '../../adapters/dynamodb/case-store.ts';
import { aStep } from '../../adapters/dynamodb/test-fixtures.ts';
import { openTestStore, type TestStore } from '../../adapters/dynamodb/test-store.ts';
import { createWithdrawalStarts } from '../../adapters/dynamodb/withdrawal-starts.ts';
import { freePort } from '../../apps/local/parts/free-port.ts';
import { startTemporal } from '../../apps/local/parts/temporal.ts';
import type { RunningTemporal } from '../../apps/local/parts/temporal-server.ts';
import { withdrawalWorkflowId } from '../../contracts/temporal.ts';
import { type CaseWorkflows, connectCaseWorkflows } from '../shared/temporal.ts';
import { type StartDeps, startWithdrawals } from './start-withdrawals.ts';

/** The start of withdrawals against a real Temporal server. No worker runs, so what is started stays at its beginning. */

let store: TestStore;
let folder: string;
let server: RunningTemporal;
let client: Client;
let cases: CaseWorkflows;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'swarm-starts-'));
  server = await startTemporal({
    dbPath: path.join(folder, 'temporal.db'),
    logPath: path.join(folder, 'temporal.log'),
    say: () => {},
  });
  store = await openTestStore();
  client = new Client({ connection: await Connection.connect({ address: server.address }) });
  cases = connectCaseWorkflows({ address: server.address, namespace: 'default' });
}, 60_000);

afterAll(async () => {
  await cases?.close();
  await client?.connection.close();
  await server?.process?.stop();
  store?.close();
  rmSync(folder, { recursive: true, force: true });
});

const DUE_MS = 1_900_000_000_000;
const start = (withdrawalId: string) => ({
  participantId: 'p-1',
  withdrawalId,
  requestedAtMs: 1_800_000_000_000,
  dueAtMs: DUE_MS,
});
const idOf = (withdrawalId: string) => withdrawalWorkflowId('main', start(withdrawalId));

/** What the booking of a withdrawal writes beside the ledger. */
async function book(withdrawalId: string): Promise<void> {
  const step = aStep(`book/${withdrawalId}`, { withdrawalStart: start(withdrawalId) });
  expect(await createCaseStore(store.store).commit(step)).toEqual({ status: 'committed' });
}

const deps = (change: Partial<StartDeps> = {}): StartDeps => ({
  networkId: 'main',
  starts: createWithdrawalStarts(store.store),
  cases,
  logger: { error: () => {} },
  ...change,
});

test('what was booked is started once, with what it needs to know', async () => {
  await book('w-1');
  expect(await startWithdrawals(deps())).toEqual({ started: 1, outage: false });
  expect(await startWithdrawals(deps())).toEqual({ started: 0, outage: false });
  const { events } = await client.workflow.getHandle(idOf('w-1')).fetchHistory();
  const input = events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads?.[0]?.data;
  expect(JSON.parse(Buffer.from(input ?? '').toString())).toEqual({
    v: 1,
    networkId: 'main',
    participantId: 'p-1',
    withdrawalId: 'w-1',
    dueAtMs: DUE_MS,
  });
});

test('while Temporal is away it waits, and is started when it is back', async () => {
  await book('w-2');
  const port = await freePort();
  const away = connectCaseWorkflows({
    address: `127.0.0.1:${port}`,
    namespace: 'default',
    signalDeadlineMs: 500,
  });
  expect(await startWithdrawals(deps({ cases: away }))).toEqual({ started: 0, outage: true });
  await away.close();
  expect(await startWithdrawals(deps())).toEqual({ started: 1, outage: false });
  expect((await client.workflow.getHandle(idOf('w-2')).describe()).status.name).toBe('RUNNING');
});

test('started before a crash it is started again, and runs once; over, it stays over', async () => {
  await book('w-3');
  const starts = createWithdrawalStarts(store.store);
  const crash = { waiting: starts.waiting, started: () => Promise.reject(new Error('crash')) };
  await expect(startWithdrawals(deps({ starts: crash }))).rejects.toThrow('crash');
  const { runId } = await client.workflow.getHandle(idOf('w-3')).describe();
  await client.workflow.getHandle(idOf('w-3')).terminate();
  expect(await startWithdrawals(deps())).toEqual({ started: 1, outage: false });
  expect((await client.workflow.getHandle(idOf('w-3')).describe()).runId).toBe(runId);
});
