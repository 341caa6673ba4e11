import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createBreaker } from '../../adapters/dynamodb/breaker.ts';
import { createDirectory } from '../../adapters/dynamodb/directory.ts';
import { putPolicy } from '../../adapters/dynamodb/directory-seed.ts';
import { createIdempotencyKeys } from '../../adapters/dynamodb/idempotency-keys.ts';
import { createIncidents } from '../../adapters/dynamodb/incidents.ts';
import { openTestStore, type TestStore } from '../../adapters/dynamodb/test-store.ts';
import { parsePolicy } from '../../contracts/policy.ts';
import { type ApiHandler, createApi } from '../shared/api.ts';
import { NOW_MS, newKey, openIssuer, send, type TestClaims } from '../shared/test-http.ts';
import { incidentRoutes } from './incident-routes.ts';

const DAY_MS = 86_400_000;

let opened: TestStore;
let api: ApiHandler;
let token: (claims: TestClaims) => Promise<string>;
const clock = { offsetMs: 0, nowMs: () => NOW_MS + clock.offsetMs };

beforeAll(async () => {
  const [store, issuer] = await Promise.all([openTestStore(), openIssuer()]);
  opened = store;
  await putPolicy(opened.store, defaultPolicy(), 0);
  const deps = {
    incidents: createIncidents(opened.store),
    law: createDirectory(opened.store, clock),
    keys: createIdempotencyKeys(opened.store),
  };
  api = createApi(incidentRoutes(deps), { service: 'test', tokens: issuer.tokens, clock });
  // The tests go weeks ahead.
  token = (claims) => issuer.token({ exp: NOW_MS / 1_000 + 100 * 86_400, ...claims });
});
afterAll(() => opened.close());

const governor = (person: string, more: TestClaims = {}) =>
  token({ sub: person, person, org: `org-of-${person}`, roles: ['governor'], ...more });

interface Shown {
  incidentId: string;
  isOpen: boolean;
  code: string;
  [field: string]: unknown;
}

async function post(path: string, json: unknown, as: string, key = newKey()) {
  return send<Shown>(api, { method: 'POST', path, json, token: as, key });
}

async function list(as: string, query: Record<string, string> = {}) {
  const path = '/v1/incidents';
  return send<{ items: Shown[]; nextCursor: string | null }>(api, {
    ...{ method: 'GET', path, token: as, query },
  });
}

const hold = (scope: object = { kind: 'network' }, reason = 'the monitors lie') => ({
  kind: 'clock-hold',
  scope,
  reason,
});

describe('a clock hold', () => {
  it('is opened once for each request, by an operator or a governor, with a reason', async () => {
    const gina = await governor('gina');
    const key = newKey();
    const first = await post('/v1/incidents', hold(), gina, key);
    expect(first).toMatchObject({
      status: 201,
      body: {
        kind: 'clock-hold',
        openedBy: 'gina',
        isOpen: true,
        attentionAt: new Date(NOW_MS + DAY_MS).toISOString(),
        endsAt: new Date(NOW_MS + 7 * DAY_MS).toISOString(),
        longestUntil: new Date(NOW_MS + 21 * DAY_MS).toISOString(),
      },
    });
    expect(await post('/v1/incidents', hold(), gina, key)).toMatchObject(first);
    const other = await post(
      '/v1/incidents',
      hold({ kind: 'family', family: 'security' }),
      gina,
      key,
    );
    expect(other).toMatchObject({ status: 422, body: { code: 'idempotency-key-reused' } });
    const olga = await token({ sub: 'olga', roles: ['operator'] });
    expect((await post('/v1/incidents', hold(), olga)).status).toBe(201);
    const without = await post('/v1/incidents', hold({ kind: 'network' }, ' '), gina);
    expect(without).toMatchObject({ status: 400, body: { code: 'invalid-request' } });
  });

  it('is nothing for other roles, nor for who belongs to a participant', async () => {
    for (const role of ['viewer', 'auditor', 'reviewer', 'admin', 'treasurer', 'participant']) {
      const answer = await post(
        '/v1/incidents',
        hold(),
        await token({ sub: role, roles: [role], participant_id: 'p' }),
      );
      expect(answer).toMatchObject({ status: 403, body: { code: 'role-missing' } });
    }
    const rival = await governor('rival', { control_group: 'group-of-a-provider' });
    const refused = await post('/v1/incidents', hold(), rival);
    expect(refused).toMatchObject({ status: 409, body: { code: 'conflict-of-interest' } });
  });

  it('is renewed by another person, again and again, but not beyond three weeks', async () => {
    const [gina, gerd] = [await governor('gina'), await governor('gerd')];
    const { body } = await post('/v1/incidents', hold(), gina);
    const renew = (as: string) =>
      post(`/v1/incidents/${body.incidentId}/renew`, { reason: 'still so' }, as);
    expect(await renew(gina)).toMatchObject({ status: 409, body: { code: 'renewal-same-person' } });
    clock.offsetMs = 6 * DAY_MS;
    const second = await renew(gerd);
    expect(second.body['endsAt']).toBe(new Date(NOW_MS + 13 * DAY_MS).toISOString());
    clock.offsetMs = 12 * DAY_MS;
    expect((await renew(gina)).status).toBe(200);
    clock.offsetMs = 18 * DAY_MS;
    const last = await renew(gerd);
    expect(last.body['endsAt']).toBe(new Date(NOW_MS + 21 * DAY_MS).toISOString());
    expect(await renew(gina)).toMatchObject({ body: { code: 'incident-not-renewable' } });
    clock.offsetMs = 21 * DAY_MS;
    expect(await renew(gina)).toMatchObject({ status: 409, body: { code: 'incident-closed' } });
    const shown = (await list(gina)).body.items.find((one) => one.incidentId === body.incidentId);
    expect(shown).toMatchObject({ isOpen: false, outcome: 'lapsed' });
    clock.offsetMs = 0;
  });

  it('is released by a governor with a reason, once', async () => {
    const [gina, gerd] = [await governor('gina'), await governor('gerd')];
    const { body } = await post('/v1/incidents', hold(), gina);
    const path = `/v1/incidents/${body.incidentId}/release`;
    const olga = await token({ sub: 'olga', roles: ['operator'] });
    expect(await post(path, { reason: 'x' }, olga)).toMatchObject({ status: 403 });
    expect(await post(path, {}, gerd)).toMatchObject({ status: 400 });
    expect(await post(path, { reason: '' }, gerd)).toMatchObject({ status: 400 });
    const key = newKey();
    const done = await post(path, { reason: 'mended' }, gerd, key);
    expect(done).toMatchObject({ status: 200, body: { isOpen: false, outcome: 'released' } });
    expect(await post(path, { reason: 'mended' }, gerd, key)).toMatchObject(done);
    const again = await post(path, { reason: 'mended' }, gina);
    expect(again).toMatchObject({ status: 409, body: { code: 'incident-closed' } });
    const unknown = await post('/v1/incidents/none/release', { reason: 'x' }, gina);
    expect(unknown).toMatchObject({ status: 404, body: { code: 'incident-unknown' } });
  });
});

