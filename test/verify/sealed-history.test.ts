import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { WorkflowClient } from '@temporalio/client';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { createSealedSecrets } from '../../adapters/dynamodb/sealed-secrets.ts';
import { createPayloadCodec } from '../../adapters/sealing/payload-codec.ts';
import { createSealedRegistry } from '../../adapters/secrets/sealed-registry.ts';
import { waitUntil } from '../../apps/local/parts/wait-until.ts';
import { sealedBy } from '../../apps/worker/sealed-payloads.ts';
import {
  CASE_STATE,
  caseWorkflowId,
  OBSERVATIONS_RECEIVED,
  SEARCH_ATTRIBUTES,
  settlementWorkflowId,
} from '../../contracts/temporal.ts';
import type { CaseState } from '../../domain/case/state.ts';
import { type Network, openNetwork } from '../support/chaos/network.ts';
import { type RealParts, startRealParts } from '../support/chaos/real-parts.ts';
import { fullPathWith } from '../support/chaos/stories.ts';
import { type Crew, hireCrew, type Post } from '../support/chaos/worker-crew.ts';
import { type LocalAws, localAws, startLocalAws } from '../support/parts/ministack.ts';
import {
  bytesOf,
  exemptNames,
  failureMessagesOf,
  payloadsOf,
  type RawHistory,
  updateIdsOf,
  wordsIn,
} from '../support/sealing/clear-text.ts';
import { makeSealingKeys, type SealingKeys } from '../support/sealing/sealing-keys.ts';

/**
 * A full case on Temporal's real server, with payloads and secrets sealed by a real KMS endpoint, whose key is replaced in the middle.
 * The endpoint cannot give a key new material, as AWS's rotation does; a new key is the harder case, because nothing remembers the old.
 */

const NETWORK = 'sealed';

/** Whoever the case is about, whoever acts in it, what they say, and what it costs. */
const WORDS = {
  participant: ['op-1', 'node-1'],
  people: ['ops-1', 'aud-1', 'gov-a', 'org-of-'],
  texts: ['we look after it', 'the rack lost power', 'repaired and tested', 'seen on site'],
  monitors: ['monitor-a'],
  amounts: ['1000000', 'chargedUnits'],
  failures: ['there is no secret'],
};
const ALL_WORDS = Object.values(WORDS).flat();

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

