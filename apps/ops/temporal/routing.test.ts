import path from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import {
  bundleWorkflowCode,
  DefaultLogger,
  NativeConnection,
  Runtime,
  Worker,
  type WorkflowBundle,
} from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PATCHES_KEY, TASK_QUEUE } from '../../../contracts/temporal.ts';
import { waitUntil } from '../../local/parts/wait-until.ts';
import { startTestTemporal, type TestTemporal } from '../test-temporal.ts';
import { takenPatches } from './versions.ts';

/** Who gets the cases; they only ever go to code that knows every patch they have taken, whichever way a share is changed. */

const PATCH = '2026-12-new';
const running: { worker: Worker; ended: Promise<void> }[] = [];
let temporal: TestTemporal;
let connection: Connection;
let native: NativeConnection;
let workflowBundle: WorkflowBundle;
beforeAll(async () => {
  const logger = new DefaultLogger('ERROR');
  Runtime.install({ logger });
  const workflowsPath = path.join(import.meta.dirname, 'test-patched-workflow.ts');
  workflowBundle = await bundleWorkflowCode({ workflowsPath, logger });
  temporal = await startTestTemporal();
  connection = await Connection.connect({ address: temporal.address });
  native = await NativeConnection.connect({ address: temporal.address });
});
afterAll(async () => {
  for (const { worker } of running) worker.shutdown();
  await Promise.all(running.map(({ ended }) => ended));
  await native?.close();
  await connection?.close();
  await temporal?.close();
});

/** Starts a worker of a build that says it knows these patches. */
async function start(namespace: string, buildId: string, patches: readonly string[]) {
  const version = { deploymentName: 'enforcement', buildId };
  const worker = await Worker.create({
    connection: native,
    namespace,
    taskQueue: TASK_QUEUE,
    workflowBundle,
    workerDeploymentOptions: {
      version,
      useWorkerVersioning: true,
      defaultVersioningBehavior: 'AUTO_UPGRADE',
    },
  });
  running.push({ worker, ended: worker.run() });
  await waitUntil(
    () =>
      connection.workflowService
        .updateWorkerDeploymentVersionMetadata({
          namespace,
          deploymentVersion: version,
          upsertEntries: { [PATCHES_KEY]: defaultPayloadConverter.toPayload(patches) },
          identity: 'test',
        })
        .then(() => true),
    { what: `${buildId} is known`, withinMs: 30_000 },
  );
}

/** Starts cases until one of them has taken the patch. */
async function takePatch(namespace: string): Promise<void> {
  const { workflow } = new Client({ connection, namespace });
  let cases = 0;
  await waitUntil(
    async () => {
      cases += 1;
      await workflow.start('waits', { taskQueue: TASK_QUEUE, workflowId: `case-${cases}` });
      return (await takenPatches({ connection, namespace })).has(PATCH);
    },
    { what: 'a case takes the patch', withinMs: 60_000 },
  );
}

const isRefused = (who: string) => [5, expect.stringContaining(`error patch-unknown: ${who}`)];

describe.concurrent('versions of the worker', () => {
  it('are routed to, in shares or whole, and back; each command may be repeated', async () => {
    const said = async (words: string) => {
      const [code, text] = await temporal.ops('default', words);
      return code === 0 ? text : `${code}: ${text}`;
    };
    expect(await said('versions')).toBe('No worker of enforcement with a version has polled yet.');
    expect(await said('current one')).toContain(
      '5: error version-unknown: No worker of enforcement with build one',
    );
    await start('default', 'one', []);
    expect(await said('current one')).toBe('one is the current version now; before: none.');
    expect(await said('current one')).toBe('one is the current version already.');
    expect(await said('rollback')).toBe(
      '5: error version-unknown: No version of enforcement was current before one.',
    );
    await start('default', 'two', []);
    expect(await said('ramp two 10')).toBe('two gets 10 % now; the rest stays with one.');
    expect(await said('ramp two 10')).toBe('two has 10 % already.');
    expect(await said('versions')).toMatch(/^two\tramping 10 %\tsince .*\none\tcurrent\tsince /);
    expect(await said('rollback')).toBe('two gets 0 % now; the rest stays with one.');
    expect(await said('ramp one 5')).toContain('5: error routing-refused: one is the current');
    expect(await said('ramp two 101')).toContain('2: error:');
    expect(await said('current two')).toBe('two is the current version now; before: one.');
    expect(await said('rollback')).toBe('one is the current version now; before: two.');
    expect(await said('rollback')).toBe('one is current again already, after two.');
  });
});

describe.concurrent('a share of the cases', () => {
  it('is not given to another version while that would send cases back to code that does not know them', async () => {
    const ops = (words: string) => temporal.ops('ramps', words);
    await ops('setup');
    await start('ramps', 'a', []);
    expect((await ops('current a'))[0]).toBe(0);
    await start('ramps', 'b', [PATCH]);
    expect((await ops('ramp b 50'))[0]).toBe(0);
    await takePatch('ramps');
    await start('ramps', 'c', [PATCH]);

    const backToOld = isRefused('Build a does not say that it knows');
    expect(await ops('ramp c 10')).toEqual(backToOld);
    expect(await ops('ramp c 90')).toEqual(backToOld);
    expect(await ops('ramp b 40')).toEqual(backToOld);
    expect(await ops('ramp b 0')).toEqual(backToOld);
    expect(await ops('rollback')).toEqual(backToOld);
    expect(await ops('ramp c 0')).toEqual([0, 'c has 0 % already.']);
    expect((await ops('versions'))[1]).toMatch(/^b\tramping 50 %/m);

    expect(await ops('ramp b 60')).toEqual([0, 'b gets 60 % now; the rest stays with a.']);
    expect((await ops('current b'))[0]).toBe(0);
    expect(await ops('ramp c 10')).toEqual([0, 'c gets 10 % now; the rest stays with b.']);
    await start('ramps', 'd', [PATCH]);
    expect(await ops('ramp d 5')).toEqual([0, 'd gets 5 % now; the rest stays with b.']);
  });

  it('is not taken back to workers without a version, which say nothing of what they know', async () => {
    const ops = (words: string) => temporal.ops('first', words);
    await ops('setup');
    await start('first', 'b', [PATCH]);
    const given = 'b gets 50 % now; the rest stays with workers without a version.';
    expect(await ops('ramp b 50')).toEqual([0, given]);
    await takePatch('first');
    const backToNobody = isRefused('No worker without a version says that it knows');
    expect(await ops('ramp b 20')).toEqual(backToNobody);
    expect(await ops('rollback')).toEqual(backToNobody);
    expect(await ops('current b')).toEqual([0, 'b is the current version now; before: none.']);
  });
});
