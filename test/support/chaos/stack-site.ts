import { Webhook } from 'standardwebhooks';
import { createCaseReader } from '../../../adapters/dynamodb/case-reader.ts';
import { createClient, documentClient, type Store } from '../../../adapters/dynamodb/client.ts';
import { tableNames } from '../../../adapters/dynamodb/tables.ts';
import { NETWORK_ID, TABLE_PREFIX } from '../../../apps/local/child-env.ts';
import { localStoreAccess } from '../../../apps/local/parts/store.ts';
import { type LocalStack, startLocalStack } from '../../../apps/local/stack.ts';
import type { ActionResult, CaseAction } from '../../../domain/case/actions.ts';
import type { CaseRecord } from '../../../domain/case/record.ts';
import { demoPolicy } from '../local-stack.ts';
import { type Cast, type Doors, Refused, type Surroundings } from './scene.ts';

/** The people, participant and monitor of the demonstration. */
const CAST: Cast = {
  participantId: 'op-0001',
  owner: 'of-op-0001',
  resourceId: 'op-0001-node-1',
  monitors: ['native'],
  operator: 'olga',
  auditor: 'ada',
  governors: ['gwen', 'gil'],
  reviewers: ['rita', 'rolf'],
};

/** The whole system on one machine as its surroundings meet it: over HTTP, and killed at times. */
export interface StackSite extends Surroundings {
  /** Kills every part at once and starts the stack again on the same data. */
  powerCut(): Promise<void>;
  /** The store, read directly for what is compared at the end. */
  store(): Store;
  close(): Promise<void>;
}

/** What requests may take; the API may be dead. */
const REQUEST_MS = 12_000;

/** Starts a stack on a data folder, under a policy file; without one under that of the demonstration. */
export async function openStackSite(data: string, policyPath = demoPolicy): Promise<StackSite> {
  const start = () => startLocalStack({ data, policyPath });
  let stack: LocalStack = await start();
  const now = () => stack;
  return {
    cast: CAST,
    doors: doorsOf(now),
    async setHealthy(isHealthy) {
      const { demo } = stack.urls;
      const answer = await fetch(`${demo}/nodes/${CAST.resourceId}/${isHealthy ? 'up' : 'down'}`, {
        method: 'POST',
        signal: AbortSignal.timeout(REQUEST_MS),
      });
      if (!answer.ok) throw new Error(`The node answered ${answer.status}.`);
    },
    async powerCut() {
      await stack.killAll();
      stack = await start();
    },
    store: () => storeOf(stack),
    close: () => stack.stop(),
  };
}

function doorsOf(stack: () => LocalStack): Doors {
  return {
    async post(sourceId, deliveryId, alerts) {
      const body = JSON.stringify({ type: 'alert', data: alerts });
      const at = new Date();
      const answer = await fetch(`${stack().urls.api}/v1/alerts/${sourceId}`, {
        method: 'POST',
        body,
        signal: AbortSignal.timeout(REQUEST_MS),
        headers: {
          'content-type': 'application/json',
          'webhook-id': deliveryId,
          'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
          'webhook-signature': new Webhook(stack().secrets.native).sign(deliveryId, at, body),
        },
      });
      if (answer.status !== 202) throw new Error(`${answer.status} ${await answer.text()}`);
    },
    act: (person, record, key, action) => actOverHttp(stack(), person, record, key, action),
    newestCase: (participantId) =>
      reading(stack(), async (cases) => {
        const { items } = await cases.list({ participantId, limit: 1 });
        return items[0] ?? null;
      }),
    readCase: (caseId) => reading(stack(), (cases) => cases.read(caseId)),
  };
}

/** Where each action of a story is posted to. */
const PATHS: Partial<Record<CaseAction['kind'], string>> = {
  acknowledge: 'acknowledge',
  answer: 'answer',
  submitRemediation: 'remediation',
  confirmRemediation: 'remediation/confirm',
  requestChecks: 'checks',
  appeal: 'appeal',
  recordFinding: 'findings',
  addNote: 'notes',
};

async function actOverHttp(
  stack: LocalStack,
  person: string,
  { caseId }: CaseRecord,
  key: string,
  action: CaseAction,
): Promise<ActionResult> {
  const { kind, ...body } = action;
  const { proposalId, ...rest } = body as { proposalId?: string };
  const path = kind === 'approve' ? `proposals/${proposalId}/approve` : PATHS[kind];
  if (path === undefined) throw new Refused('no-path', `No story posts "${kind}" yet.`);
  const answer = await fetch(`${stack.urls.api}/v1/cases/${caseId}/${path}`, {
    method: 'POST',
    body: JSON.stringify(rest),
    signal: AbortSignal.timeout(REQUEST_MS),
    headers: {
      authorization: `Bearer ${stack.tokens[person] ?? ''}`,
      'content-type': 'application/json',
      'idempotency-key': key,
    },
  });
  const read: unknown = await answer.json();
  if (answer.ok) return read as ActionResult;
  const { code, detail } = read as { code: string; detail: string };
  // What the system itself cannot do now may be asked again; a no to the person is final.
  const isFinal = answer.status < 500 && answer.status !== 429 && code !== 'case-workflow-gone';
  throw isFinal ? new Refused(code, detail) : new Error(`${answer.status} ${code}`);
}

function storeOf({ storeEndpoint }: LocalStack): Store {
  const plain = createClient({ endpoint: storeEndpoint, ...localStoreAccess, maxAttempts: 1 });
  return {
    client: documentClient(plain),
    tables: tableNames(TABLE_PREFIX),
    networkId: NETWORK_ID,
  };
}

async function reading<T>(
  stack: LocalStack,
  read: (cases: ReturnType<typeof createCaseReader>) => Promise<T>,
): Promise<T> {
  const store = storeOf(stack);
  try {
    return await read(createCaseReader(store));
  } finally {
    store.client.destroy();
  }
}
