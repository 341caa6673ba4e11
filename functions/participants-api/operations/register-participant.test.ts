import { afterAll, beforeAll, expect, test } from 'vitest';
import { aRecord, aSanction } from '../../../adapters/dynamodb/test-fixtures.ts';
import {
  listParticipants,
  recordChecks,
  registerParticipant,
} from '../../../contracts/http/participants.ts';
import { NOW_MS, newKey, send, sendForProblem } from '../../shared/test-http.ts';
import {
  ASSET,
  openParticipantsApi,
  type ParticipantsFixture,
  registration,
} from '../test-participants.ts';

let fixture: ParticipantsFixture;
let admin: string;
let viewer: string;
beforeAll(async () => {
  fixture = await openParticipantsApi();
  admin = await fixture.token({ sub: 'root', person: 'Rosa', roles: ['admin'] });
  viewer = await fixture.token({ roles: ['viewer'] });
});
afterAll(() => fixture.close());

const PATH = '/v1/participants';

async function idsOfAll(): Promise<string[]> {
  const answer = await send(fixture.api, fixture.get(PATH, viewer));
  return listParticipants.reply.parse(answer.body).items.map((item) => item.participantId);
}

test('a registration opens an empty ledger in the asset of the law in force', async () => {
  const answer = await send(fixture.api, fixture.post(PATH, registration('hp-1'), admin));
  expect(answer.status).toBe(201);
  const shown = {
    participantId: 'hp-1',
    kind: 'hardware-provider',
    displayName: 'Provider hp-1',
    controlGroup: 'group-hp-1',
    registeredAt: '2026-11-22T12:00:00.000Z',
    checksPassed: 0,
    resources: [{ resourceId: 'hp-1-n1', capacity: 4 }],
    endpoint: { url: 'https://hooks.example.test/notices' },
    pendingResources: [],
  };
  expect(registerParticipant.reply.parse(answer.body)).toEqual(shown);
  expect((await send(fixture.api, fixture.get(`${PATH}/hp-1`, viewer))).body).toEqual(shown);
  expect(await fixture.participants.snapshot('hp-1')).toMatchObject({ asset: ASSET, version: 0 });
});

test('nobody gets around a suspension or an exclusion under another id (rule C8)', async () => {
  await fixture.register('hp-bad', { controlGroup: 'bad-hands' });
  const ledger = await fixture.participants.snapshot('hp-bad');
  if (ledger === null) throw new Error('no ledger');
  for (const [access, version] of [
    ['suspended', 0],
    ['excluded', 1],
  ] as const) {
    await fixture.commit({
      ledger: {
        participantId: 'hp-bad',
        expectedVersion: version,
        balances: ledger.balances,
        transfers: [],
        entry: null,
        sanction: { ...aSanction('c-bad', 'hp-bad'), access },
      },
    });
    const again = registration('hp-good', { controlGroup: 'bad-hands' });
    expect(await sendForProblem(fixture.api, fixture.post(PATH, again, admin))).toMatchObject({
      status: 409,
      code: `control-group-${access}`,
    });
  }
  expect(await idsOfAll()).not.toContain('hp-good');
  const elsewhere = registration('hp-good', { controlGroup: 'good-hands' });
  expect((await send(fixture.api, fixture.post(PATH, elsewhere, admin))).status).toBe(201);
});

test('passed checks are counted once per reference, and shown (rule C7)', async () => {
  await fixture.register('hp-new');
  const operator = await fixture.token({ sub: 'prober', roles: ['operator'] });
  const path = `${PATH}/hp-new/checks`;
  const report = { passed: 40, externalRef: 'probe-run-1' };
  const first = await send(fixture.api, fixture.post(path, report, operator));
  expect(first).toMatchObject({ status: 201, body: { status: 'recorded', checksPassed: 40 } });
  expect(recordChecks.reply.parse(first.body)).toEqual(first.body);
  const again = await send(fixture.api, fixture.post(path, report, operator));
  expect(again).toMatchObject({ status: 200, body: { status: 'repeat', checksPassed: 40 } });
  const other = fixture.post(path, { ...report, passed: 41 }, operator);
  expect(await sendForProblem(fixture.api, other)).toMatchObject({
    status: 409,
    code: 'external-ref-reused',
  });
  const nobody = fixture.post(`${PATH}/nobody/checks`, report, operator);
  expect(await sendForProblem(fixture.api, nobody)).toMatchObject({ status: 404 });
  const none = fixture.post(path, { ...report, passed: 0 }, operator);
  expect(await sendForProblem(fixture.api, none)).toMatchObject({ status: 400 });
  const shown = await send(fixture.api, fixture.get(`${PATH}/hp-new`, viewer));
  expect(shown.body).toMatchObject({ checksPassed: 40 });
});

