import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CreateTableCommand, DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { localStoreAccess, type RunningStore, startStore } from './store.ts';
import { startTemporal } from './temporal.ts';
import type { RunningTemporal } from './temporal-server.ts';

const env = { ...process.env };
delete env['TEMPORAL_ADDRESS'];
delete env['DYNAMODB_ENDPOINT'];
const say = (line: string) => process.stdout.write(`${line}\n`);

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'swarm-parts-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the store', () => {
  const start = (): Promise<RunningStore> =>
    startStore({
      dbPath: path.join(folder, 'store.db'),
      logPath: path.join(folder, 'store.log'),
      pidPath: path.join(folder, 'store.pid'),
      say,
      env,
    });

  it('keeps what it acknowledged when it is killed and started again', async () => {
    const first = await start();
    const client = new DynamoDBClient({ endpoint: first.endpoint, ...localStoreAccess });
    await client.send(
      new CreateTableCommand({
        TableName: 'kept',
        KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
        BillingMode: 'PAY_PER_REQUEST',
      }),
    );
    expect(await first.process?.kill9()).toEqual({ code: null, signal: 'SIGKILL' });

    const second = await start();
    const again = new DynamoDBClient({ endpoint: second.endpoint, ...localStoreAccess });
    const { TableNames } = await again.send(new ListTablesCommand({}));
    expect(TableNames).toEqual(['kept']);
    await second.process?.stop();
    expect(second.process?.isRunning()).toBe(false);
  });

  it('says which part, why and what to do when the endpoint that was named is silent', async () => {
    const silent = startStore({
      dbPath: path.join(folder, 'never.db'),
      logPath: path.join(folder, 'never.log'),
      say,
      env: { ...env, DYNAMODB_ENDPOINT: 'http://127.0.0.1:9' },
    });
    await expect(silent).rejects.toThrow(/store: DYNAMODB_ENDPOINT is .* unset DYNAMODB_ENDPOINT/s);
  });
});

describe('the Temporal server', () => {
  const start = (): Promise<RunningTemporal> =>
    startTemporal({
      dbPath: path.join(folder, 'temporal.db'),
      logPath: path.join(folder, 'temporal.log'),
      pidPath: path.join(folder, 'temporal.pid'),
      say,
      env,
    });

  it('keeps its workflows and search attributes when it is killed and started again', async () => {
    const first = await start();
    const before = await Connection.connect({ address: first.address });
    await new Client({ connection: before }).workflow.start('never-run', {
      taskQueue: 'nobody',
      workflowId: 'case/kept',
    });
    await before.close();
    await first.process?.kill9();

    const second = await start();
    const after = await Connection.connect({ address: second.address });
    const kept = await new Client({ connection: after }).workflow.getHandle('case/kept').describe();
    expect(kept.status.name).toBe('RUNNING');
    const listed = await after.operatorService.listSearchAttributes({ namespace: 'default' });
    expect(listed.customAttributes).toMatchObject({ ParticipantId: 2, Stage: 2, NextDeadline: 6 });
    await after.close();
    await second.process?.stop();
    expect(second.process?.isRunning()).toBe(false);
  });
});
