import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Client } from '@temporalio/client';
import { Webhook } from 'standardwebhooks';
import { createCaseReader } from '../../../adapters/dynamodb/case-reader.ts';
import type { Store } from '../../../adapters/dynamodb/client.ts';
import { createDirectory } from '../../../adapters/dynamodb/directory.ts';
import { putPolicy, putSource } from '../../../adapters/dynamodb/directory-seed.ts';
import { createIntakeStore } from '../../../adapters/dynamodb/intake-store.ts';
import { shardOf, UNDELIVERED_SHARDS } from '../../../adapters/dynamodb/keys.ts';
import { createParticipantRegistry } from '../../../adapters/dynamodb/participant-registry.ts';
import { createKeyFile, writeKeyFile } from '../../../adapters/secrets/key-file.ts';
import { localStoreAccess } from '../../../apps/local/parts/store.ts';
import { parsePolicy } from '../../../contracts/policy.ts';
import { parseSourceConfig } from '../../../contracts/source-config.ts';
import type { CaseRecord } from '../../../domain/case/record.ts';
import { DomainError } from '../../../domain/errors.ts';
import type { Policy } from '../../../domain/policy.ts';
import type { Principal } from '../../../domain/principal.ts';
import { receiveAlertApi } from '../../../functions/receive-alert/receive-alert-api.ts';
import { composeRelay } from '../../../functions/relay-observations/compose.ts';
import { relayBatch } from '../../../functions/relay-observations/operations/relay-batch.ts';
import { composeCaseWorkflows } from '../../../functions/shared/case-workflows/compose.ts';
import { newReceiptId } from '../../../functions/shared/short-id.ts';
import { send } from '../../../functions/shared/test-http.ts';
import { type Outside, openOutside } from './outside.ts';
import type { RealParts } from './real-parts.ts';
import { type Cast, type Doors, Refused, type Surroundings } from './scene.ts';

/** The first participant of a test network, its node, its monitors, and people of an organisation each. */
const CAST: Cast = {
  participantId: 'op-1',
  owner: 'op-1',
  resourceId: 'node-1',
  monitors: ['monitor-a', 'monitor-b'],
  operator: 'ops-1',
  auditor: 'aud-1',
  governors: ['gov-a', 'gov-b', 'gov-c'],
  reviewers: ['rev-1', 'rev-2'],
};

/** The same people around another participant. */
function castOf(number: number): Cast {
  if (number === 1) return CAST;
  const participantId = `op-${number}`;
  return { ...CAST, participantId, owner: participantId, resourceId: `node-of-${participantId}` };
}

/** A participant of the network and what of it lies outside. */
interface Provider {
  readonly cast: Cast;
  readonly outside: Outside;
}

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const STAKE_UNITS = 1_000_000n;
const DAY_MS = 86_400_000;

/** One network of its own on shared parts: tables, Temporal namespace, participants, and the doors of the system. */
export interface Network extends Surroundings {
  /** What surrounds each of its participants; the first is the network's own. */
  readonly providers: readonly Surroundings[];
  readonly networkId: string;
  readonly store: Store;
  readonly client: Client;
  readonly outside: Outside;
  /** What a worker of this network is told. */
  readonly workerEnv: Record<string, string>;
  close(): Promise<void>;
}

/** The demo policy, as it is in the repository. */
export function demoPolicy(): Policy {
  const file = path.join(import.meta.dirname, '../../../policies/demo.json');
  return parsePolicy(JSON.parse(readFileSync(file, 'utf8')), (text) =>
    createHash('sha256').update(text).digest('hex'),
  );
}

