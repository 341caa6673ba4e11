import { readFileSync } from 'node:fs';
import {
  InvokeCommand,
  ListEventSourceMappingsCommand,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda';
import { ScanCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitUntil } from '../../apps/local/parts/wait-until.ts';
import { personOf } from '../e2e/people.ts';
import { deployArgs } from '../support/aws/cdk.ts';
import {
  type DeployedFunctions,
  deployedFunctions,
  type Identity,
  identitiesOf,
} from '../support/aws/identities.ts';
import {
  DATA_STACK,
  type Installation,
  install,
  SERVICE_STACK,
  sealingKeyOf,
} from '../support/aws/installation.ts';
import {
  type Aims,
  OTHER_DEEDS,
  type Rights,
  rightsOf,
  TABLE_DEEDS,
} from '../support/aws/probes.ts';
import { changeTemplate, resourcesOf } from '../support/aws/templates.ts';
import {
  alertmanagerAlert,
  alertmanagerBody,
  delivered,
  fromAlertmanager,
  fromNative,
  nativeBody,
  type SeenAlert,
} from '../support/e2e/deliveries.ts';

const READ = ['get', 'query'] as const;
const NOTHING = { alerts: [], inbox: [], registry: [], ledger: [], audit: [] };

/**
 * What each function and the worker may do, and by that everything that they may not. Written down a second time, from what they do and
 * not from the infrastructure: nobody deletes a ledger's entry, and beside the worker only participants-api writes one.
 */
const RIGHTS: Readonly<Record<string, Rights>> = {
  'receive-alert': {
    tables: {
      ...NOTHING,
      alerts: [...READ, 'put', 'update'],
      // A delivery that comes again is answered with what became of the first.
      inbox: [...READ, 'put', 'update'],
      registry: [...READ, 'put'],
    },
    other: ['open what was sealed'],
  },
  'relay-observations': {
    tables: {
      ...NOTHING,
      alerts: [...READ, 'put', 'update'],
      inbox: [...READ, 'update'],
      registry: [...READ, 'put', 'update', 'delete'],
      ledger: READ,
    },
    // The library's own statement for an encrypted stream: the platform polls it in the relay's name.
    other: ['open what was sealed', 'seal', 'use the key of the tables'],
  },
  redeliver: {
    tables: {
      ...NOTHING,
      alerts: [...READ, 'put', 'update'],
      inbox: [...READ, 'update'],
      registry: [...READ, 'put', 'update', 'delete'],
      ledger: READ,
    },
    other: ['open what was sealed', 'seal'],
  },
  'cases-api': {
    tables: { ...NOTHING, registry: READ, audit: READ, alerts: READ, inbox: READ },
    other: ['open what was sealed', 'seal'],
  },
  'watch-cases': { tables: { ...NOTHING, registry: READ }, other: [] },
  worker: {
    tables: {
      alerts: [...READ, 'put', 'update'],
      inbox: [...READ, 'put', 'update'],
      registry: [...READ, 'put', 'update', 'delete'],
      ledger: [...READ, 'put', 'update'],
      audit: [...READ, 'put'],
    },
    other: ['open what was sealed', 'seal'],
  },
  'admin-api': {
    tables: {
      ...NOTHING,
      registry: [...READ, 'put', 'update', 'delete'],
      audit: [...READ, 'put'],
    },
    other: [],
  },
  'participants-api': {
    tables: {
      ...NOTHING,
      registry: [...READ, 'put', 'update'],
      ledger: [...READ, 'put', 'update'],
      audit: [...READ, 'put'],
    },
    other: [],
  },
};

let installation: Installation;
let functions: DeployedFunctions;
let root: Identity;
let of: (name: string) => Identity;
let aims: Aims;

beforeAll(async () => {
  installation = await install({ enforcesIam: true });
  await installation.seed();
  await installation.startWorker();
  functions = await deployedFunctions();
  of = identitiesOf(installation, functions);
  root = of('root');
  aims = aimsOf(installation);
}, 240_000);

afterAll(() => installation?.stop());

describe('with IAM enforced', () => {
  it('each function does its job', async () => {
    await Promise.all(['op-0002', 'op-0003'].map(goDown));
    await feed(false);
    const delivery = fromAlertmanager(
      installation,
      alertmanagerBody([alertmanagerAlert(downtimeOf('op-0002'))]),
    );
    expect(await delivered(delivery)).toMatchObject({ accepted: 1, quarantined: 0 });
    await makeOld('op-0002');
    expect(await runNow('redeliver')).toMatchObject({ delivered: 1, failed: 0, outage: false });
    const first = await caseOf('op-0002');

    await feed(true);
    const signed = fromNative(installation, nativeBody([downtimeOf('op-0003')]));
    const receipt = await delivered(signed);
    expect(receipt).toMatchObject({ accepted: 1, quarantined: 0 });
    expect(await delivered(signed)).toMatchObject({ receiptId: receipt.receiptId });
    await caseOf('op-0003');

    expect(await runNow('watch-cases')).toMatchObject({ openCases: 2, isWhole: true });

    await personOf(installation, 'olga').does(`/v1/cases/${first}/acknowledge`, {});
    await personOf(installation, 'theo').does('/v1/participants/op-0002/deposits', {
      amount: { asset: 'SWM', units: '7' },
      externalRef: 'deposit-1',
    });
    const { body } = await personOf(installation, 'vera').get<{ balances: { available: string } }>(
      '/v1/participants/op-0002/ledger',
    );
    expect(body.balances.available).toBe('1000010');

    await proposeLaw();
  }, 120_000);

  it('names the rights of every function that is deployed', () => {
    expect([...Object.keys(functions), 'worker'].sort()).toEqual(Object.keys(RIGHTS).sort());
  });

  it.each(Object.keys(RIGHTS))(
    '%s may do that and nothing else',
    async (name) => {
      expect(await rightsOf(of(name), root, aims)).toEqual(RIGHTS[name]);
    },
    60_000,
  );

  it('nothing but a policy is in the way: root may do all of it', async () => {
    const everything = { alerts: 0, inbox: 0, registry: 0, ledger: 0, audit: 0 };
    expect(await rightsOf(root, root, aims)).toEqual({
      tables: Object.fromEntries(Object.keys(everything).map((kind) => [kind, TABLE_DEEDS])),
      other: OTHER_DEEDS,
    });
  }, 60_000);

  it('notices a right too many', async () => {
    plantRight('CaseApiCasesRole', 'dynamodb:DeleteItem', installation.assembly);
    await installation.cdk.run(...deployArgs(installation.assembly), SERVICE_STACK);
    const planted = await rightsOf(of('cases-api'), root, aims);
    expect(planted).not.toEqual(RIGHTS['cases-api']);
    expect(planted.tables.ledger).toEqual(['delete']);
  }, 120_000);
});

function aimsOf({ outputs, store }: Installation): Aims {
  const data = Object.entries(outputs[DATA_STACK] ?? {});
  return {
    tables: store.tables,
    sealingKey: sealingKeyOf(outputs),
    tableKey: data.find(([name]) => name.includes('StakeLedgerKey'))?.[1] ?? '',
    context: { network: store.networkId, purpose: 'secret' },
    functionName: functions['redeliver']?.FunctionName ?? '',
  };
}

/** A law is proposed, a day ahead and never approved. */
async function proposeLaw(): Promise<void> {
  const policy = JSON.parse(readFileSync('policies/demo.json', 'utf8'));
  const effectiveFrom = new Date(Date.now() + 86_400_000).toISOString();
  const draft = { policy: { ...policy, version: 'next-law' }, effectiveFrom };
  await personOf(installation, 'mara').does('/v1/policies', draft);
  const { body } = await personOf(installation, 'vera').get<{ state: string }>(
    '/v1/policies/next-law',
  );
  expect(body.state).toBe('proposed');
}

const nodeOf = (participantId: string): string => `${participantId}-node-1`;

/** Takes a participant's node down, so that what the monitors say is true and its case stays open. */
async function goDown(participantId: string): Promise<void> {
  const { url } = installation.outside;
  const answer = await fetch(`${url}/nodes/${nodeOf(participantId)}/down`, { method: 'POST' });
  expect(answer.status).toBe(200);
}

function downtimeOf(participantId: string): SeenAlert {
  return {
    participantId,
    resourceId: nodeOf(participantId),
    violationType: 'downtime',
    severity: 'minor',
    startsAtMs: Date.now(),
    endsAtMs: null,
  };
}

/** Switches the stream that feeds the relay, so that something is left for the second chance. */
async function feed(Enabled: boolean): Promise<void> {
  const { EventSourceMappings = [] } = await root.lambda.send(
    new ListEventSourceMappingsCommand({}),
  );
  expect(EventSourceMappings).toHaveLength(1);
  for (const { UUID } of EventSourceMappings) {
    await root.lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled }));
  }
}

