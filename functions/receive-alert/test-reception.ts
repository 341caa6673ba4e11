import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Webhook } from 'standardwebhooks';
import type { Store } from '../../adapters/dynamodb/client.ts';
import { createDirectory } from '../../adapters/dynamodb/directory.ts';
import { putPolicy, putSource } from '../../adapters/dynamodb/directory-seed.ts';
import { createIntakeStore } from '../../adapters/dynamodb/intake-store.ts';
import { createParticipantRegistry } from '../../adapters/dynamodb/participant-registry.ts';
import { aParticipant } from '../../adapters/dynamodb/test-fixtures.ts';
import { openTestStore } from '../../adapters/dynamodb/test-store.ts';
import { parsePolicy } from '../../contracts/policy.ts';
import { parseSourceConfig, type SourceConfigInput } from '../../contracts/source-config.ts';
import type { ApiHandler } from '../shared/api.ts';
import type { Meter } from '../shared/metrics.ts';
import { newReceiptId } from '../shared/short-id.ts';
import { send, type TestAnswer } from '../shared/test-http.ts';
import { receiveAlertApi } from './receive-alert-api.ts';

/** Support for tests that receive alerts: a network in the real store, and senders that post as real ones do. */

/** The minute of the captured deliveries. */
export const T0 = Date.UTC(2026, 10, 22, 15, 4);

export const BEARER = 'a-long-token-of-the-monitor';
export const PASSWORD = 'a-long-password';
/** Two, as while a secret is rotated: the newest first. */
export const WEBHOOK_SECRETS = [
  `whsec_${Buffer.alloc(32, 7).toString('base64')}`,
  `whsec_${Buffer.alloc(32, 8).toString('base64')}`,
] as const;

const common: Omit<SourceConfigInput, 'sourceId' | 'kind' | 'auth'> = {
  ownerControlGroup: 'network',
  independenceGroup: 'monitors',
  setBy: ['ada'],
  scope: { families: ['performance', 'security', 'operational'], highestSeverity: 'major' },
  repeatInterval: '1h',
  maxLag: '10m',
  mapping: {
    version: 'm1',
    participant: { labels: ['operator_id', 'participant_id'] },
    resource: { labels: ['resource_id', 'instance'], values: { '127.0.0.1:9199': 'node-1' } },
    violationType: { labels: ['slashing_rule', 'violation_type'] },
    severity: { labels: ['severity'], default: 'minor' },
  },
};

export const SOURCES: Record<string, SourceConfigInput> = {
  prometheus: {
    ...common,
    sourceId: 'prometheus',
    kind: 'alertmanager',
    auth: { kind: 'bearer', secretId: 'prometheus' },
  },
  'prometheus-basic': {
    ...common,
    sourceId: 'prometheus-basic',
    kind: 'alertmanager',
    auth: { kind: 'basic', username: 'alertmanager', secretId: 'basic' },
  },
  native: {
    ...common,
    sourceId: 'native',
    kind: 'native',
    auth: { kind: 'standard-webhooks', secretId: 'native' },
  },
  disabled: {
    ...common,
    sourceId: 'disabled',
    kind: 'alertmanager',
    enabled: false,
    auth: { kind: 'bearer', secretId: 'prometheus' },
  },
};

const SECRETS: Record<string, readonly string[]> = {
  prometheus: [BEARER],
  basic: [PASSWORD],
  native: WEBHOOK_SECRETS,
};

/** A reception over a store, with its own clock. */
export interface Reception {
  readonly api: ApiHandler;
  readonly store: Store;
  readonly intake: ReturnType<typeof createIntakeStore>;
  readonly clock: { nowMs(): number; at: number };
  readonly directory: ReturnType<typeof createDirectory>;
}

/** The demo policy, as it is in the repository. */
export function demoPolicy() {
  const file = path.join(import.meta.dirname, '../../policies/demo.json');
  return parsePolicy(JSON.parse(readFileSync(file, 'utf8')), (text) =>
    createHash('sha256').update(text).digest('hex'),
  );
}

