import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import * as operations from '../../../contracts/http/case-actions.ts';
import { rolesOf } from '../../../contracts/http/roles.ts';
import { updateId } from '../../../contracts/temporal.ts';
import type { CaseAction } from '../../../domain/case/actions.ts';
import type { CaseRecord } from '../../../domain/case/record.ts';
import { DomainError } from '../../../domain/errors.ts';
import type { Role } from '../../../domain/principal.ts';
import { sha256Hex } from '../../shared/canonical.ts';
import { newKey, send, sendForProblem } from '../../shared/test-http.ts';
import { type CasesFixture, openCasesApi } from '../test-cases.ts';

const HASH = 'a'.repeat(64);
const PROPOSAL = 'c-1-d1';

/** Every action: where it is posted, with what, by whom, and what reaches the workflow. */
const ACTIONS: [path: string, role: Role, body: object | undefined, action: CaseAction][] = [
  ['acknowledge', 'operator', { note: 'on it' }, { kind: 'acknowledge', note: 'on it' }],
  ['acknowledge', 'operator', undefined, { kind: 'acknowledge', note: '' }],
  ['answer', 'participant', { text: ' a storm ' }, { kind: 'answer', text: 'a storm' }],
  [
    'remediation',
    'participant',
    { cause: 'disk', actions: 'replaced' },
    { kind: 'submitRemediation', cause: 'disk', actions: 'replaced' },
  ],
  ['remediation/confirm', 'operator', {}, { kind: 'confirmRemediation', note: '' }],
  ['checks', 'auditor', undefined, { kind: 'requestChecks' }],
  ['checks', 'participant', {}, { kind: 'requestChecks' }],
  ['appeal', 'participant', { grounds: 'fixed' }, { kind: 'appeal', grounds: 'fixed' }],
  [
    'readmission',
    'participant',
    { grounds: 'rebuilt' },
    { kind: 'askReadmission', grounds: 'rebuilt' },
  ],
  [
    'findings',
    'auditor',
    { result: 'pass', note: 'seen' },
    { kind: 'recordFinding', result: 'pass', note: 'seen' },
  ],
  [
    'proposals',
    'governor',
    { what: 'rung', rung: 'S1', reason: 'persistent' },
    { kind: 'propose', what: 'rung', rung: 'S1', reason: 'persistent' },
  ],
  [
    'proposals',
    'reviewer',
    { what: 'dismiss', reasonCode: 'false-alarm', reason: 'probe was wrong' },
    { kind: 'propose', what: 'dismiss', reasonCode: 'false-alarm', reason: 'probe was wrong' },
  ],
  [
    `proposals/${PROPOSAL}/approve`,
    'governor',
    { draftHash: HASH, reason: 'clear' },
    { kind: 'approve', proposalId: PROPOSAL, draftHash: HASH, reason: 'clear' },
  ],
  [
    `proposals/${PROPOSAL}/veto`,
    'governor',
    { draftHash: HASH, stance: 'veto', reason: 'doubt' },
    { kind: 'veto', proposalId: PROPOSAL, draftHash: HASH, stance: 'veto', reason: 'doubt' },
  ],
  [
    `proposals/${PROPOSAL}/veto`,
    'reviewer',
    { draftHash: HASH, stance: 'lift', reason: 'none' },
    { kind: 'veto', proposalId: PROPOSAL, draftHash: HASH, stance: 'lift', reason: 'none' },
  ],
  [
    'disputes',
    'participant',
    { decisionId: 'c-1-P1-a1', grounds: 'the probe was ours' },
    { kind: 'openDispute', decisionId: 'c-1-P1-a1', grounds: 'the probe was ours' },
  ],
  ...(['upheld', 'overturned'] as const).map((result): (typeof ACTIONS)[number] => [
    'disputes/c-1-x1/decision',
    'reviewer',
    { result, reasonCode: 'evidence', reason: 'read again' },
    {
      kind: 'decideDispute',
      disputeId: 'c-1-x1',
      result,
      toRung: null,
      reasonCode: 'evidence',
      reason: 'read again',
    },
  ]),
  [
    'disputes/c-1-x1/decision',
    'reviewer',
    { result: 'reduced', toRung: 'P1', reasonCode: 'amount', reason: 'one node only' },
    {
      kind: 'decideDispute',
      disputeId: 'c-1-x1',
      result: 'reduced',
      toRung: 'P1',
      reasonCode: 'amount',
      reason: 'one node only',
    },
  ],
  ['notes', 'admin', { text: 'see ticket' }, { kind: 'addNote', text: 'see ticket' }],
];

let fixture: CasesFixture;

beforeAll(async () => {
  fixture = await openCasesApi();
  await fixture.store('c-1', 'hp-1');
  await fixture.store('c-2', 'hp-2');
  await fixture.store('c-out', 'hp-1', { stage: 'ended', outcome: 'excluded' });
});
afterAll(() => fixture.close());
beforeEach(() => {
  fixture.workflows.received.length = 0;
  fixture.workflows.failures.clear();
});

