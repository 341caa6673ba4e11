import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type * as z from 'zod';
import { createDirectory, type StoredDirectory } from '../../adapters/dynamodb/directory.ts';
import { putPolicy } from '../../adapters/dynamodb/directory-seed.ts';
import { createPolicyRegister } from '../../adapters/dynamodb/policy-register.ts';
import { openTestStore, type TestStore } from '../../adapters/dynamodb/test-store.ts';
import type { listPolicies } from '../../contracts/http/policies.ts';
import { parsePolicy } from '../../contracts/policy.ts';
import { canonicalJson } from '../../domain/canonical-json.ts';
import type { ApiHandler } from '../shared/api.ts';
import {
  NOW_MS,
  newKey,
  openIssuer,
  send,
  sendForProblem,
  type TestAnswer,
  type TestClaims,
} from '../shared/test-http.ts';
import { adminApi } from './admin-api.ts';
import { incidentParts } from './test-incidents.ts';

export const DAY_MS = 86_400_000;

/** A version of the law as the API shows it. */
export type Shown = z.output<typeof listPolicies.reply>['items'][number];

/** The admin API of a test, over the real store with the default policy in force. */
export interface AdminFixture {
  readonly api: ApiHandler;
  readonly store: TestStore['store'];
  /** How far the clock has gone beyond the tests' instant. */
  readonly clock: { offsetMs: number; nowMs(): number };
  /** What every other process knows of the law, with its caches. */
  readonly directory: StoredDirectory;
  token(claims: TestClaims): Promise<string>;
  /** Asks as somebody: a governor of that name unless more is said. */
  get(path: string, claims?: TestClaims): Promise<TestAnswer>;
  post(path: string, json: unknown, claims: TestClaims): Promise<TestAnswer>;
  /** The same for what must be refused. */
  refused(path: string, json: unknown, claims: TestClaims): ReturnType<typeof sendForProblem>;
  /** Proposes a version that begins so many ms from now. */
  propose(version: string, inMs: number, change?: object, claims?: TestClaims): Promise<Shown>;
  approve(version: string, draftHash: string | null, claims?: TestClaims): Promise<TestAnswer>;
  list(): Promise<Shown[]>;
  close(): void;
}

export const ALICE: TestClaims = { sub: 'alice', roles: ['governor'] };
export const BOB: TestClaims = { sub: 'bob', roles: ['governor'] };
export const ROOT: TestClaims = { sub: 'root', roles: ['admin'] };

/** The shipped policy as a file of another version, with a change. */
export function policyFile(version: string, change: object = {}): Record<string, unknown> {
  const file = new URL('../../policies/default.json', import.meta.url);
  return { ...JSON.parse(readFileSync(file, 'utf8')), version, ...change };
}

/** When something begins that is so many ms away from the tests' instant, as the API takes it. */
export const instantIn = (ms: number): string => new Date(NOW_MS + ms).toISOString();

export const sha256Hex = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Opens the admin API over fresh tables. */
export async function openAdminApi(): Promise<AdminFixture> {
  const [opened, issuer] = await Promise.all([openTestStore(), openIssuer()]);
  const { store } = opened;
  const first = policyFile('default-1');
  await putPolicy(store, parsePolicy(first, sha256Hex), 0, canonicalJson(first));
  const clock = { offsetMs: 0, nowMs: () => NOW_MS + clock.offsetMs };
  const api = adminApi({
    ...incidentParts(store, clock),
    policies: createPolicyRegister(store),
    tokens: issuer.tokens,
    clock,
  });
  // Tokens of the tests' issuer live for a minute; here weeks pass.
  const token = (claims: TestClaims) =>
    issuer.token({ exp: (clock.nowMs() + 60_000) / 1_000, ...claims });
  const request = async (path: string, json: unknown, claims: TestClaims) => ({
    method: 'POST',
    path,
    json,
    token: await token(claims),
    key: newKey(),
  });
  const fixture: AdminFixture = {
    api,
    store,
    clock,
    directory: createDirectory(store, clock),
    token,
    get: async (path, claims = ALICE) =>
      send(api, { method: 'GET', path, token: await token(claims) }),
    post: async (path, json, claims) => send(api, await request(path, json, claims)),
    refused: async (path, json, claims) => sendForProblem(api, await request(path, json, claims)),
    async propose(version, inMs, change = {}, claims = ALICE) {
      const json = { policy: policyFile(version, change), effectiveFrom: instantIn(inMs) };
      const answer = await fixture.post('/v1/policies', json, claims);
      if (answer.status >= 300) throw new Error(JSON.stringify(answer.body));
      return answer.body as Shown;
    },
    approve: (version, draftHash, claims = BOB) =>
      fixture.post(
        `/v1/policies/${version}/approve`,
        { draftHash: draftHash ?? '', reason: 'agreed' },
        claims,
      ),
    async list() {
      const { body } = await fixture.get('/v1/policies');
      return (body as { items: Shown[] }).items;
    },
    close: opened.close,
  };
  return fixture;
}
