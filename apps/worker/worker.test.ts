import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import type { Worker } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClient } from '../../adapters/dynamodb/client.ts';
import { createTables, tableNames } from '../../adapters/dynamodb/tables.ts';
import { TASK_QUEUE, VIOLATION_CASE } from '../../contracts/temporal.ts';
import { freePort } from '../local/parts/free-port.ts';
import { type RunningProcess, startProcess } from '../local/parts/processes.ts';
import { localStoreAccess, type RunningStore, startStore } from '../local/parts/store.ts';
import { startTemporal } from '../local/parts/temporal.ts';
import type { RunningTemporal } from '../local/parts/temporal-server.ts';
import { waitUntil } from '../local/parts/wait-until.ts';
import { cachedWorkflowBundle } from './bundle.ts';
import { isAlive, type PollerStatus, PollerWatch, serveHealth } from './health.ts';
import { createMetrics, startBeat } from './metrics-beat.ts';

describe('the bundle of the workflows', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'swarm-bundle-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('is built once and found again', async () => {
    const file = await cachedWorkflowBundle(folder);
    const { mtimeMs, size } = await stat(file);
    expect(size).toBeGreaterThan(100_000);
    expect(await cachedWorkflowBundle(folder)).toBe(file);
    expect((await stat(file)).mtimeMs).toBe(mtimeMs);
  });
});

describe('the liveness of a worker', () => {
  const alive = {
    runState: 'RUNNING',
    workflowPollerState: 'POLLING',
    activityPollerState: 'POLLING',
  } as const;
  it('is the truth of its pollers, not of its process', () => {
    expect(isAlive(alive)).toBe(true);
    expect(isAlive({ ...alive, activityPollerState: 'FAILED' })).toBe(false);
    expect(isAlive({ ...alive, workflowPollerState: 'SHUTDOWN' })).toBe(false);
    expect(isAlive({ ...alive, runState: 'STOPPING' })).toBe(false);
  });

  it('is given up after a minute without pollers, not after a moment, and not in an orderly stop', () => {
    const dead = { ...alive, activityPollerState: 'FAILED' } as const;
    const watch = new PollerWatch();
    expect(watch.isLost(dead, 0)).toBe(false);
    expect(watch.isLost(alive, 30_000)).toBe(false);
    expect(watch.isLost(dead, 59_000)).toBe(false);
    expect(watch.isLost(dead, 118_999)).toBe(false);
    expect(watch.isLost(dead, 119_000)).toBe(true);
    const stopping = { ...dead, runState: 'DRAINING' } as const;
    expect(watch.isLost(stopping, 200_000)).toBe(false);
  });

  it('is answered at the place that was asked for, and told once a minute', async () => {
    const place = { host: '127.0.0.1', port: await freePort() };
    let status: PollerStatus = alive;
    const worker = { getStatus: () => status } as unknown as Worker;
    const server = await serveHealth(worker, place);
    const ask = async () => (await fetch(`http://127.0.0.1:${place.port}/`)).status;
    expect(await ask()).toBe(200);
    status = { ...alive, workflowPollerState: 'FAILED' };
    expect(await ask()).toBe(503);
    server.close();
    const metrics = createMetrics({ namespace: 'SwarmSlashing', service: 'worker' });
    const printed: string[] = [];
    Object.assign(metrics, { console: { log: (line: string) => printed.push(line) } });
    const { beat, stop } = startBeat(metrics, worker);
    beat();
    status = alive;
    beat();
    stop();
    expect(printed.map((line) => JSON.parse(line).PollersAlive)).toEqual([0, 1]);
  });
});