/** Opens a network and seeds it: policy, monitors, and participants with stake that are no newcomers. */
export async function openNetwork(
  parts: RealParts,
  networkId: string,
  participants = 1,
): Promise<Network> {
  const store = parts.store(networkId);
  const outside = await openOutside();
  const providers: Provider[] = [{ cast: CAST, outside }];
  for (let number = 2; number <= participants; number++)
    providers.push({ cast: castOf(number), outside: await openOutside() });
  const keyFile = path.join(parts.folder, `keys-${networkId}.json`);
  const [client] = await Promise.all([
    parts.client(networkId),
    writeKeyFile(keyFile, { monitor: [SECRET], notices: [SECRET] }),
    seed(store, providers),
  ]);
  const workerEnv = {
    TEMPORAL_ADDRESS: parts.temporal.address,
    TEMPORAL_NAMESPACE: networkId,
    NETWORK_ID: networkId,
    TABLE_PREFIX: parts.tablePrefix,
    AWS_REGION: localStoreAccess.region,
    AWS_ACCESS_KEY_ID: localStoreAccess.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: localStoreAccess.credentials.secretAccessKey,
    DYNAMODB_ENDPOINT: parts.storeEndpoint,
    KEY_FILE: keyFile,
    NOTICE_ALLOW_PRIVATE: 'true',
    WORKFLOW_BUNDLE: parts.bundlePath,
    // Every task replays: the successor of a killed worker is asked at once, and nondeterminism shows.
    MAX_CACHED_WORKFLOWS: '0',
    ...parts.env,
  };
  const { doors, close } = openDoors(store, workerEnv, keyFile, providers);
  const around = ({ cast, outside: node }: Provider): Surroundings => ({
    doors,
    cast,
    async setHealthy(isHealthy) {
      node.isHealthy = isHealthy;
    },
  });
  return {
    networkId,
    store,
    client,
    outside,
    ...around({ cast: CAST, outside }),
    providers: providers.map(around),
    workerEnv,
    async close() {
      await close();
      for (const provider of providers) await provider.outside.close();
    },
  };
}

async function seed(store: Store, providers: readonly Provider[]): Promise<void> {
  const policy = demoPolicy();
  const atMs = Date.now();
  await putPolicy(store, policy, atMs - 60 * DAY_MS);
  for (const sourceId of CAST.monitors) {
    await putSource(
      store,
      parseSourceConfig({
        sourceId,
        kind: 'native',
        ownerControlGroup: 'network',
        independenceGroup: `group-of-${sourceId}`,
        setBy: ['sam-configures'],
        scope: {
          families: ['performance', 'security', 'operational'],
          highestSeverity: 'critical',
        },
        repeatInterval: '1s',
        maxLag: '10s',
        auth: { kind: 'standard-webhooks', secretId: 'monitor' },
        mapping: {
          version: 'm1',
          participant: { labels: ['participant_id'] },
          resource: { labels: ['resource_id'] },
          violationType: { labels: ['violation_type'] },
          severity: { labels: ['severity'] },
        },
      }),
    );
  }
  const act = { actor: 'seed', atMs: atMs - 60 * DAY_MS };
  for (const provider of providers) await register(store, policy, provider, act);
}

async function register(
  store: Store,
  policy: Policy,
  { cast, outside }: Provider,
  act: { actor: string; atMs: number },
): Promise<void> {
  const { participantId, resourceId } = cast;
  const registry = createParticipantRegistry(store);
  // With a second node the base of a charge is half of the stake.
  const nodes = [resourceId, resourceId === 'node-1' ? 'node-2' : `second-${resourceId}`];
  await registry.register(
    {
      participantId,
      kind: 'hardware-provider',
      displayName: 'Provider 1',
      controlGroup: `group-${participantId}`,
      registeredAtMs: act.atMs,
      checksPassed: 100,
      resources: nodes.map((id) => ({ resourceId: id, capacity: 1, probeUrl: outside.nodeUrl })),
      endpoint: { url: outside.noticeUrl, secretId: 'notices' },
    },
    policy.asset,
    act,
  );
  const externalRef = `seed-${participantId}`;
  await registry.deposit({ participantId, externalRef, units: STAKE_UNITS }, act);
}

