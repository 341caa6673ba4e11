import { afterAll, beforeAll, expect, test } from 'vitest';
import { readCase, readCaseWorkflow, readTimeline } from '../../../contracts/http/cases.ts';
import { DomainError } from '../../../domain/errors.ts';
import { NOW_MS, send, sendForProblem } from '../../shared/test-http.ts';
import { type CasesFixture, openCasesApi } from '../test-cases.ts';

let fixture: CasesFixture;
let viewer: string;
let owner: string;
let stranger: string;

beforeAll(async () => {
  fixture = await openCasesApi();
  viewer = await fixture.token({ roles: ['viewer'] });
  owner = await fixture.token({ roles: ['participant'], participant_id: 'hp-1' });
  stranger = await fixture.token({ roles: ['participant'], participant_id: 'hp-2' });
  const ballot = { person: 'gus', organisation: 'acme', atMs: NOW_MS, reason: 'clear' };
  await fixture.store('c-1', 'hp-1', {
    stage: 'proposed',
    holds: [{ cause: 'stale-source', owner: 'platform', sinceMs: NOW_MS, limitAtMs: NOW_MS + 1 }],
    imposed: [
      {
        decisionId: 'c-1/P1',
        rung: 'P1',
        imposedAtMs: NOW_MS,
        chargedUnits: '7',
        finalDueAtMs: NOW_MS + 2,
        money: 'pending',
      },
    ],
    proposal: {
      proposalId: 'c-1-d1',
      kind: 'rung',
      rung: 'S1',
      draftHash: 'a'.repeat(64),
      proposedAtMs: NOW_MS,
      proposedBy: null,
      reason: 'ladder',
      heldUnits: '100',
      resourceIds: ['n-1', null],
      windowEndsAtMs: NOW_MS + 3,
      lapsesAtMs: NOW_MS + 4,
      approvals: [ballot],
      veto: { by: ballot, dueAtMs: NOW_MS + 5, confirmedBy: [], liftedBy: [ballot], lifted: false },
    },
  });
  await fixture.note('c-1', 'hp-1', [
    { summary: 'first', data: { dueAtMs: NOW_MS } },
    { summary: 'second', actor: 'ada' },
    { summary: 'third' },
  ]);
});
afterAll(() => fixture.close());

const get = (path: string, token: string, query: Record<string, string> = {}) => ({
  method: 'GET',
  path: `/v1/cases/${path}`,
  token,
  query,
});

test('a case is shown whole, as the contract says', async () => {
  const answer = await send(fixture.api, get('c-1', viewer));
  expect(answer.headers['cache-control']).toBe('no-store');
  expect(readCase.reply.parse(answer.body)).toMatchObject({
    caseId: 'c-1',
    stage: 'proposed',
    disputes: [],
    holds: [{ cause: 'stale-source', since: '2026-11-22T12:00:00.000Z' }],
    imposed: [{ rung: 'P1', imposedAt: '2026-11-22T12:00:00.000Z', money: 'pending' }],
    proposal: {
      proposalId: 'c-1-d1',
      windowEndsAt: '2026-11-22T12:00:00.003Z',
      approvals: [{ person: 'gus', at: '2026-11-22T12:00:00.000Z' }],
      veto: { dueAt: '2026-11-22T12:00:00.005Z' },
    },
  });
});

test('its owner sees it; for others it does not exist', async () => {
  expect((await send(fixture.api, get('c-1', owner))).status).toBe(200);
  const paths = ['', '/timeline', '/decisions'];
  for (const path of paths) {
    const hidden = await sendForProblem(fixture.api, get(`c-1${path}`, stranger));
    const missing = await sendForProblem(fixture.api, get(`c-9${path}`, stranger));
    expect(hidden).toMatchObject({ status: 404, code: 'case-unknown' });
    expect(hidden.detail.replace('c-1', 'c-9')).toBe(missing.detail);
  }
});

test('its history is read oldest first, page by page', async () => {
  const first = await send(fixture.api, get('c-1/timeline', viewer, { limit: '2' }));
  const page = readTimeline.reply.parse(first.body);
  expect(page.items.map((entry) => entry.summary)).toEqual(['first', 'second']);
  expect(page.items[0]).toMatchObject({
    at: '2026-11-22T12:00:00.000Z',
    data: { dueAt: '2026-11-22T12:00:00.000Z' },
  });
  const cursor = page.nextCursor ?? '';
  const second = await send(fixture.api, get('c-1/timeline', viewer, { limit: '2', cursor }));
  const rest = readTimeline.reply.parse(second.body);
  expect(rest.items.map((entry) => entry.summary)).toEqual(['third']);
  expect(rest.nextCursor).toBeNull();
});

test('its workflow is shown with state and length, or without state when no worker answered', async () => {
  fixture.workflows.view = {
    workflowId: '',
    runId: 'r-1',
    status: 'running',
    startedAtMs: NOW_MS,
    closedAtMs: null,
    historyLength: 42,
    state: { v: 1, stage: 'proposed', openedAtMs: NOW_MS, frozenMs: 7 } as never,
  };
  const answer = await send(fixture.api, get('c-1/workflow', viewer));
  expect(readCaseWorkflow.reply.parse(answer.body)).toEqual({
    caseId: 'c-1',
    workflowId: 'case/main/c-1',
    runId: 'r-1',
    status: 'running',
    startedAt: '2026-11-22T12:00:00.000Z',
    closedAt: null,
    historyLength: 42,
    state: { v: 1, stage: 'proposed', openedAt: '2026-11-22T12:00:00.000Z', frozenMs: 7 },
  });
  fixture.workflows.view = { ...fixture.workflows.view, state: null };
  const blind = await send(fixture.api, get('c-1/workflow', viewer));
  expect(blind).toMatchObject({ status: 200, body: { state: null, historyLength: 42 } });
});

test('an unreachable Temporal fails only this read', async () => {
  const failure = new DomainError('workflow-unreachable', 'dependency', 'down');
  fixture.workflows.failures.set('case/main/c-1', failure);
  const problem = await sendForProblem(fixture.api, get('c-1/workflow', viewer));
  expect(problem).toMatchObject({ status: 503, code: 'workflow-unreachable' });
  expect(problem.headers['retry-after']).toBe('5');
  for (const path of ['c-1', 'c-1/timeline', '']) {
    expect((await send(fixture.api, get(path, viewer))).status).toBe(200);
  }
  fixture.workflows.failures.clear();
});

test('a participant does not see inside the workflow', async () => {
  expect(await sendForProblem(fixture.api, get('c-1/workflow', owner))).toMatchObject({
    status: 403,
    code: 'role-missing',
  });
});
