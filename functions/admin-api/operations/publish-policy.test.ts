import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { queryPrefix } from '../../../adapters/dynamodb/items.ts';
import { keysOf } from '../../../adapters/dynamodb/keys.ts';
import { listPolicies, readPolicy } from '../../../contracts/http/policies.ts';
import { canonicalJson } from '../../../domain/canonical-json.ts';
import { NOW_MS, newKey, send, type TestClaims } from '../../shared/test-http.ts';
import {
  type AdminFixture,
  ALICE,
  BOB,
  DAY_MS,
  instantIn,
  openAdminApi,
  policyFile,
  ROOT,
  sha256Hex,
} from '../test-admin.ts';

/** The default policy's notice. */
const NOTICE_MS = 7 * DAY_MS;
const START_MS = 8 * DAY_MS;

let fixture: AdminFixture;
beforeEach(async () => {
  fixture = await openAdminApi();
});
afterEach(() => fixture.close());

/** States by version. */
async function states(): Promise<Record<string, string>> {
  const items = await fixture.list();
  return Object.fromEntries(items.map(({ version, state }) => [version, state]));
}

/** All that a refused act must leave as it is. */
const everything = async () => ({
  list: await fixture.list(),
  law: (await fixture.directory.policyAt(NOW_MS + 365 * DAY_MS)).version,
});

test('one person proposes, another approves, and from its start it is the law of every process', async () => {
  const lower = { dismissedSilence: '9d' };
  const proposed = await fixture.propose('law-2', START_MS, lower, ROOT);
  expect(proposed).toMatchObject({
    state: 'proposed',
    effectiveFrom: instantIn(START_MS),
    proposers: ['root'],
    approvedBy: null,
    hash: sha256Hex(canonicalJson(policyFile('law-2', lower))),
  });
  // What is only proposed is nobody's law, however long it lies there.
  expect((await fixture.directory.policyAt(NOW_MS + START_MS)).version).toBe('default-1');
  const approved = await fixture.approve('law-2', proposed.draftHash, ALICE);
  expect(approved).toMatchObject({
    status: 200,
    body: { state: 'scheduled', approvedBy: 'alice', publishedBy: ['root', 'alice'] },
  });
  fixture.clock.offsetMs = 60_000;
  const before = await fixture.directory.policyAt(NOW_MS + START_MS - 1);
  const after = await fixture.directory.policyAt(NOW_MS + START_MS);
  expect([before.version, after.version]).toEqual(['default-1', 'law-2']);
  // Both persons are in the conflict set of every case under it (rule E1).
  expect(after).toMatchObject({
    publishedBy: ['root', 'alice'],
    dismissedSilenceMs: 9 * DAY_MS,
    hash: proposed.hash,
  });
  expect(await states()).toEqual({ 'default-1': 'in-force', 'law-2': 'scheduled' });
  fixture.clock.offsetMs = START_MS;
  expect(await states()).toEqual({ 'default-1': 'superseded', 'law-2': 'in-force' });
});

test('anybody can read the law and recompute its hash', async () => {
  const { hash, draftHash } = await fixture.propose('law-2', START_MS);
  await fixture.approve('law-2', draftHash);
  const paul = { sub: 'paul', roles: ['participant'], participant_id: 'hp-1' };
  const list = await fixture.get('/v1/policies', paul);
  const { items } = listPolicies.reply.parse(list.body);
  expect(items.map(({ version }) => version)).toEqual(['default-1', 'law-2']);
  for (const { version } of items) {
    const { body, status } = await fixture.get(`/v1/policies/${version}`, paul);
    expect(status).toBe(200);
    const shown = readPolicy.reply.parse(body);
    expect(sha256Hex(canonicalJson(shown.policy))).toBe(shown.hash);
    expect(shown.bounds.map(({ violationType }) => violationType)).toContain('downtime');
    expect(Math.max(...shown.bounds.map(({ boundMs }) => boundMs))).toBe(shown.boundMs);
  }
  expect(items[1]?.hash).toBe(hash);
  expect((await fixture.get('/v1/policies/none')).status).toBe(404);
});