/** The real functions in this process, which is not the one that is killed. */
function openDoors(
  store: Store,
  env: Record<string, string>,
  keyFile: string,
  providers: readonly Provider[],
): { doors: Doors; close(): Promise<void> } {
  const quiet = { info: () => {}, warn: () => {}, error: () => {} };
  const clock = { nowMs: () => Date.now() };
  const api = receiveAlertApi({
    intake: createIntakeStore(store),
    directory: createDirectory(store, clock),
    secrets: createKeyFile(keyFile),
    clock,
    newReceiptId,
    logger: quiet,
  });
  Object.assign(process.env, {
    AWS_ACCESS_KEY_ID: env['AWS_ACCESS_KEY_ID'],
    AWS_SECRET_ACCESS_KEY: env['AWS_SECRET_ACCESS_KEY'],
  });
  const relay = { ...composeRelay(env), logger: quiet };
  const workflows = composeCaseWorkflows(env, quiet, { updateDeadlineMs: 5_000 });
  const cases = createCaseReader(store);
  const shards = new Set(
    providers.map(({ cast }) => shardOf(cast.participantId, UNDELIVERED_SHARDS)),
  );
  let relaying = Promise.resolve();
  /** In place of the stream: what was accepted is relayed at once, with what was left over; one batch after the other. */
  const relayInTurn = (): Promise<void> => {
    const turn = relaying.then(async () => {
      for (const shard of shards)
        await relayBatch(relay, await relay.store.undelivered(shard, Date.now() + 1, 100));
    });
    relaying = turn.catch(() => undefined);
    return turn;
  };
  const doors: Doors = {
    async post(sourceId, deliveryId, alerts) {
      const raw = JSON.stringify({ type: 'alert', data: alerts });
      const headers = signed(deliveryId, raw);
      const path = `/v1/alerts/${sourceId}`;
      const { status, body } = await send(api, { method: 'POST', path, headers, raw });
      if (status !== 202) throw new Error(`Answered ${status}: ${JSON.stringify(body)}`);
      await relayInTurn();
    },
    async act(person, record, key, action) {
      const request = {
        v: 1 as const,
        principal: principalOf(person, record),
        key,
        bodyHash: createHash('sha256').update(JSON.stringify(action)).digest('hex'),
        action,
      };
      try {
        return await (action.kind === 'askReadmission'
          ? workflows.readmit(record, request)
          : workflows.act(record.workflowId, request));
      } catch (error) {
        throw finalAnswer(error);
      }
    },
    async newestCase(participantId) {
      const { items } = await cases.list({ participantId, limit: 1 });
      return items[0] ?? null;
    },
    readCase: (caseId) => cases.read(caseId),
  };
  return {
    doors,
    async close() {
      await workflows.close();
      await (relay.cases as typeof workflows).close();
    },
  };
}

function signed(deliveryId: string, body: string): Record<string, string> {
  const at = new Date();
  return {
    'webhook-id': deliveryId,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
    'webhook-signature': new Webhook(SECRET).sign(deliveryId, at, body),
  };
}

/** The participant acts for itself; everybody else is of an organisation of their own. */
function principalOf(person: string, record: CaseRecord): Principal {
  const isParticipant = person === record.participantId;
  return {
    account: person,
    person,
    organisation: `org-of-${person}`,
    roles: isParticipant ? ['participant'] : ['operator', 'auditor', 'reviewer', 'governor'],
    participantId: isParticipant ? person : null,
    controlGroup: isParticipant ? `group-${person}` : null,
  };
}

/** What cannot be had by asking again is final; a workflow that cannot be reached, or has handed the case over, is not. */
function finalAnswer(error: unknown): unknown {
  if (!(error instanceof DomainError)) return error;
  const passes = ['workflow-unreachable', 'case-workflow-gone'].includes(error.code);
  return passes ? error : new Refused(error.code, error.message);
}
