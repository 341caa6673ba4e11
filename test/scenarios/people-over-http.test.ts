import { afterAll, beforeAll, expect, test } from 'vitest';
import { createCaseReader } from '../../adapters/dynamodb/case-reader.ts';
import { createIntakeStore } from '../../adapters/dynamodb/intake-store.ts';
import { aStep } from '../../adapters/dynamodb/test-fixtures.ts';
import { casesApi } from '../../functions/cases-api/cases-api.ts';
import type { ApiHandler } from '../../functions/shared/api.ts';
import type { CaseWorkflows } from '../../functions/shared/temporal.ts';
import {
  NOW_MS,
  newKey,
  openIssuer,
  send,
  sendForProblem,
  type TestIssuer,
} from '../../functions/shared/test-http.ts';
import { CaseDriver } from './case-driver.ts';
import { type CaseWorld, openCaseWorld } from './case-world.ts';
import { addProvider } from './providers.ts';

/** People's requests through the cases API to the real workflow of a case, on a real server and store. */

const PARTICIPANT = 'http-op';

let world: CaseWorld;
let driver: CaseDriver;
let workflows: CaseWorkflows;
let issuer: TestIssuer;
let api: ApiHandler;

beforeAll(async () => {
  world = await openCaseWorld('default.json');
  issuer = await openIssuer();
  workflows = world.people;
  api = casesApi({
    networkId: 'main',
    cases: createCaseReader(world.store),
    messages: workflows,
    receipts: createIntakeStore(world.store),
    tokens: issuer.tokens,
    clock: { nowMs: () => NOW_MS },
  });
  await addProvider(world, PARTICIPANT, { controlGroup: 'http-group' });
  driver = new CaseDriver(world, { participantId: PARTICIPANT });
  await driver.fire();
  await driver.toNextDeadline();
});
afterAll(async () => {
  await world?.close();
});

const tokenOf = {
  viewer: () => issuer.token({ sub: 'vera', roles: ['viewer'] }),
  operator: () => issuer.token({ sub: 'olga', roles: ['operator'] }),
  governor: () => issuer.token({ sub: 'gus', roles: ['governor'] }),
  reviewer: () => issuer.token({ sub: 'rosa', roles: ['reviewer'] }),
  participant: () =>
    issuer.token({ sub: 'paul', roles: ['participant'], participant_id: PARTICIPANT }),
};

async function request(who: keyof typeof tokenOf, path: string, json?: unknown) {
  const method = json === undefined ? 'GET' : 'POST';
  return {
    method,
    path: `/v1/cases/${driver.caseId}${path}`,
    token: await tokenOf[who](),
    ...(method === 'POST' && { key: newKey(), json }),
  };
}

const record = async () => (await send(api, await request('viewer', ''))).body;
const events = async () => (await workflows.inspect(`case/main/${driver.caseId}`)).historyLength;

/** What a refused action must leave as it was; the test server, unlike the real one, writes events for refusals. */
async function everything() {
  const { state } = await workflows.inspect(`case/main/${driver.caseId}`);
  const timeline = await send(api, await request('viewer', '/timeline'));
  return { record: await record(), state, timeline: timeline.body };
}

test('the record and the workflow say the same', async () => {
  expect(await record()).toMatchObject({ stage: 'correcting', rung: 'W', announcedRung: 'P1' });
  const seen = await send(api, await request('viewer', '/workflow'));
  expect(seen).toMatchObject({
    status: 200,
    body: {
      workflowId: `case/main/${driver.caseId}`,
      status: 'running',
      closedAt: null,
      state: { caseId: driver.caseId, stage: 'correcting', rung: 'W' },
    },
  });
  expect((seen.body as { historyLength: number }).historyLength).toBeGreaterThan(10);
});

test('an action is taken once: its retry gets the first answer and adds nothing', async () => {
  const acknowledge = await request('operator', '/acknowledge', { note: 'on it' });
  const first = await send(api, acknowledge);
  expect(first).toMatchObject({
    status: 200,
    body: { caseId: driver.caseId, action: 'acknowledge' },
  });
  await driver.settle();
  const before = await events();
  expect((await send(api, acknowledge)).body).toEqual(first.body);
  await driver.settle();
  expect(await events()).toBe(before);
  expect(await record()).toMatchObject({ acknowledgedBy: 'olga' });
});

test('its key with another body is refused by the workflow', async () => {
  const acknowledge = await request('operator', '/acknowledge', { note: 'one' });
  expect((await send(api, acknowledge)).status).toBe(200);
  const other = { ...acknowledge, json: { note: 'two' } };
  expect(await sendForProblem(api, other)).toMatchObject({
    status: 422,
    code: 'idempotency-key-reused',
  });
});

test.each<[keyof typeof tokenOf, string, object, number, string]>([
  ['participant', '/appeal', { grounds: 'please' }, 409, 'violation-open'],
  ['participant', '/checks', {}, 409, 'wrong-stage'],
  ['operator', '/remediation/confirm', {}, 409, 'remediation-missing'],
  ['governor', '/proposals', { what: 'rung', rung: 'S1', reason: 'now' }, 409, 'rung-announced'],
  [
    'governor',
    '/proposals/none/approve',
    { draftHash: 'a'.repeat(64), reason: 'x' },
    409,
    'rung-superseded',
  ],
])('a %s is refused %s with %j: nothing has changed', async (who, path, body, status, code) => {
  const before = await everything();
  const problem = await sendForProblem(api, await request(who, path, body));
  expect(problem).toMatchObject({ status, code });
  expect(problem.detail.length).toBeGreaterThan(20);
  expect(await everything()).toEqual(before);
});

