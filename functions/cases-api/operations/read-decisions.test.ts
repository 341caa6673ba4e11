import { afterAll, beforeAll, expect, test } from 'vitest';
import { readDecisions, readTimeline } from '../../../contracts/http/cases.ts';
import { newCaseState } from '../../../domain/case/open.ts';
import type { CaseState } from '../../../domain/case/state.ts';
import { dismissedRecord } from '../../../domain/decision/kinds.ts';
import { lawOf } from '../../../domain/law/test-fixtures.ts';
import { NOW_MS, send } from '../../shared/test-http.ts';
import { type CasesFixture, openCasesApi } from '../test-cases.ts';

let fixture: CasesFixture;
let viewer: string;
let owner: string;

/** A record of the smallest kind; `number` tells them apart. */
function recordOf(caseId: string, number: number) {
  const fresh = {
    networkId: 'main',
    caseId,
    participantId: 'p-1',
    violationType: 'downtime',
    controlGroup: 'group-p-1',
    severity: 'minor' as const,
    openedAtMs: NOW_MS,
    confirmAtMs: NOW_MS,
  };
  const state: CaseState = { ...newCaseState(fresh), law: lawOf('performance') };
  const decisionId = `${caseId}-d${number}`;
  const sha256 = (text: string) => `${text.length}`;
  return dismissedRecord({ decisionId, state, rung: null, nowMs: NOW_MS, sha256 });
}

beforeAll(async () => {
  fixture = await openCasesApi();
  viewer = await fixture.token({ sub: 'vera', roles: ['viewer'] });
  owner = await fixture.token({ sub: 'paul', roles: ['participant'], participant_id: 'p-1' });
  await fixture.store('c-1', 'p-1');
  const entries = [1, 2, 3].flatMap((number) => [
    { kind: 'note', summary: `note ${number}` },
    { kind: 'case-ended', decision: recordOf('c-1', number) },
  ]);
  await fixture.note('c-1', 'p-1', entries);
  await fixture.store('c-2', 'p-1');
});
afterAll(() => fixture.close());

function get(path: string, token: string, query: Record<string, string> = {}) {
  return {
    method: 'GET',
    path: `/v1/cases/${path}`,
    headers: { Authorization: `Bearer ${token}` },
    query,
  };
}

test('the records of a case are read oldest first, page by page, and nothing else of its history', async () => {
  const told: string[] = [];
  let cursor: string | null = null;
  do {
    const query: Record<string, string> = { limit: '2', ...(cursor !== null && { cursor }) };
    const answer = await send(fixture.api, get('c-1/decisions', owner, query));
    expect(answer.status).toBe(200);
    const page = readDecisions.reply.parse(answer.body);
    told.push(...page.items.map(({ decisionId }) => decisionId));
    cursor = page.nextCursor;
  } while (cursor !== null);
  expect(told).toEqual(['c-1-d1', 'c-1-d2', 'c-1-d3']);
});

test('a record has its instants and amounts as the contract writes them', async () => {
  const answer = await send(fixture.api, get('c-1/decisions', viewer, { limit: '1' }));
  const [record] = readDecisions.reply.parse(answer.body).items;
  expect(record).toMatchObject({
    kind: 'dismissed',
    decidedAt: '2026-11-22T12:00:00.000Z',
    words: { what: 'The case against p-1 for downtime is dismissed.' },
    law: { pinned: { minimumStakeUnits: '10000' } },
  });
  expect(record).not.toHaveProperty('v');
});

test('the timeline names the records without carrying them, and shows the chain', async () => {
  const answer = await send(fixture.api, get('c-1/timeline', viewer));
  const { items } = readTimeline.reply.parse(answer.body);
  expect(items.map(({ decisionId }) => decisionId)).toEqual([
    null,
    'c-1-d1',
    null,
    'c-1-d2',
    null,
    'c-1-d3',
  ]);
  expect(items.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6]);
  expect(items[1]?.prevHash).toBe(items[0]?.hash);
  expect(JSON.stringify(items)).not.toContain('minimumStakeUnits');
});

test('a case without decisions has none', async () => {
  const answer = await send(fixture.api, get('c-2/decisions', viewer));
  expect(answer.body).toEqual({ items: [], nextCursor: null });
});