/** Sources, policy and two participants; `op-0001` has the resources `node-1` and `node-2`. */
export async function seedNetwork(store: Store): Promise<void> {
  await putPolicy(store, demoPolicy(), 0);
  for (const source of Object.values(SOURCES)) await putSource(store, parseSourceConfig(source));
  const registry = createParticipantRegistry(store);
  const act = { actor: 'test', atMs: 0 };
  const resources = ['node-1', 'node-2'].map((resourceId) => ({ resourceId, capacity: 1 }));
  await registry.register(aParticipant('op-0001', { resources }), 'SWARM', act);
  await registry.register(aParticipant('op-0002'), 'SWARM', act);
}

/** Fresh tables with the network in them. */
export async function openTestNetwork(...args: Parameters<typeof openTestStore>) {
  const test = await openTestStore(...args);
  await seedNetwork(test.store);
  return test;
}

/** Opens a reception; several over one store are several instances of the function. */
export function openReception(store: Store, meter?: Meter): Reception {
  const clock = { at: T0, nowMs: () => clock.at };
  const intake = createIntakeStore(store);
  const directory = createDirectory(store, clock);
  const quiet = { info: () => {}, warn: () => {}, error: () => {} };
  const secrets = { secrets: async (id: string) => [...(SECRETS[id] ?? [])] };
  const api = receiveAlertApi({
    intake,
    directory,
    secrets,
    clock,
    newReceiptId,
    logger: quiet,
    ...(meter && { meter }),
  });
  return { api, store, intake, clock, directory };
}

/** Alertmanager's post, with its own headers. */
export function post<Body>(
  api: ApiHandler,
  body: unknown,
  options: { sourceId?: string; headers?: Record<string, string>; method?: string } = {},
): Promise<TestAnswer<Body>> {
  const { sourceId = 'prometheus', method = 'POST' } = options;
  const headers = { Authorization: `Bearer ${BEARER}`, 'User-Agent': 'Alertmanager/0.31.1' };
  return send<Body>(api, {
    method,
    path: `/v1/alerts/${sourceId}`,
    headers: { ...headers, ...options.headers },
    raw: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
  });
}

/** The headers of a signed delivery. */
export function signed(
  id: string,
  body: string,
  atMs: number,
  secret: string = WEBHOOK_SECRETS[0],
): Record<string, string> {
  return {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(atMs / 1_000)),
    'webhook-signature': new Webhook(secret).sign(id, new Date(atMs), body),
  };
}

/** An alert as Alertmanager writes it; `seconds` are counted from T0. */
export function amAlert(
  fingerprint: string,
  startsAtS: number,
  endsAtS: number | null = null,
  labels: Record<string, string> = {},
) {
  const at = (seconds: number) => new Date(T0 + seconds * 1_000).toISOString();
  return {
    status: endsAtS === null ? 'firing' : 'resolved',
    labels: {
      alertname: 'NodeDown',
      operator_id: 'op-0001',
      resource_id: 'node-1',
      slashing_rule: 'downtime',
      severity: 'warning',
      ...labels,
    },
    annotations: { summary: 'node down' },
    startsAt: at(startsAtS),
    endsAt: endsAtS === null ? '0001-01-01T00:00:00Z' : at(endsAtS),
    generatorURL: 'http://prometheus.test/graph',
    fingerprint,
  };
}

/** A delivery of Alertmanager about some alerts. */
export function amBody(alerts: readonly unknown[], truncatedAlerts = 0, groupKey = 'g1') {
  return { version: '4', status: 'firing', receiver: 'hook', groupKey, truncatedAlerts, alerts };
}

/** A delivery that a real Alertmanager made. */
export function captured(name: 'firing' | 'resolved'): string {
  const folder = path.join(import.meta.dirname, '../../sources/samples');
  return readFileSync(path.join(folder, `alertmanager-${name}.json`), 'utf8');
}
