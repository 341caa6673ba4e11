import { readdirSync } from 'node:fs';
import { ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TABLES } from '../../adapters/dynamodb/tables.ts';
import { deployArgs } from '../support/aws/cdk.ts';
import { deployedFunctions } from '../support/aws/identities.ts';
import {
  DATA_STACK,
  type Installation,
  install,
  SERVICE_STACK,
} from '../support/aws/installation.ts';
import {
  changeTemplate,
  dropTerminationProtection,
  resourcesOf,
  type Template,
} from '../support/aws/templates.ts';

let installation: Installation;
/** Everything in the five tables when the life begins. */
let content: Readonly<Record<string, readonly string[]>>;

beforeAll(async () => {
  installation = await install();
  await installation.seed();
  content = await readTables();
  expect(content['ledger']?.length).toBeGreaterThan(10);
}, 240_000);

afterAll(() => installation?.stop());

/** In the order of a life: each step begins where the one before it ended. */
describe('the tables and all that is in them outlive', () => {
  it('an update', async () => {
    await redeploy(SERVICE_STACK, setLogLevel('DEBUG'));
    expect(await logLevels()).toEqual(['DEBUG']);
    expect(await readTables()).toEqual(content);
  }, 120_000);

  it('an update of the functions that fails and is rolled back', async () => {
    const said = await failToDeploy(SERVICE_STACK, (template) => {
      setLogLevel('ERROR')(template);
      addImpossible(template);
    });
    expect(said).toContain('ROLLBACK');
    expect(await logLevels()).toEqual(['DEBUG']);
    expect(await readTables()).toEqual(content);
    // It is no dead end: the next update goes through.
    await redeploy(SERVICE_STACK, setLogLevel('INFO'));
    expect(await logLevels()).toEqual(['INFO']);
  }, 180_000);

  it('an update of the tables that fails and is rolled back', async () => {
    const said = await failToDeploy(DATA_STACK, (template) => {
      for (const [, table] of resourcesOf(template, 'AWS::DynamoDB::Table')) {
        table.Properties['Tags'] = [{ Key: 'changed', Value: 'yes' }];
      }
      addImpossible(template);
    });
    expect(said).toContain('ROLLBACK');
    expect(await readTables()).toEqual(content);
  }, 120_000);

  it('an attempt to destroy everything, of which the functions alone are destroyed', async () => {
    const { cdk, assembly } = installation;
    const said = await cdk.fails('destroy', '--app', assembly, '--all', '--force');
    expect(said).toMatch(/termination ?protection/i);
    expect(await deployedFunctions()).toEqual({});
    expect(await readTables()).toEqual(content);
  }, 120_000);

  it('even the removal of their own stack, once its protection was taken away', async () => {
    const { cdk, assembly } = installation;
    dropTerminationProtection(assembly, DATA_STACK);
    await redeploy(DATA_STACK, addUnprotected);
    expect(await tableNames()).toContain(UNPROTECTED);
    await cdk.run('destroy', '--app', assembly, DATA_STACK, '--force');
    // What protects the others is their policy, not an emulator that deletes nothing.
    expect(await tableNames()).toEqual(Object.values(installation.store.tables).sort());
    expect(await readTables()).toEqual(content);
  }, 120_000);
});

const UNPROTECTED = 'swarm-rehearsal-unprotected';

/** A table like the others, but for what keeps it. */
function addUnprotected(template: Template): void {
  const [[, table] = ['', undefined]] = resourcesOf(template, 'AWS::DynamoDB::Table');
  const Properties = {
    ...table?.Properties,
    TableName: UNPROTECTED,
    DeletionProtectionEnabled: false,
  };
  template.Resources['Unprotected'] = { Type: 'AWS::DynamoDB::Table', Properties };
}

async function tableNames(): Promise<string[]> {
  const { TableNames = [] } = await installation.store.client.send(new ListTablesCommand({}));
  return TableNames.sort();
}

/** Deploys one stack from its template of before with a change that stays. */
async function redeploy(stack: string, change: (template: Template) => void): Promise<void> {
  const { cdk, assembly } = installation;
  changeTemplate(assembly, stack, change);
  await cdk.run(...deployArgs(assembly), stack);
}

/** Deploys one stack with a change that must fail, and takes the change out of the template again. Returns what was said. */
async function failToDeploy(stack: string, change: (template: Template) => void): Promise<string> {
  const { cdk, assembly } = installation;
  let before: Template | undefined;
  changeTemplate(assembly, stack, (template) => {
    before = structuredClone(template);
    change(template);
  });
  const said = await cdk.fails(...deployArgs(assembly), stack);
  changeTemplate(assembly, stack, (template) => Object.assign(template, before));
  return said;
}

function setLogLevel(level: string) {
  return (template: Template): void => {
    for (const [, it] of resourcesOf(template, 'AWS::Lambda::Function')) {
      const { Variables } = it.Properties['Environment'] as { Variables: Record<string, string> };
      Variables['POWERTOOLS_LOG_LEVEL'] = level;
    }
  };
}

/** A resource that never comes to be, made after all others of its template: it waits a second for a signal that nobody sends. */
function addImpossible({ Resources }: Template): void {
  const DependsOn = Object.keys(Resources);
  Resources['Handle'] = { Type: 'AWS::CloudFormation::WaitConditionHandle', Properties: {} };
  Resources['Impossible'] = {
    Type: 'AWS::CloudFormation::WaitCondition',
    DependsOn,
    Properties: { Handle: { Ref: 'Handle' }, Timeout: '1', Count: 1 },
  };
}

async function logLevels(): Promise<(string | undefined)[]> {
  const functions = Object.values(await deployedFunctions());
  expect(functions).toHaveLength(readdirSync('dist/functions').length);
  return [...new Set(functions.map((it) => it.Environment?.Variables?.['POWERTOOLS_LOG_LEVEL']))];
}

async function readTables(): Promise<Record<string, string[]>> {
  const { client, tables } = installation.store;
  const entries = TABLES.map(async (kind) => {
    const items: string[] = [];
    let ExclusiveStartKey: Record<string, unknown> | undefined;
    do {
      const page = await client.send(
        new ScanCommand({
          TableName: tables[kind],
          ...(ExclusiveStartKey && { ExclusiveStartKey }),
        }),
      );
      items.push(...(page.Items ?? []).map((item) => JSON.stringify(item)));
      ExclusiveStartKey = page.LastEvaluatedKey;
    } while (ExclusiveStartKey !== undefined);
    return [kind, items.sort()] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}
