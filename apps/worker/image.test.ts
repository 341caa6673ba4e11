import { cpSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { loadDataConverter } from '@temporalio/common/lib/internal-non-workflow/index.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClient } from '../../adapters/dynamodb/client.ts';
import { createTables, tableNames } from '../../adapters/dynamodb/tables.ts';
import { TASK_QUEUE, VIOLATION_CASE } from '../../contracts/temporal.ts';
import { layOutWorker } from '../../scripts/worker-image.ts';
import { freePort } from '../local/parts/free-port.ts';
import { type RunningProcess, startProcess } from '../local/parts/processes.ts';
import { localStoreAccess, type RunningStore, startStore } from '../local/parts/store.ts';
import { startTemporal } from '../local/parts/temporal.ts';
import type { RunningTemporal } from '../local/parts/temporal-server.ts';
import { waitUntil } from '../local/parts/wait-until.ts';
import { run } from '../local/parts/which.ts';
import { runOps } from '../ops/program.ts';
import { cachedWorkflowBundle } from './bundle.ts';

const PROJECT = path.resolve(import.meta.dirname, '../..');

/** Docker's name of this machine's processor. */
const PROCESSOR = process.arch === 'arm64' ? 'arm64' : 'amd64';

/** What the Dockerfile says that matters without Docker. */
interface Image {
  /** From the context to the image. */
  readonly copies: readonly (readonly [from: string, to: string])[];
  readonly env: Readonly<Record<string, string>>;
  readonly entrypoint: readonly string[];
}

function readDockerfile(file: string): Image {
  const lines = readFileSync(file, 'utf8').split('\n');
  const after = (word: string) =>
    lines.flatMap((line) => (line.startsWith(`${word} `) ? [line.slice(word.length + 1)] : []));
  const copies = after('COPY')
    .filter((line) => !line.startsWith('--from'))
    .map((line) => line.replace(/\$\{TARGETARCH\}/, PROCESSOR).split(' ') as [string, string]);
  const env = after('ENV').map((line) => line.split('=') as [string, string]);
  return {
    copies,
    env: Object.fromEntries(env),
    entrypoint: JSON.parse(after('ENTRYPOINT')[0] ?? '[]'),
  };
}

/** The values of each metric in the EMF lines of a log, and the dimension that all have. */
function metricsIn(lines: readonly string[]): Record<string, number[]> {
  const found: Record<string, number[]> = {};
  for (const line of lines.filter((each) => each.startsWith('{"_aws"'))) {
    const { _aws, ...values } = JSON.parse(line);
    expect(_aws.CloudWatchMetrics[0]).toMatchObject({
      Namespace: 'SwarmSlashing',
      Dimensions: [['service']],
    });
    for (const [name, value] of Object.entries(values))
      found[name] = [...(found[name] ?? []), ...[value].flat()] as number[];
  }
  return found;
}

const namesOf = (folder: string) =>
  globSync('**/*.*', { cwd: folder }).map((file) => path.basename(file));

describe("the worker's image, laid out and copied as its Dockerfile says", () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'swarm-image-'));
  /** The image's file system. */
  const root = path.join(folder, 'root');
  const inImage = (file: string) => path.join(root, file);
  let image: Image;
  let temporal: RunningTemporal;
  let store: RunningStore;
  let client: Client;
  let worker: RunningProcess | undefined;

  beforeAll(async () => {
    const say = () => {};
    const place = (name: string) => ({
      dbPath: path.join(folder, `${name}.db`),
      logPath: path.join(folder, `${name}.log`),
      say,
    });
    temporal = await startTemporal(place('temporal'));
    store = await startStore(place('store'));
    const plain = createClient({ endpoint: store.endpoint, ...localStoreAccess });
    await createTables(plain, tableNames('swarm-'));
    plain.destroy();
    client = new Client({ connection: await Connection.connect({ address: temporal.address }) });
    await layOutWorker(PROJECT, await cachedWorkflowBundle(folder), folder);
    image = readDockerfile(path.join(folder, 'worker/Dockerfile'));
    for (const [from, to] of image.copies)
      cpSync(path.join(folder, 'worker', from), inImage(to), { recursive: true });
  });
  afterAll(async () => {
    await worker?.kill9();
    await client?.connection.close();
    await temporal?.process?.kill9();
    await store?.process?.kill9();
    rmSync(folder, { recursive: true, force: true });
  });

  /** The image's environment, on a port that is free here. */
  function imageEnv(healthPort: number): Record<string, string> {
    const bundle = image.env['WORKFLOW_BUNDLE'] ?? '';
    return { ...image.env, WORKFLOW_BUNDLE: inImage(bundle), HEALTH_PORT: String(healthPort) };
  }

  const probe = (healthPort: number) =>
    run(process.execPath, [inImage('/app/probe.mjs')], {
      env: imageEnv(healthPort),
      withinMs: 20_000,
    });

  it('serves the step of a case with nothing else around it, is probed, and counts', async () => {
    const healthPort = await freePort();
    const buildId = readFileSync(path.join(folder, 'worker/build-id'), 'utf8');
    const [, main = ''] = image.entrypoint;
    worker = await startProcess({
      part: 'worker',
      command: process.execPath,
      args: [inImage(main)],
      cwd: inImage('/app'),
      env: {
        ...imageEnv(healthPort),
        TEMPORAL_ADDRESS: temporal.address,
        DYNAMODB_ENDPOINT: store.endpoint,
        AWS_REGION: localStoreAccess.region,
        AWS_ACCESS_KEY_ID: localStoreAccess.credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: localStoreAccess.credentials.secretAccessKey,
        TABLE_PREFIX: 'swarm-',
        KEY_FILE: path.join(folder, 'keys.json'),
        WORKER_DEPLOYMENT: 'enforcement',
        WORKER_BUILD_ID: buildId,
        POWERTOOLS_METRICS_NAMESPACE: 'SwarmSlashing',
        POWERTOOLS_SERVICE_NAME: 'worker',
      },
      logPath: path.join(folder, 'worker.log'),
      ready: async () => (await probe(healthPort)).code === 0,
      readyWithinMs: 40_000,
      whatToDo: [],
    });
    const env = { TEMPORAL_ADDRESS: temporal.address };
    const quiet = { data: () => {}, talk: () => {} };
    await waitUntil(
      async () => (await runOps(['temporal', 'current', buildId], env, quiet)) === 0,
      {
        what: 'the build is current',
        withinMs: 20_000,
      },
    );
    // No law is in force: the step answers so, and is tried again.
    const input = { v: 1, networkId: 'main', caseId: 'c', participantId: 'p', violationType: 'x' };
    const handle = await client.workflow.start(VIOLATION_CASE, {
      workflowId: 'case/main/c',
      taskQueue: TASK_QUEUE,
      args: [input],
    });
    await waitUntil(
      async () => {
        const [step] = (await handle.describe()).raw.pendingActivities ?? [];
        return step?.lastFailure?.applicationFailureInfo?.type === 'policy-missing';
      },
      { what: 'the opening step answers', withinMs: 30_000 },
    );
    expect(await worker.stop()).toEqual({ code: 0, signal: null });
    const counted = metricsIn(worker.lastLines(50));
    expect(counted['StepFailures']?.some((count) => count === 1)).toBe(true);
    expect(counted['StepDuration']).toHaveLength(counted['ScheduleToStartLatency']?.length ?? 0);
    expect(counted['service']).toEqual(['worker']);
    expect((await probe(healthPort)).code).toBe(1);
  });

  it('holds the native part for both processors, and its content has a name', () => {
    for (const processor of ['amd64', 'arm64'])
      expect(namesOf(path.join(folder, 'worker/native', processor))).toEqual(['index.node']);
    const name = readFileSync(path.join(folder, 'worker/build-id'), 'utf8');
    expect(name).toMatch(/^[0-9a-f]{12}$/);
  });

  it('can put messages of failures where they are sealed', () => {
    const failureConverterPath = inImage('/app/failure-converter.cjs');
    const { failureConverter, payloadConverter } = loadDataConverter({ failureConverterPath });
    const refusal = ApplicationFailure.create({ message: 'op-1 is away', type: 'some-code' });
    const failure = failureConverter.errorToFailure(refusal, payloadConverter);
    expect(failure.message).not.toContain('op-1');
    expect(Buffer.from(failure.encodedAttributes?.data ?? []).toString()).toContain('op-1 is away');
    const read = failureConverter.failureToError(failure, payloadConverter);
    expect(read).toMatchObject({ message: 'op-1 is away', type: 'some-code' });
  });

  it('has another name with other code, and the same where only the place of building differs', async () => {
    const bundle = readFileSync(await cachedWorkflowBundle(folder), 'utf8');
    const nameWith = async (text: string) => {
      const into = mkdtempSync(path.join(folder, 'again-'));
      writeFileSync(path.join(into, 'workflows.js'), text);
      await layOutWorker(PROJECT, path.join(into, 'workflows.js'), into);
      return readFileSync(path.join(into, 'worker/build-id'), 'utf8');
    };
    const name = await nameWith(bundle);
    // The map is the last line; it holds the folder's path.
    expect(await nameWith(`${bundle.slice(0, -40)}AAAA`)).toBe(name);
    expect(await nameWith(`void 0;\n${bundle}`)).not.toBe(name);
  });
});
