import { Connection } from '@temporalio/client';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { SEARCH_ATTRIBUTES } from '../../contracts/temporal.ts';
import { freePort } from '../local/parts/free-port.ts';
import { waitUntil } from '../local/parts/wait-until.ts';
import { withTemporal } from './temporal/connect.ts';
import { readVersions } from './temporal/versions.ts';
import { type OwnerOnly, ownerOnly } from './test-owner-only.ts';
import { startTestTemporal, type TestTemporal } from './test-temporal.ts';

let temporal: TestTemporal;
let connection: Connection;
beforeAll(async () => {
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

/** Our search attributes with their types' numbers on the wire. */
const attributes = { ParticipantId: 2, ViolationType: 2, Tier: 2, Stage: 2, NextDeadline: 6 };

/** Makes a namespace that has these search attributes already. */
async function makeNamespace(
  namespace: string,
  searchAttributes: Readonly<Record<string, number>>,
): Promise<void> {
  await connection.workflowService.registerNamespace({
    namespace,
    workflowExecutionRetentionPeriod: { seconds: 86_400 as never },
  });
  await waitUntil(
    async () => {
      await connection.operatorService.addSearchAttributes({ namespace, searchAttributes });
      return true;
    },
    { what: 'the namespace is known', withinMs: 20_000 },
  );
}

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
    expect(said).toContain(`error temporal-unreachable: Temporal does not answer at ${nowhere}`);
    expect(said).toMatch(/^reason: ./m);
  });

  it('does not take an attribute of another type for its own', async () => {
    await makeNamespace('odd', { ...attributes, Stage: 1 });
    const [code, said] = await ops('odd', 'setup');
    expect(code).toBe(5);
    expect(said).toContain('error search-attribute-type: ');
    expect(said).toContain('Stage is Text, not Keyword.');
    expect(said).toContain('remove --namespace odd --name Stage\n');
    expect(said).not.toContain('--name Tier');
  });
});

describe('a command that the server refuses', () => {
  it('says so, with a code, what to look at and the server’s own words', async () => {
    for (const words of ['versions', 'current one', 'ramp one 5', 'rollback']) {
      const [code, said] = await ops('nowhere', words);
      expect(code).toBe(5);
      expect(said).toMatch(/^error temporal-refused: There is no namespace nowhere: check TEMP/);
      expect(said).toMatch(/\nreason: Namespace nowhere is not found\.$/);
    }
    expect(await ops('default', 'versions --deployment a.b')).toEqual([
      5,
      'error temporal-refused: Temporal refuses this. Check what the command was given.\n' +
        "reason: worker deployment name cannot contain '.'",
    ]);
  });
});

describe('temporal setup where only the owner may', () => {
  let cloud: OwnerOnly;
  beforeAll(async () => {
    cloud = await ownerOnly(temporal.address);
  });
  afterEach(() => {
    cloud.trouble = null;
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
    const { NextDeadline: _later, ...half } = attributes;
    await makeNamespace('half', half);
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

  it('finds out that an attribute has another type', async () => {
    await makeNamespace('odder', { ...attributes, Tier: 7, NextDeadline: 2 });
    const asked = () => ops('odder', 'setup', cloud.address);
    await waitUntil(async () => (await asked())[1].includes('error search-attribute-type'), {
      what: 'the attributes may be queried',
      withinMs: 30_000,
    });
    const [code, said] = await asked();
    expect(code).toBe(5);
    expect(said).toContain(
      'Tier is of another type, not Keyword; NextDeadline is of another type, not Datetime.',
    );
  });

  it('does not take an attribute for missing because the server is in trouble', async () => {
    cloud.trouble = { calls: /CountWorkflowExecutions$/, status: '4' };
    expect(await ops('new', 'setup', cloud.address)).toEqual([
      1,
      'error temporal-unreachable: Temporal did not answer in time, or could not. ' +
        'Run the command again: what is already done stays so.\nreason: In trouble.',
    ]);
  });

  it('ends when the server takes a call and never answers', async () => {
    cloud.trouble = { calls: /DescribeWorkerDeployment$/, status: null };
    const env = { TEMPORAL_ADDRESS: cloud.address };
    const versions = withTemporal(env, (it) => readVersions(it, 'enforcement'), {
      connectMs: 10_000,
      workMs: 500,
    });
    await expect(versions).rejects.toMatchObject({
      code: 'temporal-unreachable',
      details: { reason: expect.stringContaining('Deadline exceeded') },
    });
  });
});