const tokenOf = (role: Role, participantId = 'hp-1') =>
  fixture.token({
    roles: [role],
    ...(role === 'participant' && { participant_id: participantId }),
  });

/** A readmission is of a case that has ended, in a workflow of its own (rule C5). */
const caseOf = (path: string) => (path === 'readmission' ? 'c-out' : 'c-1');
const workflowOf = (path: string) =>
  path === 'readmission' ? 'readmission/main/c-out' : 'case/main/c-1';

async function post(path: string, role: Role, json: object | undefined, caseId = caseOf(path)) {
  const token = await tokenOf(role);
  return { method: 'POST', path: `/v1/cases/${caseId}/${path}`, token, key: newKey(), json };
}

test('every action of the contract is in the table of this test', () => {
  const kinds = new Set(ACTIONS.map(([, , , action]) => action.kind));
  expect([...kinds].toSorted()).toEqual(Object.keys(operations).toSorted());
});

describe.each(ACTIONS)('%s by a %s with %j', (path, role, body, action) => {
  test('reaches the workflow of the case as one request', async () => {
    const request = await post(path, role, body);
    const answer = await send(fixture.api, request);
    expect(answer.status).toBe(200);
    const proposes = action.kind === 'propose' || action.kind === 'askReadmission';
    expect(operations.addNote.reply.parse(answer.body)).toEqual({
      caseId: caseOf(path),
      action: action.kind,
      at: '2026-11-22T12:00:00.000Z',
      proposalId: proposes ? `${caseOf(path)}-d1` : null,
      draftHash: proposes ? 'f'.repeat(64) : null,
    });
    expect(fixture.workflows.received).toEqual([
      {
        workflowId: workflowOf(path),
        request: {
          v: 1,
          principal: expect.objectContaining({ account: 'ada', person: 'ada', roles: [role] }),
          key: request.key,
          bodyHash: expect.stringMatching(/^[0-9a-f]{64}$/),
          action,
        },
      },
    ]);
  });

  test('is refused for a case that is not there', async () => {
    expect(await sendForProblem(fixture.api, await post(path, role, body, 'c-9'))).toMatchObject({
      status: 404,
      code: 'case-unknown',
    });
    expect(fixture.workflows.received).toEqual([]);
  });

  test('is refused for every role that the table does not allow, and for a case of another', async () => {
    const operation = Object.values(operations).find(({ id }) => id === action.kind);
    const allowed = operation === undefined ? 'public' : rolesOf(operation.id);
    const others: Role[] = ['viewer', 'scheduler', 'treasurer', 'participant', 'auditor'];
    for (const other of others.filter((each) => !allowed.includes(each))) {
      const refused = await sendForProblem(fixture.api, await post(path, other, body));
      expect(refused).toMatchObject({ status: 403, code: 'role-missing' });
    }
    if (role === 'participant') {
      const foreign = await sendForProblem(fixture.api, await post(path, role, body, 'c-2'));
      expect(foreign).toMatchObject({ status: 404, code: 'case-unknown' });
    }
    expect(fixture.workflows.received).toEqual([]);
  });
});

test.each<[string, Role, object | undefined]>([
  ['answer', 'participant', {}],
  ['answer', 'participant', { text: '  ' }],
  ['answer', 'participant', { text: 'x'.repeat(4_001) }],
  ['answer', 'participant', { text: '\ud800' }],
  ['findings', 'auditor', { result: 'maybe', note: 'x' }],
  ['proposals', 'governor', { what: 'rung', rung: 'S9', reason: 'x' }],
  ['proposals', 'governor', { what: 'pardon', reason: 'x' }],
  ['proposals', 'governor', { what: 'dismiss', reasonCode: 'Not A Code', reason: 'x' }],
  [`proposals/${PROPOSAL}/approve`, 'governor', { reason: 'x' }],
  [`proposals/${PROPOSAL}/veto`, 'governor', { draftHash: HASH, stance: 'nod', reason: 'x' }],
  ['checks', 'auditor', { which: 'all' }],
  ['disputes', 'participant', { grounds: 'x' }],
  ['disputes', 'participant', { decisionId: 'c-1-W', grounds: ' ' }],
  ['disputes/c-1-x1/decision', 'reviewer', { result: 'reduced', reasonCode: 'law', reason: 'x' }],
  [
    'disputes/c-1-x1/decision',
    'reviewer',
    { result: 'upheld', toRung: 'P1', reasonCode: 'law', reason: 'x' },
  ],
  ['disputes/c-1-x1/decision', 'reviewer', { result: 'upheld', reasonCode: 'mood', reason: 'x' }],
])('%s by a %s with %j does not fit the contract', async (path, role, body) => {
  expect(await sendForProblem(fixture.api, await post(path, role, body))).toMatchObject({
    status: 400,
    code: 'invalid-request',
  });
  expect(fixture.workflows.received).toEqual([]);
});