describe('the incident of the breaker', () => {
  it('takes two governors of two organisations', async () => {
    await createBreaker(opened.store).tripped({ incidentHoldMs: DAY_MS }, NOW_MS);
    const gina = await governor('gina');
    const open = (await list(gina)).body.items.find(({ kind }) => kind === 'breaker');
    const path = `/v1/incidents/${open?.incidentId}/release`;
    const first = await post(path, { reason: 'it is right' }, gina);
    expect(first).toMatchObject({ status: 200, body: { isOpen: true, outcome: null } });
    const same = await post(path, { reason: 'again' }, gina);
    expect(same).toMatchObject({ status: 409, body: { code: 'already-approved' } });
    const gustav = await governor('gustav', { org: 'org-of-gina' });
    const colleague = await post(path, { reason: 'yes' }, gustav);
    expect(colleague).toMatchObject({ status: 409, body: { code: 'same-organisation' } });
    const renew = await post(`/v1/incidents/${open?.incidentId}/renew`, { reason: 'x' }, gina);
    expect(renew).toMatchObject({ status: 409, body: { code: 'incident-not-renewable' } });
    const second = await post(path, { reason: 'it is right' }, await governor('gerd'));
    expect(second).toMatchObject({ status: 200, body: { isOpen: false, outcome: 'released' } });
    const { released } = await createBreaker(opened.store).look(NOW_MS, DAY_MS);
    expect(released).toEqual({ incidentId: open?.incidentId, atMs: NOW_MS });
  });
});

describe('the list', () => {
  it('shows open ones first, page by page', async () => {
    const gina = await governor('gina');
    const whole = (await list(gina)).body.items;
    const states = whole.map(({ isOpen }) => isOpen);
    expect(states).toEqual([...states].sort((a, b) => Number(b) - Number(a)));
    const paged: Shown[] = [];
    let cursor: string | undefined;
    do {
      const page = await list(gina, { limit: '2', ...(cursor !== undefined && { cursor }) });
      expect(page.body.items.length).toBeLessThanOrEqual(2);
      paged.push(...page.body.items);
      cursor = page.body.nextCursor ?? undefined;
    } while (cursor !== undefined);
    expect(paged).toEqual(whole);
    const owner = await token({ sub: 'paul', roles: ['participant'], participant_id: 'p' });
    expect((await list(owner)).status).toBe(403);
  });
});

function defaultPolicy() {
  const file = new URL('../../policies/default.json', import.meta.url);
  return parsePolicy(JSON.parse(readFileSync(file, 'utf8')), (text) =>
    createHash('sha256').update(text).digest('hex'),
  );
}
