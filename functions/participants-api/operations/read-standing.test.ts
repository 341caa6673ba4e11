import { afterAll, beforeAll, expect, test } from 'vitest';
import { aSanction } from '../../../adapters/dynamodb/test-fixtures.ts';
import { listStandings, readStanding } from '../../../contracts/http/participants.ts';
import type { Sanction } from '../../../domain/sanction.ts';
import { send, sendForProblem } from '../../shared/test-http.ts';
import { openParticipantsApi, type ParticipantsFixture } from '../test-participants.ts';

let fixture: ParticipantsFixture;
let scheduler: string;
beforeAll(async () => {
  fixture = await openParticipantsApi();
  scheduler = await fixture.token({ sub: 'k8s', roles: ['scheduler'] });
  for (const participantId of ['hp-1', 'hp-2', 'hp-3']) await fixture.register(participantId);
});
afterAll(() => fixture.close());

/** Imposes, replaces or lifts the sanction of a case, as a step of the case would. */
async function sanction(participantId: string, caseId: string, changes: Partial<Sanction>) {
  const snapshot = await fixture.participants.snapshot(participantId);
  if (snapshot === null) throw new Error('no ledger');
  await fixture.commit({
    ledger: {
      participantId,
      expectedVersion: snapshot.version,
      balances: snapshot.balances,
      transfers: [],
      entry: null,
      sanction: { ...aSanction(caseId, participantId), ...changes },
    },
  });
}

const standing = (headers = {}) =>
  send(fixture.api, fixture.get('/v1/participants/hp-1/standing', scheduler, headers));
const standings = (headers = {}) =>
  send(fixture.api, fixture.get('/v1/standings', scheduler, headers));

test('standing is the gravest of the sanctions, and its tag changes with them alone', async () => {
  const free = await standing();
  expect(readStanding.reply.parse(free.body)).toEqual({
    participantId: 'hp-1',
    standing: 'active',
    priority: 'normal',
    sanctions: [],
  });
  await sanction('hp-1', 'c-2', { access: 'suspended' });
  await sanction('hp-1', 'c-1', { access: 'probation', probationUntilMs: 1_000 });
  const suspended = await standing();
  expect(readStanding.reply.parse(suspended.body)).toMatchObject({
    standing: 'suspended',
    sanctions: [
      { caseId: 'c-1', access: 'probation', probationUntil: '1970-01-01T00:00:01.000Z' },
      { caseId: 'c-2', access: 'suspended', since: '2026-11-01T00:00:00.000Z' },
    ],
  });
  const [before, now] = [free.headers['etag'], suspended.headers['etag']];
  expect(now).not.toBe(before);
  expect((await standing({ 'If-None-Match': before })).status).toBe(200);
  expect(await standing({ 'If-None-Match': now })).toMatchObject({ status: 304, body: undefined });
  fixture.clock.offsetMs = 30_000;
  expect((await standing({ 'If-None-Match': now })).status).toBe(304);
  fixture.clock.offsetMs = 0;
});

test('lifting one sanction leaves the maximum of the rest (rule C1)', async () => {
  await sanction('hp-2', 'c-3', { access: 'excluded' });
  await sanction('hp-2', 'c-4', { access: 'suspended' });
  await sanction('hp-2', 'c-3', { access: 'active' });
  const path = '/v1/participants/hp-2/standing';
  const answer = await send(fixture.api, fixture.get(path, scheduler));
  expect(answer.body).toMatchObject({ standing: 'suspended' });
});

test('the standing of one id is that of its whole control group (rule C8)', async () => {
  await fixture.register('kin-1', { controlGroup: 'kin' });
  await fixture.register('kin-2', { controlGroup: 'kin' });
  await sanction('kin-1', 'c-kin', { access: 'suspended' });
  const path = '/v1/participants/kin-2/standing';
  expect((await send(fixture.api, fixture.get(path, scheduler))).body).toMatchObject({
    standing: 'suspended',
    sanctions: [{ caseId: 'c-kin', participantId: 'kin-1' }],
  });
  expect((await standings()).body).toMatchObject({
    items: expect.arrayContaining([
      { participantId: 'kin-1', standing: 'suspended', priority: 'normal' },
      { participantId: 'kin-2', standing: 'suspended', priority: 'normal' },
    ]),
  });
});

test('schedulers poll all standings by page and tag', async () => {
  const all = await standings();
  expect(listStandings.reply.parse(all.body)).toEqual({
    items: [
      { participantId: 'hp-1', standing: 'suspended', priority: 'normal' },
      { participantId: 'hp-2', standing: 'suspended', priority: 'normal' },
      { participantId: 'hp-3', standing: 'active', priority: 'normal' },
      { participantId: 'kin-1', standing: 'suspended', priority: 'normal' },
      { participantId: 'kin-2', standing: 'suspended', priority: 'normal' },
    ],
    nextCursor: null,
  });
  const etag = all.headers['etag'];
  expect((await standings({ 'If-None-Match': etag })).status).toBe(304);
  await sanction('hp-3', 'c-5', { access: 'probation' });
  const changed = await standings({ 'If-None-Match': etag });
  expect(changed).toMatchObject({
    status: 200,
    body: { items: [{}, {}, { standing: 'probation' }, {}, {}] },
  });
  const first = await send(fixture.api, {
    ...fixture.get('/v1/standings', scheduler),
    query: { limit: '2' },
  });
  const cursor = listStandings.reply.parse(first.body).nextCursor ?? '';
  const rest = await send(fixture.api, {
    ...fixture.get('/v1/standings', scheduler),
    query: { limit: '2', cursor },
  });
  expect(rest.body).toMatchObject({
    items: [{ participantId: 'hp-3' }, { participantId: 'kin-1' }],
  });
});

test('a scheduler sees standings and nothing else; a participant only its own', async () => {
  for (const path of ['hp-1', 'hp-1/ledger', 'hp-1/notices']) {
    const request = fixture.get(`/v1/participants/${path}`, scheduler);
    expect(await sendForProblem(fixture.api, request)).toMatchObject({ status: 403 });
  }
  const owner = await fixture.token({ roles: ['participant'], participant_id: 'hp-1' });
  expect(
    (await send(fixture.api, fixture.get('/v1/participants/hp-1/standing', owner))).status,
  ).toBe(200);
  expect(await sendForProblem(fixture.api, fixture.get('/v1/standings', owner))).toMatchObject({
    status: 403,
  });
  const nobody = fixture.get('/v1/participants/nobody/standing', scheduler);
  expect(await sendForProblem(fixture.api, nobody)).toMatchObject({ status: 404 });
});
