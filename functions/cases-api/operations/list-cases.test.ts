import { afterAll, beforeAll, expect, test } from 'vitest';
import type * as z from 'zod';
import { listCases } from '../../../contracts/http/cases.ts';
import { send, sendForProblem } from '../../shared/test-http.ts';
import { type CasesFixture, openCasesApi } from '../test-cases.ts';

let fixture: CasesFixture;
let viewer: string;
let owner: string;

beforeAll(async () => {
  fixture = await openCasesApi();
  viewer = await fixture.token({ roles: ['viewer'] });
  owner = await fixture.token({ roles: ['participant'], participant_id: 'hp-1' });
  await fixture.store('c-1', 'hp-1', { openedAtMs: 1_000 });
  await fixture.store('c-2', 'hp-2', { openedAtMs: 2_000, stage: 'correcting', tier: 'penalty' });
  await fixture.store('c-3', 'hp-1', {
    openedAtMs: 3_000,
    stage: 'ended',
    outcome: 'corrected',
    violationType: 'node-compromise',
    family: 'security',
  });
});
afterAll(() => fixture.close());

type Page = z.output<(typeof listCases)['reply']>;

async function list(token: string, query: Record<string, string> = {}): Promise<Page> {
  const answer = await send(fixture.api, { method: 'GET', path: '/v1/cases', query, token });
  expect(answer.status).toBe(200);
  return listCases.reply.parse(answer.body);
}

const ids = async (token: string, query?: Record<string, string>) =>
  (await list(token, query)).items.map((item) => item.caseId);

test('staff sees every case, newest first, with instants on the wire', async () => {
  expect(await ids(viewer)).toEqual(['c-3', 'c-2', 'c-1']);
  const [newest] = (await list(viewer)).items;
  expect(newest).toMatchObject({ openedAt: '1970-01-01T00:00:03.000Z', occurredAt: null });
  expect(newest).not.toHaveProperty('v');
  expect(newest).not.toHaveProperty('openedAtMs');
});

test.each([
  [{ participantId: 'hp-2' }, ['c-2']],
  [{ stage: 'correcting' }, ['c-2']],
  [{ outcome: 'corrected' }, ['c-3']],
  [{ family: 'security' }, ['c-3']],
  [{ tier: 'penalty' }, ['c-2']],
  [{ violationType: 'node-compromise' }, ['c-3']],
  [{ participantId: 'hp-1', violationType: 'downtime' }, ['c-1']],
  [{ participantId: 'hp-9' }, []],
])('the filter %j narrows', async (query, expected) => {
  expect(await ids(viewer, query)).toEqual(expected);
});

test('pages follow one another by an opaque cursor', async () => {
  const seen: string[] = [];
  let cursor: string | null = null;
  do {
    const page: Page = await list(viewer, { limit: '1', ...(cursor !== null && { cursor }) });
    expect(page.items.length).toBeLessThanOrEqual(1);
    seen.push(...page.items.map((item) => item.caseId));
    cursor = page.nextCursor;
  } while (cursor !== null);
  expect(seen).toEqual(['c-3', 'c-2', 'c-1']);
});

test('a participant sees its own cases and never another’s', async () => {
  expect(await ids(owner)).toEqual(['c-3', 'c-1']);
  expect(await ids(owner, { participantId: 'hp-1' })).toEqual(['c-3', 'c-1']);
  expect(await ids(owner, { participantId: 'hp-2' })).toEqual([]);
  expect(await ids(owner, { stage: 'correcting' })).toEqual([]);
});

test.each([
  ['limit', { limit: '0' }, 'invalid-request'],
  ['limit', { limit: '201' }, 'invalid-request'],
  ['limit', { limit: '1.5' }, 'invalid-request'],
  ['limit', { limit: 'all' }, 'invalid-request'],
  ['stage', { stage: 'lost' }, 'invalid-request'],
  ['participantId', { participantId: 'a#b' }, 'invalid-request'],
  ['colour', { colour: 'red' }, 'invalid-request'],
])('a wrong %s is named: %j', async (name, query, code) => {
  const request = { method: 'GET', path: '/v1/cases', query: query as never, token: viewer };
  expect(await sendForProblem(fixture.api, request)).toMatchObject({
    status: 400,
    code,
    errors: [{ pointer: `/query/${name}` }],
  });
});

test.each(['nonsense', 'eyJ2IjoxfQ', '!!'])('the cursor %s is not one of ours', async (cursor) => {
  const request = { method: 'GET', path: '/v1/cases', query: { cursor }, token: viewer };
  expect(await sendForProblem(fixture.api, request)).toMatchObject({
    status: 400,
    code: 'cursor-invalid',
  });
});