describe('the worker process', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'swarm-worker-'));
  let temporal: RunningTemporal;
  let store: RunningStore;
  let client: Client;
  let worker: RunningProcess | undefined;

  beforeAll(async () => {
    const say = () => {};
    temporal = await startTemporal({
      dbPath: path.join(folder, 'temporal.db'),
      logPath: path.join(folder, 'temporal.log'),
      say,
    });
    store = await startStore({
      dbPath: path.join(folder, 'store.db'),
      logPath: path.join(folder, 'store.log'),
      say,
    });
    const plain = createClient({ endpoint: store.endpoint, ...localStoreAccess });
    await createTables(plain, tableNames('swarm-'));
    plain.destroy();
    client = new Client({ connection: await Connection.connect({ address: temporal.address }) });
  });
  afterAll(async () => {
    await worker?.kill9();
    await client?.connection.close();
    await temporal?.process?.kill9();
    await store?.process?.kill9();
    rmSync(folder, { recursive: true, force: true });
  });

  async function startWorker(): Promise<RunningProcess> {
    const healthPort = await freePort();
    worker = await startProcess({
      part: 'worker',
      command: process.execPath,
      args: ['--disable-warning=ExperimentalWarning', 'apps/worker/main.ts'],
      cwd: path.resolve(import.meta.dirname, '../..'),
      env: {
        PATH: process.env['PATH'],
        TEMPORAL_ADDRESS: temporal.address,
        DYNAMODB_ENDPOINT: store.endpoint,
        AWS_REGION: localStoreAccess.region,
        AWS_ACCESS_KEY_ID: localStoreAccess.credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: localStoreAccess.credentials.secretAccessKey,
        TABLE_PREFIX: 'swarm-',
        KEY_FILE: path.join(folder, 'keys.json'),
        WORKFLOW_BUNDLE: await cachedWorkflowBundle(folder),
        HEALTH_PORT: String(healthPort),
      },
      logPath: path.join(folder, 'worker.log'),
      ready: async () => (await fetch(`http://127.0.0.1:${healthPort}/`)).status === 200,
      readyWithinMs: 30_000,
      whatToDo: [],
    });
    return worker;
  }

  /** Opens a case where no law is in force: its first step fails, and is tried again rather than given up. */
  async function openWithoutLaw(caseId: string) {
    const input = { v: 1, networkId: 'main', caseId, participantId: 'nobody', violationType: 'x' };
    return client.workflow.start(VIOLATION_CASE, {
      workflowId: `case/main/${caseId}`,
      taskQueue: TASK_QUEUE,
      args: [input],
    });
  }

  /** Waits until the opening step has failed for want of a law more often than `attempts` times. */
  async function triedBeyond(attempts: number, handle: WorkflowHandle): Promise<number> {
    let tried = 0;
    await waitUntil(
      async () => {
        const { raw, status } = await handle.describe();
        expect(status.name).toBe('RUNNING');
        const [step] = raw.pendingActivities ?? [];
        const type = step?.lastFailure?.applicationFailureInfo?.type;
        tried = type === 'policy-missing' ? (step?.attempt ?? 0) : 0;
        return tried > attempts;
      },
      { what: 'the opening step to be tried and to say why it waits', withinMs: 40_000 },
    );
    return tried;
  }

  it('serves workflows and their activities, also after a kill, and stops in order', async () => {
    const first = await startWorker();
    const handle = await openWithoutLaw('c-1');
    const tried = await triedBeyond(0, handle);
    await first.kill9();
    const second = await startWorker();
    await triedBeyond(tried, handle);
    expect(await second.stop()).toEqual({ code: 0, signal: null });
  });

  it('fails with exit code 1 and the reason when its configuration is wrong', async () => {
    const child = spawn(process.execPath, ['apps/worker/main.ts'], {
      cwd: path.resolve(import.meta.dirname, '../..'),
      env: { PATH: process.env['PATH'], TEMPORAL_ADDRESS: '127.0.0.1:1' },
    });
    let said = '';
    child.stderr.on('data', (chunk) => {
      said += chunk;
    });
    await waitUntil(() => child.exitCode !== null, { what: 'it ends', withinMs: 20_000 });
    expect(child.exitCode).toBe(1);
    expect(said).toContain('TABLE_PREFIX is missing');
  });
});