test('what the participant answers is in the history of the case', async () => {
  const answer = await request('participant', '/answer', { text: 'A storm cut the line.' });
  expect((await send(api, answer)).status).toBe(200);
  const timeline = await send(api, await request('participant', '/timeline'));
  expect(JSON.stringify(timeline.body)).toContain('A storm cut the line.');
});

test('a decision is disputed once, by its participant, and a reviewer decides it (rule E5)', async () => {
  const { imposed } = (await record()) as { imposed: { decisionId: string }[] };
  const decisionId = imposed[0]?.decisionId ?? '';
  const objection = { decisionId, grounds: 'The probe was ours.' };
  const refused = async (who: keyof typeof tokenOf, path: string, body: object) =>
    sendForProblem(api, await request(who, path, body));
  expect(await refused('operator', '/disputes', objection)).toMatchObject({
    status: 403,
    code: 'role-missing',
  });
  expect(
    await refused('participant', '/disputes', { ...objection, decisionId: 'none' }),
  ).toMatchObject({ status: 404, code: 'decision-unknown' });
  const opened = await send(api, await request('participant', '/disputes', objection));
  expect(opened).toMatchObject({ status: 200, body: { action: 'openDispute' } });
  const { disputeId } = opened.body as { disputeId: string };
  expect(await refused('participant', '/disputes', objection)).toMatchObject({
    status: 409,
    code: 'already-disputed',
  });
  const decision = { result: 'upheld', reasonCode: 'evidence', reason: 'Two monitors saw it.' };
  expect(await refused('reviewer', '/disputes/none/decision', decision)).toMatchObject({
    status: 404,
    code: 'dispute-unknown',
  });
  const path = `/disputes/${disputeId}/decision`;
  expect(
    await refused('reviewer', path, { ...decision, result: 'reduced', toRung: 'P1' }),
  ).toMatchObject({ status: 409, code: 'rung-not-lower' });
  // Olga has acknowledged the case: she is one of its operators, whatever roles she has.
  const olga = await issuer.token({ sub: 'olga', roles: ['operator', 'reviewer'] });
  const byOlga = { ...(await request('reviewer', path, decision)), token: olga };
  expect(await sendForProblem(api, byOlga)).toMatchObject({
    status: 409,
    code: 'conflict-of-interest',
  });
  expect(await send(api, await request('reviewer', path, decision))).toMatchObject({
    status: 200,
    body: { action: 'decideDispute', disputeId },
  });
  expect(await refused('reviewer', path, decision)).toMatchObject({
    status: 409,
    code: 'dispute-decided',
  });
  expect(await record()).toMatchObject({
    rung: 'W',
    disputes: [{ disputeId, decisionId, by: 'paul', end: { result: 'upheld', by: ['rosa'] } }],
  });
});

/** One person with two accounts and the roles for both sides of a proposal. */
const oneOfTwo = (account: string) =>
  issuer.token({ sub: account, person: 'rita', roles: ['governor'] });

test('nobody acts twice as two persons, and a dismissal takes two (rule E4)', async () => {
  const dismissal = { what: 'dismiss', reasonCode: 'false-alarm', reason: 'The probe was wrong.' };
  const path = `/v1/cases/${driver.caseId}/proposals`;
  const proposed = await send(api, {
    method: 'POST',
    path,
    token: await oneOfTwo('rita-1'),
    key: newKey(),
    json: dismissal,
  });
  expect(proposed).toMatchObject({ status: 200, body: { action: 'propose' } });
  const { proposalId, draftHash } = proposed.body as { proposalId: string; draftHash: string };
  const approve = async (token: string, hash: string) => ({
    method: 'POST',
    path: `${path}/${proposalId}/approve`,
    token,
    key: newKey(),
    json: { draftHash: hash, reason: 'agreed' },
  });
  expect(
    await sendForProblem(api, await approve(await oneOfTwo('rita-2'), draftHash)),
  ).toMatchObject({ status: 409, code: 'conflict-of-interest' });
  const governor = await tokenOf.governor();
  expect(await sendForProblem(api, await approve(governor, 'b'.repeat(64)))).toMatchObject({
    status: 409,
    code: 'draft-changed',
  });
  expect(await record()).toMatchObject({ stage: 'correcting', proposal: { approvals: [] } });
  expect((await send(api, await approve(governor, draftHash))).status).toBe(200);
  await driver.settle();
  expect(await record()).toMatchObject({ stage: 'ended', outcome: 'dismissed' });
  const late = await sendForProblem(api, await approve(governor, draftHash));
  expect(['case-ended', 'case-workflow-gone']).toContain(late.code);
  expect(late.status).toBe(409);
});

test('a case whose workflow is over says so', async () => {
  const stored = await driver.record();
  const orphan = { ...stored, caseId: 'http-over', workflowId: 'case/main/http-over' };
  await world.cases.commit(aStep('http-over', { record: orphan, recordIsNew: true }));
  const note = await request('operator', '/notes', { text: 'x' });
  const problem = await sendForProblem(api, { ...note, path: '/v1/cases/http-over/notes' });
  expect(problem).toMatchObject({ status: 409, code: 'case-workflow-gone' });
});