/** Lets what waits for delivery have waited for longer than the relay has. */
async function makeOld(participantId: string): Promise<void> {
  const { client, tables } = installation.store;
  const { Items = [] } = await client.send(new ScanCommand({ TableName: tables.inbox }));
  const waiting = Items.filter((item) => item['undeliveredShard'] !== undefined);
  expect(waiting).toHaveLength(1);
  expect(JSON.stringify(waiting)).toContain(participantId);
  for (const { pk, sk, acceptedAtMs } of waiting) {
    await client.send(
      new UpdateCommand({
        TableName: tables.inbox,
        Key: { pk, sk },
        UpdateExpression: 'SET acceptedAtMs = :then',
        ExpressionAttributeValues: { ':then': acceptedAtMs - 61_000 },
      }),
    );
  }
}

/** Runs a function that is otherwise run on a schedule. Returns its result. */
async function runNow(name: string): Promise<unknown> {
  const FunctionName = functions[name]?.FunctionName;
  const { Payload, FunctionError } = await root.lambda.send(new InvokeCommand({ FunctionName }));
  const result = new TextDecoder().decode(Payload);
  if (FunctionError !== undefined) throw new Error(`${name}: ${result}`);
  return JSON.parse(result);
}

async function caseOf(participantId: string): Promise<string> {
  let caseId = '';
  await waitUntil(
    async () => {
      const { body } = await personOf(installation, 'vera').get<{ items: { caseId: string }[] }>(
        `/v1/cases?participantId=${participantId}`,
      );
      caseId = body.items[0]?.caseId ?? '';
      return caseId !== '';
    },
    { what: `a case of ${participantId}`, withinMs: 30_000, everyMs: 100 },
  );
  return caseId;
}

/** Gives a role a right that it has no business with, in the templates of an assembly. */
function plantRight(role: string, action: string, assembly: string): void {
  changeTemplate(assembly, SERVICE_STACK, (template) => {
    const [, policy] =
      resourcesOf(template, 'AWS::IAM::Policy').find(([id]) => id.startsWith(role)) ?? [];
    const document = policy?.Properties['PolicyDocument'] as { Statement: unknown[] };
    document.Statement.push({ Effect: 'Allow', Action: action, Resource: '*' });
  });
}
