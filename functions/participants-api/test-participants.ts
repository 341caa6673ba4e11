import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createCaseStore } from '../../adapters/dynamodb/case-store.ts';
import { createDirectory } from '../../adapters/dynamodb/directory.ts';
import { putPolicy } from '../../adapters/dynamodb/directory-seed.ts';
import { createIdempotencyKeys } from '../../adapters/dynamodb/idempotency-keys.ts';
import { createParticipantRegistry } from '../../adapters/dynamodb/participant-registry.ts';
import { aStep } from '../../adapters/dynamodb/test-fixtures.ts';
import { openTestStore } from '../../adapters/dynamodb/test-store.ts';
import { parsePolicy } from '../../contracts/policy.ts';
import type { ParticipantRegistry } from '../../domain/ports/participant-registry.ts';
import type { ApiHandler } from '../shared/api.ts';
import {
  NOW_MS,
  newKey,
  openIssuer,
  send,
  type TestClaims,
  type TestRequest,
} from '../shared/test-http.ts';
import { participantsApi } from './participants-api.ts';

/** The asset of the policy that the tests register under. */
export const ASSET = 'SWM';

/** The participants API of a test, over the real store. */
export interface ParticipantsFixture {
  readonly api: ApiHandler;
  readonly participants: ParticipantRegistry;
  /** How far the clock has gone beyond the tests' instant. */
  readonly clock: { offsetMs: number };
  token(claims: TestClaims): Promise<string>;
  /** Commits what a case's step would write. */
  commit(changes: Parameters<typeof aStep>[1]): Promise<void>;
  /** A POST with a new key. */
  post(path: string, json: unknown, token: string): TestRequest & { key: string };
  get(path: string, token: string, headers?: Record<string, string>): TestRequest;
  /** Registers a participant through the API. */
  register(participantId: string, changes?: object): Promise<void>;
  close(): void;
}

/** Opens the participants API over fresh tables with the default policy in force. */
export async function openParticipantsApi(): Promise<ParticipantsFixture> {
  const [opened, issuer] = await Promise.all([openTestStore(), openIssuer()]);
  const { store } = opened;
  await putPolicy(store, defaultPolicy(), 0);
  const caseStore = createCaseStore(store);
  const participants = createParticipantRegistry(store);
  const clock = { offsetMs: 0, nowMs: () => NOW_MS + clock.offsetMs };
  const api = participantsApi({
    participants,
    ledger: caseStore,
    notices: caseStore,
    law: createDirectory(store, clock),
    keys: createIdempotencyKeys(store),
    tokens: issuer.tokens,
    clock,
  });
  const admin = await issuer.token({ roles: ['admin'] });
  let steps = 0;
  const fixture: ParticipantsFixture = {
    api,
    participants,
    clock,
    token: (claims) => issuer.token(claims),
    async commit(changes) {
      steps += 1;
      const done = await caseStore.commit(aStep(`step-${steps}`, changes));
      if (done.status !== 'committed') throw new Error(`The step was not written: ${done.status}`);
    },
    post: (path, json, token) => ({ method: 'POST', path, json, token, key: newKey() }),
    get: (path, token, headers = {}) => ({ method: 'GET', path, token, headers }),
    async register(participantId, changes = {}) {
      const body = registration(participantId, changes);
      const answer = await send(api, fixture.post('/v1/participants', body, admin));
      if (answer.status !== 201) throw new Error(JSON.stringify(answer.body));
    },
    close: opened.close,
  };
  return fixture;
}

/** A registration that is accepted, with a resource of its own. */
export function registration(participantId: string, changes: object = {}) {
  return {
    participantId,
    kind: 'hardware-provider',
    displayName: `Provider ${participantId}`,
    controlGroup: `group-${participantId}`,
    resources: [{ resourceId: `${participantId}-n1`, capacity: 4 }],
    endpoint: { url: 'https://hooks.example.test/notices', secretId: `notices/${participantId}` },
    ...changes,
  };
}

function defaultPolicy() {
  const file = new URL('../../policies/default.json', import.meta.url);
  const json = { ...JSON.parse(readFileSync(file, 'utf8')), asset: ASSET };
  return parsePolicy(json, (text) => createHash('sha256').update(text).digest('hex'));
}