test('a retry is answered alike; the same registration under another key is found', async () => {
  const request = fixture.post(PATH, registration('hp-2'), admin);
  const first = await send(fixture.api, request);
  fixture.clock.offsetMs = 30_000;
  const retry = await send(fixture.api, request);
  expect(retry).toMatchObject({ status: 201, body: first.body });
  const again = await send(fixture.api, { ...request, key: newKey() });
  fixture.clock.offsetMs = 0;
  expect(again).toMatchObject({ status: 200, body: first.body });
});

test('a key with another body, an id with other data and a resource of another are refused', async () => {
  await fixture.register('hp-3');
  const request = fixture.post(PATH, registration('hp-4'), admin);
  expect((await send(fixture.api, request)).status).toBe(201);
  const before = await idsOfAll();
  const reused = { ...request, json: registration('hp-5') };
  expect(await sendForProblem(fixture.api, reused)).toMatchObject({
    status: 422,
    code: 'idempotency-key-reused',
  });
  const other = fixture.post(PATH, registration('hp-3', { displayName: 'Else' }), admin);
  expect(await sendForProblem(fixture.api, other)).toMatchObject({
    status: 409,
    code: 'participant-exists',
  });
  const resources = [{ resourceId: 'hp-3-n1', capacity: 1 }];
  const thief = fixture.post(PATH, registration('hp-6', { resources }), admin);
  expect(await sendForProblem(fixture.api, thief)).toMatchObject({
    status: 409,
    code: 'resource-taken',
  });
  expect(await idsOfAll()).toEqual(before);
});

const node = { resourceId: 'bad-n1', capacity: 1 };

test.each<[string, object, number, string, string]>([
  ['no channel', { endpoint: undefined }, 422, 'channel-missing', '/endpoint'],
  [
    'a file as endpoint',
    { endpoint: { url: 'file:///etc/passwd', secretId: 's' } },
    422,
    'endpoint-url-invalid',
    '/endpoint/url',
  ],
  [
    'a script as endpoint',
    { endpoint: { url: 'javascript:1', secretId: 's' } },
    422,
    'endpoint-url-invalid',
    '/endpoint/url',
  ],
  [
    'half an address',
    { endpoint: { url: '/notices', secretId: 's' } },
    422,
    'endpoint-url-invalid',
    '/endpoint/url',
  ],
  [
    'a password in the address',
    { endpoint: { url: 'https://a:b@x.test', secretId: 's' } },
    422,
    'endpoint-url-invalid',
    '/endpoint/url',
  ],
  [
    'a number as endpoint',
    { endpoint: { url: 7, secretId: 's' } },
    422,
    'endpoint-url-invalid',
    '/endpoint/url',
  ],
  [
    'no secret',
    { endpoint: { url: 'https://x.test' } },
    400,
    'invalid-request',
    '/endpoint/secretId',
  ],
  ['an unknown kind', { kind: 'miner' }, 400, 'invalid-request', '/kind'],
  ['an id with a separator', { participantId: 'a#b' }, 400, 'invalid-request', '/participantId'],
  ['no group', { controlGroup: '' }, 400, 'invalid-request', '/controlGroup'],
  ['a blank name', { displayName: '  ' }, 400, 'invalid-request', '/displayName'],
  [
    'no capacity',
    { resources: [{ ...node, capacity: 0 }] },
    400,
    'invalid-request',
    '/resources/0/capacity',
  ],
  [
    'half a capacity',
    { resources: [{ ...node, capacity: 0.5 }] },
    400,
    'invalid-request',
    '/resources/0/capacity',
  ],
  ['a resource twice', { resources: [node, node] }, 400, 'invalid-request', '/resources'],
  [
    'a probe elsewhere',
    { resources: [{ ...node, probeUrl: 'ftp://x' }] },
    422,
    'endpoint-url-invalid',
    '/resources/0/probeUrl',
  ],
  ['checks of its own', { checksPassed: 100 }, 400, 'invalid-request', '/checksPassed'],
])('%s is refused and registers nobody', async (_name, changes, status, code, pointer) => {
  const before = await idsOfAll();
  const request = fixture.post(PATH, registration('bad', changes), admin);
  const problem = await sendForProblem(fixture.api, request);
  expect(problem).toMatchObject({ status, code });
  expect(problem.errors?.map((item) => item.pointer)).toEqual([pointer]);
  expect(await idsOfAll()).toEqual(before);
});

test('resources are added and updated by an administrator, not by their owner', async () => {
  await fixture.register('hp-7');
  const path = `${PATH}/hp-7/resources`;
  const probeUrl = 'https://n2.example.test/health';
  const more = { resources: [{ resourceId: 'hp-7-n2', capacity: 2, probeUrl }] };
  const added = await send(fixture.api, fixture.post(path, more, admin));
  expect(added).toMatchObject({ status: 200, body: { resources: [{}, more.resources[0]] } });
  const grown = { resources: [{ resourceId: 'hp-7-n1', capacity: 8 }] };
  const put = await send(fixture.api, { method: 'PUT', path, json: grown, token: admin });
  expect(put).toMatchObject({ status: 200, body: { resources: [grown.resources[0], {}] } });
  const owner = await fixture.token({ roles: ['participant'], participant_id: 'hp-7' });
  expect(
    await sendForProblem(fixture.api, { method: 'PUT', path, json: more, token: owner }),
  ).toMatchObject({ status: 403 });
});