test.each<[Role, string, string]>([
  ['reviewer', 'veto', 'governor-needed'],
  ['governor', 'lift', 'reviewer-needed'],
  ['governor', 'confirm', 'reviewer-needed'],
])('a %s may not %s', async (role, stance, code) => {
  const body = { draftHash: HASH, stance, reason: 'x' };
  const request = await post(`proposals/${PROPOSAL}/veto`, role, body);
  expect(await sendForProblem(fixture.api, request)).toMatchObject({ status: 403, code });
  expect(fixture.workflows.received).toEqual([]);
});

test.each([
  ['wrong-stage', 409],
  ['violation-open', 409],
  ['conflict-of-interest', 409],
  ['rung-superseded', 409],
  ['proposal-unknown', 404],
  ['idempotency-key-reused', 422],
  ['governor-needed', 403],
  ['a-rule-of-tomorrow', 409],
])('the refusal %s is answered with %i and its reason', async (code, status) => {
  const reason = 'This is why.';
  fixture.workflows.failures.set('case/main/c-1', new DomainError(code, 'conflict', reason));
  const problem = await sendForProblem(fixture.api, await post('notes', 'admin', { text: 'x' }));
  expect(problem).toMatchObject({ status, code, detail: reason, type: `/problems/${code}` });
});

test('once nothing of a case is open any more, a dispute comes too late or is about nothing', async () => {
  const imposed: CaseRecord['imposed'] = [
    {
      decisionId: 'c-4-P1-a1',
      rung: 'P1',
      imposedAtMs: 1,
      chargedUnits: '5',
      finalDueAtMs: 2,
      money: 'final',
    },
  ];
  await fixture.store('c-4', 'hp-1', { stage: 'ended', nextDeadlineMs: null, imposed });
  const gone = new DomainError('case-workflow-gone', 'conflict', 'ended');
  fixture.workflows.failures.set('case/main/c-4', gone);
  const dispute = async (decisionId: string) =>
    sendForProblem(
      fixture.api,
      await post('disputes', 'participant', { decisionId, grounds: 'x' }, 'c-4'),
    );
  expect(await dispute('c-4-P1-a1')).toMatchObject({ status: 409, code: 'dispute-window-over' });
  expect(await dispute('c-4-S1')).toMatchObject({ status: 404, code: 'decision-unknown' });
});

test('a case that moved to its settlement meanwhile is followed, once', async () => {
  const moved = await fixture.store('c-3', 'hp-1', { workflowId: 'settlement/main/c-3' });
  fixture.staleReads.set('c-3', { ...moved, workflowId: 'case/main/c-3' });
  const gone = new DomainError('case-workflow-gone', 'conflict', 'ended');
  fixture.workflows.failures.set('case/main/c-3', gone);
  const answer = await send(fixture.api, await post('notes', 'admin', { text: 'x' }, 'c-3'));
  expect(answer.status).toBe(200);
  expect(fixture.workflows.received.map((each) => each.workflowId)).toEqual([
    'settlement/main/c-3',
  ]);
  fixture.workflows.failures.set('settlement/main/c-3', gone);
  const closed = await post('notes', 'admin', { text: 'x' }, 'c-3');
  expect(await sendForProblem(fixture.api, closed)).toMatchObject({
    status: 409,
    code: 'case-workflow-gone',
  });
});

test('only an exclusion is readmitted; nothing is started for any other case (rule C5)', async () => {
  const request = await post('readmission', 'participant', { grounds: 'x' }, 'c-1');
  expect(await sendForProblem(fixture.api, request)).toMatchObject({
    status: 409,
    code: 'not-excluded',
  });
  expect(fixture.workflows.received).toEqual([]);
});

test('a retry has the same update id; another body, proposal or account has another', async () => {
  const body = { draftHash: HASH, reason: 'clear' };
  const request = await post(`proposals/${PROPOSAL}/approve`, 'governor', body);
  const other = { ...request, path: '/v1/cases/c-1/proposals/c-1-d2/approve' };
  const colleague = await fixture.token({ sub: 'bob', roles: ['governor'] });
  const reordered = { ...request, json: { reason: 'clear', draftHash: HASH } };
  const variants = [
    request,
    reordered,
    { ...request, json: { ...body, reason: 'unclear' } },
    other,
    { ...request, token: colleague },
  ];
  for (const variant of variants) expect((await send(fixture.api, variant)).status).toBe(200);
  const ids = fixture.workflows.received.map((each) =>
    updateId(each.request, 'approve', sha256Hex),
  );
  expect(ids[0]).toBe(ids[1]);
  expect(new Set(ids).size).toBe(4);
});