test('a request that is sent again is answered alike and does nothing twice', async () => {
  const json = { policy: policyFile('law-2'), effectiveFrom: instantIn(START_MS) };
  const request = {
    method: 'POST',
    path: '/v1/policies',
    json,
    token: await fixture.token(ALICE),
    key: newKey(),
  };
  const first = await send(fixture.api, request);
  expect(first.status).toBe(201);
  expect(await send(fixture.api, request)).toMatchObject({ status: 201, body: first.body });
  const again = await send(fixture.api, { ...request, key: newKey() });
  expect(again).toMatchObject({ status: 200, body: first.body });
  const { draftHash } = first.body as { draftHash: string };
  const once = await fixture.approve('law-2', draftHash);
  const twice = await fixture.approve('law-2', draftHash);
  expect(twice).toEqual({ ...once, headers: twice.headers });
});

test('each act is in the history of the network, with its person', async () => {
  const { draftHash } = await fixture.propose('law-2', START_MS);
  await fixture.approve('law-2', draftHash);
  await fixture.post('/v1/policies/law-2/withdraw', { reason: 'too early' }, BOB);
  const pk = keysOf(fixture.store.networkId).auditEntry(
    { caseId: null, participantId: null, entryId: '' },
    0,
  ).pk;
  const items = await queryPrefix(fixture.store, 'audit', pk, '');
  const entries = items.map((item) => item['body'] as { kind: string; actor: string });
  expect(entries.map(({ kind, actor }) => `${kind} ${actor}`).toSorted()).toEqual([
    'policy-approved bob',
    'policy-proposed alice',
    'policy-withdrawn bob',
  ]);
});

