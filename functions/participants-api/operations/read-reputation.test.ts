import { afterAll, beforeAll, expect, test } from 'vitest';
import { anEntry, aSanction } from '../../../adapters/dynamodb/test-fixtures.ts';
import { listReputationReviews, readReputation } from '../../../contracts/http/reputation.ts';
import type { CaseEntry } from '../../../domain/ledger/accounts.ts';
import type { ReputationReview } from '../../../domain/reputation/review.ts';
import type { RungId } from '../../../domain/violation.ts';
import { NOW_MS, send, sendForProblem } from '../../shared/test-http.ts';
import { openParticipantsApi, type ParticipantsFixture } from '../test-participants.ts';

const DAY_MS = 86_400_000;

let fixture: ParticipantsFixture;
let operator: string;
let scheduler: string;
beforeAll(async () => {
  fixture = await openParticipantsApi();
  operator = await fixture.token({ roles: ['operator'] });
  scheduler = await fixture.token({ sub: 'k8s', roles: ['scheduler'] });
  for (const participantId of ['hp-1', 'hp-2']) await fixture.register(participantId);
});
afterAll(() => fixture.close());

/** What a case leaves in the ledger whose rungs were imposed at these instants. */
function climbed(caseId: string, rungs: [RungId, number][], changes: Partial<CaseEntry> = {}) {
  const marks = rungs.map(([rung, imposedAtMs]) => ({
    decisionId: `${caseId}-${rung}`,
    rung,
    imposedAtMs,
  }));
  const reputation = { weights: { P1: 5, P2: 15, S1: 80 }, marks };
  return anEntry(caseId, { servedRung: rungs.at(-1)?.[0] ?? null, reputation, ...changes });
}

/** Writes what the step that imposes a rung writes, review included. */
async function impose(participantId: string, entry: CaseEntry, review?: ReputationReview) {
  const snapshot = await fixture.participants.snapshot(participantId);
  if (snapshot === null) throw new Error('no ledger');
  await fixture.commit({
    ledger: {
      participantId,
      expectedVersion: snapshot.version,
      balances: snapshot.balances,
      transfers: [],
      entry,
      sanction: aSanction(entry.caseId, participantId),
      ...(review && { review }),
    },
  });
}

const get = (path: string, token = operator) => send(fixture.api, fixture.get(path, token));
const reputation = async (id: string) =>
  readReputation.reply.parse((await get(`/v1/participants/${id}/reputation`)).body);
const reviews = async () =>
  listReputationReviews.reply.parse((await get('/v1/reputation-reviews')).body);

test('who has no cases has a reputation of one in every family', async () => {
  const answer = await reputation('hp-2');
  expect(answer).toMatchObject({ participantId: 'hp-2', priority: 'normal' });
  expect(answer.law).toEqual({
    alpha: 1_000,
    beta: 0,
    halfLifeMs: 29 * DAY_MS,
    normalBps: 9_800,
    reviewBps: 9_600,
  });
  for (const family of answer.families)
    expect(family).toMatchObject({
      score: '1.0000',
      scoreFixed: '1000000000000000000',
      band: 'normal',
      reviewOpenedAt: null,
      causes: [],
    });
});

test('a severe case is told with its score, its cause and its review', async () => {
  const imposedAtMs = NOW_MS - DAY_MS;
  const severe = climbed('c-1', [
    ['P1', imposedAtMs - 9 * DAY_MS],
    ['S1', imposedAtMs],
  ]);
  const review = {
    participantId: 'hp-1',
    family: 'performance' as const,
    openedAtMs: imposedAtMs,
    caseId: 'c-1',
    decisionId: 'c-1-S1',
    score: '0.9259',
  };
  await impose('hp-1', severe, review);
  const { families, priority } = await reputation('hp-1');
  expect(priority).toBe('review');
  expect(families[0]).toMatchObject({
    family: 'performance',
    score: '0.9275',
    band: 'review',
    finalScore: '1.0000',
    finalWeightFixed: '0',
    reviewOpenedAt: new Date(imposedAtMs).toISOString(),
    causes: [{ caseId: 'c-1', rung: 'S1', weight: 80, isFinal: false }],
  });
  expect((await reviews()).items).toMatchObject([
    { participantId: 'hp-1', family: 'performance', score: '0.9275', causes: [{ caseId: 'c-1' }] },
  ]);
});

test('schedulers read the priority with the standing, under the same tag until it changes', async () => {
  const standing = (headers = {}) =>
    send(fixture.api, fixture.get('/v1/participants/hp-1/standing', scheduler, headers));
  const now = await standing();
  expect(now.body).toMatchObject({ priority: 'review' });
  fixture.clock.offsetMs = 30_000;
  const etag = now.headers['etag'];
  expect((await standing({ 'If-None-Match': etag })).status).toBe(304);
  fixture.clock.offsetMs = 0;
  await impose('hp-1', climbed('c-1', [['S1', NOW_MS - 40 * DAY_MS]]));
  const later = await standing({ 'If-None-Match': etag });
  expect(later).toMatchObject({ status: 200, body: { priority: 'lower-priority' } });
  const all = await send(fixture.api, fixture.get('/v1/standings', scheduler));
  expect(all.body).toMatchObject({
    items: [
      { participantId: 'hp-1', priority: 'lower-priority' },
      { participantId: 'hp-2', priority: 'normal' },
    ],
  });
});

test('a review ends by itself, by time and by a case that no longer counts', async () => {
  expect((await reviews()).items).toEqual([]);
  await impose('hp-1', climbed('c-1', [['S1', NOW_MS]]));
  expect((await reviews()).items).toHaveLength(1);
  await impose('hp-1', climbed('c-1', [['S1', NOW_MS]], { counts: false }));
  expect((await reviews()).items).toEqual([]);
  expect((await reputation('hp-1')).priority).toBe('normal');
});

test.each(['platform-user', 'network-operator'])('a %s has the same tracks', async (kind) => {
  await fixture.register(kind, { kind });
  await impose(kind, climbed(`of-${kind}`, [['P2', NOW_MS]], { family: 'security' }));
  const { families, priority } = await reputation(kind);
  expect(priority).toBe('normal');
  expect(families.map(({ family, score }) => [family, score])).toEqual([
    ['performance', '1.0000'],
    ['security', '0.9852'],
    ['operational', '1.0000'],
  ]);
});

test('a participant reads its own, a scheduler none, and nobody finds one who is not there', async () => {
  const owner = await fixture.token({ roles: ['participant'], participant_id: 'hp-1' });
  const path = '/v1/participants/hp-1/reputation';
  expect((await get(path, owner)).status).toBe(200);
  const refused = async (where: string, token: string) =>
    (await sendForProblem(fixture.api, fixture.get(where, token))).status;
  expect(await refused('/v1/participants/hp-2/reputation', owner)).toBe(404);
  expect(await refused('/v1/participants/nobody/reputation', operator)).toBe(404);
  expect(await refused(path, scheduler)).toBe(403);
  expect(await refused('/v1/reputation-reviews', owner)).toBe(403);
});