test('a smaller share is shown as it is until its notice has passed (rule C8)', async () => {
  await fixture.register('hp-shrinks');
  const path = `${PATH}/hp-shrinks/resources`;
  const smaller = { resources: [{ resourceId: 'hp-shrinks-n1', capacity: 1 }] };
  const put = { method: 'PUT', path, json: smaller, token: admin };
  const effectiveAt = new Date(NOW_MS + 28 * 86_400_000).toISOString();
  expect(await send(fixture.api, put)).toMatchObject({
    status: 200,
    body: {
      resources: [{ resourceId: 'hp-shrinks-n1', capacity: 4 }],
      pendingResources: [{ resourceId: 'hp-shrinks-n1', capacity: 1, effectiveAt }],
    },
  });
});

test('a resource is given up after its notice, and never from under an open case (rule C8)', async () => {
  await fixture.register('hp-gives');
  const release = (resourceId: string) =>
    fixture.post(`${PATH}/hp-gives/resources/${resourceId}/release`, {}, admin);
  expect(await sendForProblem(fixture.api, release('no-node'))).toMatchObject({
    status: 404,
    code: 'resource-not-declared',
  });
  await fixture.commit({ record: aRecord('c-gives', 'hp-gives', { stage: 'correcting' }) });
  expect(await sendForProblem(fixture.api, release('hp-gives-n1'))).toMatchObject({
    status: 409,
    code: 'resource-has-open-case',
  });
  await fixture.commit({ record: aRecord('c-gives', 'hp-gives', { stage: 'ended' }) });
  expect(await send(fixture.api, release('hp-gives-n1'))).toMatchObject({
    status: 200,
    body: {
      resources: [{ resourceId: 'hp-gives-n1' }],
      pendingResources: [{ resourceId: 'hp-gives-n1', capacity: null }],
    },
  });
});

test('a late repeat of added resources does not undo what was changed since', async () => {
  await fixture.register('hp-8');
  const path = `${PATH}/hp-8/resources`;
  const small = fixture.post(path, { resources: [{ resourceId: 'hp-8-n1', capacity: 1 }] }, admin);
  await send(fixture.api, small);
  const big = { resources: [{ resourceId: 'hp-8-n1', capacity: 9 }] };
  await send(fixture.api, { method: 'PUT', path, json: big, token: admin });
  expect((await send(fixture.api, small)).status).toBe(200);
  expect((await fixture.participants.read('hp-8'))?.resources).toEqual(big.resources);
});

test('resources of nobody and of somebody else are refused', async () => {
  await fixture.register('hp-9');
  const stolen = { resources: [{ resourceId: 'hp-1-n1', capacity: 1 }] };
  const put = { method: 'PUT', json: stolen, token: admin };
  expect(
    await sendForProblem(fixture.api, { ...put, path: `${PATH}/hp-9/resources` }),
  ).toMatchObject({ status: 409, code: 'resource-taken' });
  expect(
    await sendForProblem(fixture.api, { ...put, path: `${PATH}/nobody/resources` }),
  ).toMatchObject({ status: 404, code: 'participant-unknown' });
  const none = { ...put, path: `${PATH}/hp-9/resources`, json: { resources: [] } };
  expect(await sendForProblem(fixture.api, none)).toMatchObject({ status: 400 });
});

test('a participant reads itself; for others it does not exist', async () => {
  const owner = await fixture.token({ roles: ['participant'], participant_id: 'hp-1' });
  expect((await send(fixture.api, fixture.get(`${PATH}/hp-1`, owner))).status).toBe(200);
  for (const part of ['', '/standing', '/ledger', '/notices', '/notices/n-1']) {
    const hidden = await sendForProblem(fixture.api, fixture.get(`${PATH}/hp-2${part}`, owner));
    expect(hidden).toMatchObject({ status: 404, code: 'participant-unknown' });
  }
  expect(await sendForProblem(fixture.api, fixture.get(PATH, owner))).toMatchObject({
    status: 403,
  });
});

test('the list is paged', async () => {
  const seen: string[] = [];
  let cursor: string | null = null;
  do {
    const query: Record<string, string> = { limit: '4', ...(cursor !== null && { cursor }) };
    const answer = await send(fixture.api, { ...fixture.get(PATH, viewer), query });
    const page = listParticipants.reply.parse(answer.body);
    seen.push(...page.items.map((item) => item.participantId));
    cursor = page.nextCursor;
  } while (cursor !== null);
  expect(seen).toEqual(await idsOfAll());
  expect(seen.length).toBeGreaterThan(4);
});