describe('is refused, and nothing is changed:', () => {
  test.each<[string, object, string[]]>([
    [
      'one fault',
      { reopen: '1m' },
      ['reopen of 1m is shorter than holdDown of 15m (rules A4, A10)'],
    ],
    [
      'several, of shape and law',
      { reopen: 'soon', breaker: undefined, minimumStakeUnits: '9999' },
      [
        'reopen: A duration is a whole number and one unit of ms, s, m, h or d, such as 24h.',
        'breaker: Invalid input: expected object, received undefined',
        'families.performance would charge the minimum stake less than one unit (rule D3)',
      ],
    ],
    [
      'another asset and a lost violation',
      { asset: 'OTHER', violationTypes: withoutDowntime() },
      [
        'asset is OTHER, but every ledger of this network is kept in SWM',
        'violationTypes.downtime is in force and missing here: its alerts would find no law; let it run in shadow instead',
      ],
    ],
  ])('a policy with faults, each of them listed: %s', async (_name, change, faults) => {
    const before = await everything();
    const policy = policyFile('law-2', change);
    const json = { policy, effectiveFrom: instantIn(START_MS) };
    const problem = await fixture.refused('/v1/policies', json, ALICE);
    expect(problem).toMatchObject({ status: 400, code: 'policy-invalid', faults });
    const linted = await fixture.post('/v1/policies/lint', { policy }, ALICE);
    expect(linted).toMatchObject({ status: 200, body: { isSound: false, faults } });
    expect(await everything()).toEqual(before);
  });

  test.each([
    ['in the past', -1, 422, 'policy-start-past'],
    ['now', 0, 422, 'policy-start-past'],
    ['sooner than the notice', NOTICE_MS - 1, 422, 'policy-notice-short'],
  ])('a law that begins %s', async (_name, inMs, status, code) => {
    const before = await everything();
    const json = { policy: policyFile('law-2'), effectiveFrom: instantIn(inMs) };
    const problem = await fixture.refused('/v1/policies', json, ALICE);
    expect(problem).toMatchObject({ status, code });
    expect(await everything()).toEqual(before);
  });

  test('a law that begins before, or with, one that is scheduled', async () => {
    const { draftHash } = await fixture.propose('law-2', START_MS);
    await fixture.approve('law-2', draftHash);
    for (const inMs of [START_MS, START_MS - 1]) {
      const json = { policy: policyFile('law-3'), effectiveFrom: instantIn(inMs) };
      expect(await fixture.refused('/v1/policies', json, ALICE)).toMatchObject({
        status: 409,
        code: 'policy-out-of-order',
      });
    }
    expect(await fixture.propose('law-3', START_MS + 1)).toMatchObject({ state: 'proposed' });
  });

  test('another content under the name of a version, whether it is law or proposed', async () => {
    await fixture.propose('law-2', START_MS);
    for (const version of ['default-1', 'law-2']) {
      const policy = policyFile(version, { dismissedSilence: '3d' });
      const json = { policy, effectiveFrom: instantIn(START_MS + DAY_MS) };
      expect(await fixture.refused('/v1/policies', json, BOB)).toMatchObject({
        status: 409,
        code: 'policy-version-taken',
      });
    }
  });

  test.each<[string, TestClaims, number, string]>([
    ['who proposed it', ALICE, 409, 'second-person-needed'],
    [
      'who proposed it, under another account',
      { sub: 'alice-2', person: 'alice', roles: ['governor'] },
      409,
      'second-person-needed',
    ],
    ['an administrator', ROOT, 403, 'role-missing'],
    ['a reviewer', { sub: 'rita', roles: ['reviewer'] }, 403, 'role-missing'],
    [
      'a governor of a participant’s group',
      { ...BOB, control_group: 'group-hp-1' },
      409,
      'person-affiliated',
    ],
    [
      'a governor who is a participant',
      { sub: 'bob', roles: ['governor', 'participant'], participant_id: 'hp-1' },
      409,
      'person-affiliated',
    ],
  ])('the approval of %s', async (_name, claims, status, code) => {
    const { draftHash } = await fixture.propose('law-2', START_MS);
    const before = await everything();
    const path = '/v1/policies/law-2/approve';
    const problem = await fixture.refused(path, { draftHash, reason: 'yes' }, claims);
    expect(problem).toMatchObject({ status, code });
    expect(await everything()).toEqual(before);
  });

  test('the approval of a draft that has changed since it was read, and of what was never read', async () => {
    const first = await fixture.propose('law-2', START_MS);
    const moved = await fixture.propose('law-2', START_MS + DAY_MS, {}, ROOT);
    expect(moved).toMatchObject({ hash: first.hash, proposers: ['alice', 'root'] });
    expect(moved.draftHash).not.toBe(first.draftHash);
    const before = await everything();
    for (const draftHash of [first.draftHash, 'f'.repeat(64), first.hash]) {
      const path = '/v1/policies/law-2/approve';
      const problem = await fixture.refused(path, { draftHash, reason: 'yes' }, BOB);
      expect(problem).toMatchObject({ status: 409, code: 'draft-changed' });
    }
    expect(await everything()).toEqual(before);
    // Whoever moved the start has proposed it too.
    const own = { draftHash: moved.draftHash, reason: 'yes' };
    const asGovernor = { ...ROOT, roles: ['governor'] };
    expect(await fixture.refused('/v1/policies/law-2/approve', own, asGovernor)).toMatchObject({
      code: 'second-person-needed',
    });
    expect((await fixture.approve('law-2', moved.draftHash)).status).toBe(200);
  });

  test('an approval that comes too late for the notice, or behind another version', async () => {
    const late = await fixture.propose('law-2', START_MS);
    fixture.clock.offsetMs = START_MS - NOTICE_MS + 1;
    const path = '/v1/policies/law-2/approve';
    const yes = { draftHash: late.draftHash, reason: 'yes' };
    expect(await fixture.refused(path, yes, BOB)).toMatchObject({ code: 'policy-notice-short' });
    fixture.clock.offsetMs = START_MS;
    expect(await fixture.refused(path, yes, BOB)).toMatchObject({ code: 'policy-start-past' });
    fixture.clock.offsetMs = 0;
    const other = await fixture.propose('law-3', START_MS + DAY_MS);
    expect((await fixture.approve('law-3', other.draftHash)).status).toBe(200);
    expect(await fixture.refused(path, yes, BOB)).toMatchObject({ code: 'policy-out-of-order' });
    expect(await states()).toMatchObject({ 'law-2': 'proposed', 'law-3': 'scheduled' });
  });

  test.each([
    ['a viewer', { sub: 'vera', roles: ['viewer'] }],
    ['an operator', { sub: 'olga', roles: ['operator'] }],
    ['a participant', { sub: 'paul', roles: ['participant'], participant_id: 'hp-1' }],
    ['a treasurer', { sub: 'tess', roles: ['treasurer'] }],
  ])('a proposal of %s', async (_name, claims) => {
    const json = { policy: policyFile('law-2'), effectiveFrom: instantIn(START_MS) };
    expect(await fixture.refused('/v1/policies', json, claims)).toMatchObject({
      status: 403,
      code: 'role-missing',
    });
    expect(await states()).toEqual({ 'default-1': 'in-force' });
  });

  test.each<[string, object, string]>([
    ['a policy that is no object', { policy: 7, effectiveFrom: instantIn(START_MS) }, '/policy'],
    ['no start', { policy: policyFile('law-2') }, '/effectiveFrom'],
    [
      'a day as start',
      { policy: policyFile('law-2'), effectiveFrom: '2027-01-01' },
      '/effectiveFrom',
    ],
    [
      'a field too many',
      { policy: policyFile('law-2'), effectiveFrom: instantIn(START_MS), force: true },
      '/force',
    ],
  ])('%s', async (_name, json, pointer) => {
    const problem = await fixture.refused('/v1/policies', json, ALICE);
    expect(problem).toMatchObject({ status: 400, code: 'invalid-request', errors: [{ pointer }] });
  });
});

