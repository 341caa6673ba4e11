import { afterAll, beforeAll, expect, test } from 'vitest';
import { aSanction } from '../../../adapters/dynamodb/test-fixtures.ts';
import { listStandings, readStanding } from '../../../contracts/http/participants.ts';
import type { Sanction } from '../../../domain/sanction.ts';
import { NOW_MS, send, sendForProblem } from '../../shared/test-http.ts';
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
    rewardMultiplierBps: 10_000,
    rewardMultiplierUntil: null,
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

test('a distributor is told what to pay, until when, and by a tag that changes when the cut ends (rule C3)', async () => {
  await fixture.register('hp-0');
  const path = '/v1/participants/hp-0/standing';
  const ask = (headers = {}) => send(fixture.api, fixture.get(path, scheduler, headers));
  const rewardCutUntilMs = NOW_MS + 60_000;
  await sanction('hp-0', 'c-6', { access: 'probation', rewardCutBps: 2_500, rewardCutUntilMs });
  const cut = await ask();
  expect(cut.body).toMatchObject({
    standing: 'probation',
    rewardMultiplierBps: 7_500,
    rewardMultiplierUntil: new Date(rewardCutUntilMs).toISOString(),
  });
  const etag = cut.headers['etag'];
  fixture.clock.offsetMs = 59_999;
  expect((await ask({ 'If-None-Match': etag })).status).toBe(304);
  fixture.clock.offsetMs = 60_000;
  expect(await ask({ 'If-None-Match': etag })).toMatchObject({
    status: 200,
    body: { rewardMultiplierBps: 10_000, rewardMultiplierUntil: null },
  });
  fixture.clock.offsetMs = 0;
  await sanction('hp-0', 'c-6', { access: 'suspended', rewardCutBps: 2_500, rewardCutUntilMs });
  expect((await ask()).body).toMatchObject({ rewardMultiplierBps: 0, rewardMultiplierUntil: null });
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
      expect.objectContaining({ participantId: 'kin-1', standing: 'suspended' }),
      expect.objectContaining({ participantId: 'kin-2', standing: 'suspended' }),
    ]),
  });
});

test('schedulers poll all standings by page and tag', async () => {
  const nothing = { rewardMultiplierBps: 0, rewardMultiplierUntil: null };
  const everything = { ...nothing, rewardMultiplierBps: 10_000 };
  const all = await standings();
  expect(listStandings.reply.parse(all.body)).toEqual({
    items: [
      { participantId: 'hp-0', standing: 'suspended', priority: 'normal', ...nothing },
      { participantId: 'hp-1', standing: 'suspended', priority: 'normal', ...nothing },
      { participantId: 'hp-2', standing: 'suspended', priority: 'normal', ...nothing },
      { participantId: 'hp-3', standing: 'active', priority: 'normal', ...everything },
      { participantId: 'kin-1', standing: 'suspended', priority: 'normal', ...nothing },
      { participantId: 'kin-2', standing: 'suspended', priority: 'normal', ...nothing },
    ],
    nextCursor: null,
  });
  const etag = all.headers['etag'];
  expect((await standings({ 'If-None-Match': etag })).status).toBe(304);
  await sanction('hp-3', 'c-5', { access: 'probation' });
  const changed = await standings({ 'If-None-Match': etag });
  expect(changed).toMatchObject({
    status: 200,
    body: { items: [{}, {}, {}, { standing: 'probation' }, {}, {}] },
  });
  const first = await send(fixture.api, {
    ...fixture.get('/v1/standings', scheduler),
    query: { limit: '3' },
  });
  const cursor = listStandings.reply.parse(first.body).nextCursor ?? '';
  const rest = await send(fixture.api, {
    ...fixture.get('/v1/standings', scheduler),
    query: { limit: '3', cursor },
  });
  expect(rest.body).toMatchObject({
    items: [{ participantId: 'hp-3' }, { participantId: 'kin-1' }, { participantId: 'kin-2' }],
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