let folder: string;
let aws: LocalAws;
let keys: SealingKeys;
let parts: RealParts;
let crew: Crew;
let network: Network;

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  folder = mkdtempSync(path.join(tmpdir(), 'swarm-sealed-'));
  [aws, parts] = await Promise.all([startLocalAws({ folder }), startRealParts()]);
  vi.stubEnv('AWS_ENDPOINT_URL_KMS', aws.endpoint);
  keys = await makeSealingKeys(aws);
  crew = hireCrew({ spares: 1, logPath: path.join(parts.folder, 'workers.log') });
  const env = {
    AWS_REGION: localAws.region,
    AWS_ENDPOINT_URL_KMS: aws.endpoint,
    SEALING_KEY: keys.before,
    // The secrets of notices lie sealed in the registry instead.
    KEY_FILE: '',
  };
  network = await openNetwork({ ...parts, env }, NETWORK);
});
afterAll(async () => {
  await network?.close();
  await crew?.close();
  await parts?.close();
  keys?.close();
  await aws?.stop();
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

const handleOf = (workflowId: string) => network.client.workflow.getHandle(workflowId);

/** A client that seals, as the functions do. */
function sealedClient(): WorkflowClient {
  const payloadCodecs = [createPayloadCodec(keys.envelope(keys.after), NETWORK)];
  const { connection } = network.client;
  return new WorkflowClient({ connection, namespace: NETWORK, dataConverter: { payloadCodecs } });
}

function secretsUnder(keyArn: string) {
  return createSealedRegistry({
    items: createSealedSecrets(network.store),
    envelope: keys.envelope(keyArn),
    networkId: NETWORK,
    clock: { nowMs: () => Date.now() },
  });
}

/** The worker is replaced by one that seals with the new key, at a time when nobody may use the old one. */
async function replaceKey(post: Post, workflowId: string): Promise<Post> {
  await post.abandon();
  await keys.disable(keys.before);
  const successor = crew.post({ ...network.workerEnv, SEALING_KEY: keys.after }, () => 'go');
  await successor.staff();
  // Nothing new, but a reason to look: until then nobody asks a worker for anything.
  await sealedClient().getHandle(workflowId).signal(OBSERVATIONS_RECEIVED, { v: 1, items: [] });
  await waitUntil(
    async () => (await kindsOf(workflowId)).includes('workflowTaskFailedEventAttributes'),
    { what: 'the case to stand still because it cannot be opened', withinMs: 60_000 },
  );
  await keys.enable(keys.before);
  return successor;
}

async function kindsOf(workflowId: string): Promise<string[]> {
  const { events } = await handleOf(workflowId).fetchHistory();
  return (events ?? []).map((event) => String(event.attributes));
}

/** Tasks that failed although every key was there: all but those before the last sign that the case went on. */
async function failedTasksAfterChange(workflowId: string): Promise<number> {
  const kinds = await kindsOf(workflowId);
  const lastStep = kinds.lastIndexOf('activityTaskCompletedEventAttributes');
  const after = kinds.slice(lastStep);
  expect(kinds.at(-1)).toBe('workflowExecutionCompletedEventAttributes');
  return after.filter((kind) => kind === 'workflowTaskFailedEventAttributes').length;
}

async function replayed(workflowId: string, history: RawHistory, keyArn: string): Promise<void> {
  const codec = createPayloadCodec(keys.envelope(keyArn), NETWORK);
  await Worker.runReplayHistory(
    {
      workflowBundle: { codePath: parts.bundlePath },
      dataConverter: await sealedBy(codec),
    },
    history,
    workflowId,
  );
}

/** How many of the payloads open where only these keys may open. */
async function openedBy(history: RawHistory, keyArns: readonly string[]): Promise<number> {
  const codec = createPayloadCodec(keys.envelope(keys.after, keyArns), NETWORK);
  const tries = await Promise.allSettled(
    payloadsOf(history).map(({ payload }) => codec.decode([payload])),
  );
  return tries.filter(({ status }) => status === 'fulfilled').length;
}

it('holds nothing about anybody in clear, through a change of the key that its worker does not notice', async () => {
  let post = crew.post(network.workerEnv, () => 'go');
  await post.staff();
  let early: RawHistory | undefined;
  const story = fullPathWith(async (moment, { caseId }) => {
    const workflowId = caseWorkflowId(NETWORK, caseId);
    // Until now no notice could be signed, so serving one has failed and was tried again.
    if (moment === 'correcting') await secretsUnder(keys.before).put('notices', SECRET);
    if (moment !== 'proposed') return;
    early = await handleOf(workflowId).fetchHistory();
    post = await replaceKey(post, workflowId);
    // Who cannot open it is shown nothing but that there is something.
    await expect(handleOf(workflowId).query<CaseState>(CASE_STATE)).rejects.toThrow(
      'binary/encrypted',
    );
  });
  const record = await story(network);
  expect(record).toMatchObject({ outcome: 'reinstated', rung: 'S1' });
  expect(network.outside.noticeIds.length).toBeGreaterThan(0);

  const ids = [caseWorkflowId, settlementWorkflowId].map((idOf) => idOf(NETWORK, record.caseId));
  for (const workflowId of ids) {
    await sealedClient().getHandle(workflowId).result();
    const history = await handleOf(workflowId).fetchHistory();
    expect(await failedTasksAfterChange(workflowId)).toBe(0);
    expect(wordsIn(bytesOf(history, { exempt: true }), ALL_WORDS), workflowId).toEqual([]);
    const payloads = payloadsOf(history);
    expect(payloads.length).toBeGreaterThan(5);
    expect(new Set(payloads.map(({ encoding }) => encoding))).toEqual(
      new Set(['binary/encrypted']),
    );
    await replayed(workflowId, history, keys.after);
  }

  // The search attributes, and they alone, say whom the case is about: Temporal cannot look up what it cannot read.
  const [caseId = ''] = ids;
  const history = await handleOf(caseId).fetchHistory();
  expect(wordsIn(bytesOf(history, { exempt: false }), ALL_WORDS)).toEqual(['op-1']);
  const known = new Set([...Object.keys(SEARCH_ATTRIBUTES), 'BuildIds', 'TemporalChangeVersion']);
  expect([...exemptNames(history)].filter((name) => !known.has(name))).toEqual([]);
  const failures = failureMessagesOf(history);
  expect(failures.length).toBeGreaterThan(1);
  expect(new Set(failures)).toEqual(new Set(['Encoded failure']));
  for (const id of updateIdsOf(history)) expect(id).toMatch(/^[0-9a-f]{64}(\/request)?$/);
  expect(updateIdsOf(history).size).toBeGreaterThanOrEqual(5);

  // The search is no blind one: what the payloads hold is found once they are opened.
  const codec = createPayloadCodec(keys.envelope(keys.after), NETWORK);
  const opened = await codec.decode(payloadsOf(history).map(({ payload }) => payload));
  const inClear = Buffer.concat(opened.map(({ data }) => data ?? new Uint8Array()));
  expect(wordsIn(inClear, ALL_WORDS).sort()).toEqual([...ALL_WORDS].sort());

  const total = payloadsOf(history).length;
  const [byOld, byNew, byBoth] = await Promise.all([
    openedBy(history, [keys.before]),
    openedBy(history, [keys.after]),
    openedBy(history, [keys.before, keys.after]),
  ]);
  expect([byOld > 0, byNew > 0, byBoth, byOld + byNew]).toEqual([true, true, total, total]);
  if (early === undefined) throw new Error('The story had no proposal.');
  expect(await openedBy(early, [keys.before])).toBe(payloadsOf(early).length);
  await replayed(caseId, early, keys.after);
  await post.abandon();
});
