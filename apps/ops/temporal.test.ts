import { Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SEARCH_ATTRIBUTES, TASK_QUEUE } from '../../contracts/temporal.ts';
import { freePort } from '../local/parts/free-port.ts';
import { waitUntil } from '../local/parts/wait-until.ts';
import { type OwnerOnly, ownerOnly } from './test-owner-only.ts';
import { startTestTemporal, type TestTemporal } from './test-temporal.ts';

let temporal: TestTemporal;
let connection: Connection;
beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  temporal = await startTestTemporal();
  connection = await Connection.connect({ address: temporal.address });
});
afterAll(async () => {
  await connection?.close();
  await temporal?.close();
});

/** Runs a command against a namespace and gives its exit code and what it said. */
const ops = (namespace: string, words: string, address = temporal.address) =>
  temporal.ops(namespace, words, { TEMPORAL_ADDRESS: address });

describe('temporal setup', () => {
  it('makes namespace, retention and search attributes, and does nothing again', async () => {
    const [code, said] = await ops('new', 'setup');
    expect([code, said]).toEqual([
      0,
      'Namespace new made, with a retention of 30 days.\n' +
        'Search attributes added: ParticipantId, ViolationType, Tier, Stage, NextDeadline.',
    ]);
    expect(await ops('new', 'setup')).toEqual([0, 'All is set up already.']);
    const listed = await connection.operatorService.listSearchAttributes({ namespace: 'new' });
    expect(listed.customAttributes).toMatchObject({ Stage: 2, NextDeadline: 6 });
  });

  it('sets another retention when one is asked for', async () => {
    await ops('kept', 'setup --retention-days 3');
    expect(await ops('kept', 'setup --retention-days 7')).toEqual([
      0,
      'Retention of kept: 3 days before, 7 days now.',
    ]);
    expect(await ops('kept', 'setup --retention-days 7')).toEqual([0, 'All is set up already.']);
    expect(await ops('kept', 'setup')).toEqual([0, 'All is set up already.']);
    expect((await ops('kept', 'setup --retention-days soon'))[0]).toBe(2);
  });

  it('says where nothing answers', async () => {
    const nowhere = `127.0.0.1:${await freePort()}`;
    const [code, said] = await ops('new', 'setup', nowhere);
    expect(code).toBe(1);
    expect(said).toContain(`Temporal does not answer at ${nowhere}`);
  });
});

describe('temporal setup where only the owner may', () => {
  let cloud: OwnerOnly;
  beforeAll(async () => {
    cloud = await ownerOnly(temporal.address);
  });
  afterAll(() => cloud?.close());

  it('tells how the owner makes the namespace', async () => {
    const [code, said] = await ops('swarm.a1b2c', 'setup --retention-days 14', cloud.address);
    expect(code).toBe(5);
    expect(said).toContain('tcld namespace create --namespace swarm --region <region>');
    expect(said).toContain('--retention-days 14');
    for (const name of Object.keys(SEARCH_ATTRIBUTES)) expect(said).toContain(`"${name}=`);
  });

  it('tells which search attributes are missing, and is content when none is', async () => {
    await connection.workflowService.registerNamespace({
      namespace: 'half',
      workflowExecutionRetentionPeriod: { seconds: 86_400 as never },
    });
    await waitUntil(
      async () => {
        await connection.operatorService.addSearchAttributes({
          namespace: 'half',
          searchAttributes: { ParticipantId: 2, ViolationType: 2, Tier: 2, Stage: 2 },
        });
        return true;
      },
      { what: 'the namespace is known', withinMs: 20_000 },
    );
    // The server knows a new attribute a little later in queries than in lists.
    await waitUntil(
      async () => !(await ops('half', 'setup', cloud.address))[1].includes('Stage=Keyword'),
      { what: 'the attributes may be queried', withinMs: 30_000 },
    );
    const [code, said] = await ops('half', 'setup', cloud.address);
    expect(code).toBe(5);
    expect(said).toContain(
      'tcld namespace search-attributes add --namespace half --search-attribute "NextDeadline=Datetime"\n',
    );
    expect((await ops('half', 'setup'))[0]).toBe(0);
    await waitUntil(async () => (await ops('half', 'setup', cloud.address))[0] === 0, {
      what: 'all is there',
      withinMs: 30_000,
    });
  });
});

describe('versions of the worker', () => {
  const running: { worker: Worker; ended: Promise<void> }[] = [];
  let native: NativeConnection;
  beforeAll(async () => {
    native = await NativeConnection.connect({ address: temporal.address });
  });
  afterAll(async () => {
    for (const { worker } of running) worker.shutdown();
    await Promise.all(running.map(({ ended }) => ended));
    await native?.close();
  });

  async function poll(buildId: string): Promise<void> {
    const worker = await Worker.create({
      connection: native,
      taskQueue: TASK_QUEUE,
      activities: { nothing: async () => {} },
      workerDeploymentOptions: {
        version: { deploymentName: 'enforcement', buildId },
        useWorkerVersioning: true,
        defaultVersioningBehavior: 'AUTO_UPGRADE',
      },
    });
    running.push({ worker, ended: worker.run() });
    await waitUntil(async () => (await ops('default', 'versions'))[1].includes(`${buildId}\t`), {
      what: `${buildId} is known`,
      withinMs: 20_000,
    });
  }

  it('are routed to, in shares or whole, and back; each command may be repeated', async () => {
    const said = async (words: string) => {
      const [code, text] = await ops('default', words);
      return code === 0 ? text : `${code}: ${text}`;
    };
    expect(await said('versions')).toBe('No worker of enforcement with a version has polled yet.');
    expect(await said('current one')).toContain(
      '5: error version-unknown: No worker of enforcement with build one',
    );
    await poll('one');
    expect(await said('current one')).toBe('one is the current version now; before: none.');
    expect(await said('current one')).toBe('one is the current version already.');
    expect(await said('rollback')).toBe(
      '5: error version-unknown: No version of enforcement was current before one.',
    );
    await poll('two');
    expect(await said('ramp two 10')).toBe('two gets 10 % now; the rest stays with one.');
    expect(await said('ramp two 10')).toBe('two has 10 % already.');
    expect(await said('versions')).toMatch(/^two\tramping 10 %\tsince .*\none\tcurrent\tsince /);
    expect(await said('rollback')).toBe('two gets 0 % now; the rest stays with one.');
    expect(await said('ramp one 5')).toContain(
      '5: error routing-refused: one is the current version',
    );
    expect(await said('ramp two 101')).toContain('2: error:');
    expect(await said('current two')).toBe('two is the current version now; before: one.');
    expect(await said('rollback')).toBe('one is the current version now; before: two.');
    expect(await said('rollback')).toBe('one is current again already, after two.');
  });
});
