import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStore, type Store } from '../../adapters/dynamodb/client.ts';
import { keysOf } from '../../adapters/dynamodb/keys.ts';
import { TABLE_PREFIX } from '../../apps/local/child-env.ts';
import { localStoreAccess } from '../../apps/local/parts/store.ts';
import { waitUntil } from '../../apps/local/parts/wait-until.ts';
import { type LocalStack, startLocalStack } from '../../apps/local/stack.ts';
import {
  caseWorkflowId,
  NETWORK_WATCH_WORKFLOW,
  type NetworkWatchReport,
  TASK_QUEUE,
} from '../../contracts/temporal.ts';
import { type CaseView, casesOf, demoPolicy, post, requestFor } from '../support/local-stack.ts';

const SHORT = 'short-1';

const deposit = (units: string, externalRef: string) => ({
  amount: { asset: 'SWM', units },
  externalRef,
});

function hashOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex');
}

describe('the network looks at itself', () => {
  const data = mkdtempSync(path.join(tmpdir(), 'swarm-watch-'));
  let stack: LocalStack;
  let store: Store;
  let client: Client;
  beforeAll(async () => {
    stack = await startLocalStack({ data, policyPath: demoPolicy, watch: true });
    store = openStore({
      tablePrefix: TABLE_PREFIX,
      networkId: 'main',
      endpoint: stack.storeEndpoint,
      ...localStoreAccess,
    });
    const connection = await Connection.connect({ address: stack.temporalAddress });
    client = new Client({ connection });
  });
  afterAll(async () => {
    await client?.connection.close();
    store?.client.destroy();
    await stack?.stop();
    rmSync(data, { recursive: true, force: true });
  });

  const token = (account: string) => ({ authorization: `Bearer ${stack.tokens[account] ?? ''}` });
  async function send(account: string, route: string, body: unknown): Promise<unknown> {
    const headers = {
      ...token(account),
      'content-type': 'application/json',
      'idempotency-key': hashOf([route, body]),
    };
    const answer = await fetch(`${stack.urls.api}${route}`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    });
    const said = await answer.json();
    expect([answer.status < 300, said]).toEqual([true, said]);
    return said;
  }
  async function caseOf(participantId: string): Promise<CaseView | undefined> {
    const all = await casesOf(stack.urls.api, stack.tokens['vera'] ?? '');
    return all.find((found) => found.participantId === participantId);
  }
  const until = (participantId: string, what: string, isSo: (view: CaseView) => boolean) =>
    waitUntil(
      async () => {
        const view = await caseOf(participantId);
        return view !== undefined && isSo(view);
      },
      { what: `${participantId}: ${what}`, withinMs: 90_000 },
    );
  /** Runs the watch once more, with the ledger, and answers what it found. */
  const look = (workflowId: string) =>
    client.workflow.execute<(input: unknown) => Promise<NetworkWatchReport>>(
      NETWORK_WATCH_WORKFLOW,
      {
        workflowId,
        taskQueue: TASK_QUEUE,
        args: [{ v: 1, networkId: 'main', ledger: true }],
      },
    );

  it('opens a case about a stake below the minimum by itself, punishes it when it stays, and sees the deposit', async () => {
    const resources = [{ resourceId: `${SHORT}-node`, capacity: 1 }];
    const endpoint = { url: `${stack.urls.demo}/notices/${SHORT}`, secretId: 'notice/op-0001' };
    const registered = { participantId: SHORT, kind: 'hardware-provider', displayName: 'Short' };
    await send('mara', '/v1/participants', {
      ...registered,
      controlGroup: 'group-short',
      resources,
      endpoint,
    });
    await send('theo', `/v1/participants/${SHORT}/deposits`, deposit('9000', 'first'));
    await until(SHORT, 'the shortfall is confirmed', ({ rung }) => rung === 'W');
    // The watch is one group, and our look into the books at that instant is our own probe (rule B3).
    await until(SHORT, 'the shortfall is punished', ({ rung }) => rung === 'P1');
    await send('theo', `/v1/participants/${SHORT}/deposits`, deposit('5000', 'more'));
    await until(SHORT, 'the deposit is seen', ({ stage }) => stage === 'restoring');
  });

  it('starts a case again whose workflow was ended by a hand, where its last step left it', async () => {
    const request = requestFor(stack.firstRequest, 'op-0003');
    await fetch(`${stack.urls.demo}/nodes/op-0003-node-1/down`, { method: 'POST' });
    const firing = setInterval(() => void post(request).catch(() => {}), 1_500);
    try {
      await until('op-0003', 'the case is warned', ({ rung }) => rung === 'W');
      const caseId = (await caseOf('op-0003'))?.caseId ?? '';
      await client.workflow.getHandle(caseWorkflowId('main', caseId)).terminate('by a hand');
      await until('op-0003', 'the case goes on', ({ rung }) => rung === 'P1');
      expect((await caseOf('op-0003'))?.caseId).toBe(caseId);
    } finally {
      clearInterval(firing);
    }
  });

  it('ends a workflow that has no case', async () => {
    const workflowId = caseWorkflowId('main', 'nobody-knows');
    const stray = { v: 1, networkId: 'main', caseId: 'nobody-knows', violationType: 'downtime' };
    const handle = await client.workflow.start('violationCase', {
      workflowId,
      taskQueue: TASK_QUEUE,
      args: [{ ...stray, participantId: 'nobody' }],
    });
    await waitUntil(async () => (await handle.describe()).status.name === 'TERMINATED', {
      what: 'the stray workflow is ended',
      withinMs: 60_000,
    });
  });

  it('names an account whose books do not agree', async () => {
    expect((await look('look-1')).ledgerFaults).toEqual([]);
    const { pk, sk } = keysOf('main').ledgerHead('op-0006');
    await store.client.send(
      new UpdateCommand({
        TableName: store.tables.ledger,
        Key: { pk, sk },
        UpdateExpression: 'SET body.available = :more',
        ExpressionAttributeValues: { ':more': '5000001' },
      }),
    );
    const { ledgerFaults, failed } = await look('look-2');
    expect(failed).toEqual([]);
    expect(ledgerFaults[0]).toMatch(/^op-0006: .*5000001/);
  });
});