function withoutDowntime(): object {
  const { downtime: _, ...rest } = policyFile('x')['violationTypes'] as Record<string, unknown>;
  return rest;
}

test('two approvals at the same moment never schedule laws out of order', async () => {
  const early = await fixture.propose('law-2', START_MS);
  const late = await fixture.propose('law-3', START_MS + DAY_MS);
  const answers = await Promise.all([
    fixture.approve('law-2', early.draftHash),
    fixture.approve('law-3', late.draftHash),
  ]);
  const scheduled = (await fixture.list()).filter(({ state }) => state === 'scheduled');
  // Whichever came first: the later law stands, and the earlier one only if it was approved before it.
  expect(scheduled.map(({ version }) => version)).toContain('law-3');
  expect(answers.map(({ status }) => status)).toEqual(
    scheduled.length === 2 ? [200, 200] : [409, 200],
  );
});

describe('withdrawal', () => {
  const path = '/v1/policies/law-2/withdraw';
  const why = { reason: 'not yet' };

  test('of a proposal and of a scheduled law: the law in force stays', async () => {
    await fixture.propose('law-2', START_MS);
    expect(await fixture.post(path, why, ROOT)).toMatchObject({
      status: 200,
      body: { state: 'withdrawn', withdrawnBy: 'root' },
    });
    const other = await fixture.propose('law-3', START_MS);
    await fixture.approve('law-3', other.draftHash);
    const scheduled = '/v1/policies/law-3/withdraw';
    expect(await fixture.refused(scheduled, why, ROOT)).toMatchObject({
      status: 403,
      code: 'governor-needed',
    });
    expect((await fixture.post(scheduled, why, ALICE)).status).toBe(200);
    expect((await fixture.directory.policyAt(NOW_MS + START_MS)).version).toBe('default-1');
    // An earlier start is free again; the name is not.
    expect(await fixture.propose('law-4', NOTICE_MS)).toMatchObject({ state: 'proposed' });
    const again = { policy: policyFile('law-3'), effectiveFrom: instantIn(START_MS) };
    expect(await fixture.refused('/v1/policies', again, ALICE)).toMatchObject({
      status: 409,
      code: 'policy-not-proposed',
    });
  });

  test('comes too late once it is law, or before everybody could know', async () => {
    const { draftHash } = await fixture.propose('law-2', START_MS);
    await fixture.approve('law-2', draftHash);
    for (const offsetMs of [START_MS - 60_000, START_MS]) {
      fixture.clock.offsetMs = offsetMs;
      expect(await fixture.refused(path, why, ALICE)).toMatchObject({
        status: 409,
        code: 'policy-in-force',
      });
    }
    const first = '/v1/policies/default-1/withdraw';
    expect(await fixture.refused(first, why, ALICE)).toMatchObject({ code: 'policy-in-force' });
    expect(await fixture.refused('/v1/policies/none/withdraw', why, ALICE)).toMatchObject({
      status: 404,
    });
  });
});

test('linting stores nothing, and says the bounds and the servers that must be known', async () => {
  const policy = policyFile('law-2');
  const types = policy['violationTypes'] as Record<string, { checks: object[] }>;
  const promql = { kind: 'promql', group: 'b', server: 'prom-b', query: 'up', timeout: '5s' };
  types['downtime']?.checks.push(promql);
  const { body } = await fixture.post(
    '/v1/policies/lint',
    { policy },
    { sub: 'vera', roles: ['viewer'] },
  );
  expect(body).toMatchObject({
    isSound: true,
    faults: [],
    hash: sha256Hex(canonicalJson(policy)),
    promqlServers: ['prom-b'],
  });
  const { bounds } = body as { bounds: { boundMs: number; steps: { ms: number }[] }[] };
  expect(bounds).toHaveLength(6);
  for (const { boundMs, steps } of bounds)
    expect(steps.reduce((sum, { ms }) => sum + ms, 0)).toBe(boundMs);
  expect(await states()).toEqual({ 'default-1': 'in-force' });
});
