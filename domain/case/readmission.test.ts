import { describe, expect, test } from 'vitest';
import { DAY_MS, lawOf, T0 } from '../law/test-fixtures.ts';
import type { Principal } from '../principal.ts';
import type { CaseAction } from './actions.ts';
import { applyAction } from './apply-action.ts';
import { proposalRefused } from './ending.ts';
import { newCaseState } from './open.ts';
import { auditorsNeeded, nextDue, restorationComplete } from './outlook.ts';
import { projectCase } from './project.ts';
import { readmissionFromMs, stateOfRecord } from './readmission.ts';
import type { CaseState } from './state.ts';
import { refuseAction } from './validate-action.ts';

const READY = T0 + 180 * DAY_MS;

const excluded: CaseState = {
  ...newCaseState({
    networkId: 'main',
    caseId: 'c',
    participantId: 'p-1',
    violationType: 'node-compromise',
    controlGroup: 'group-p-1',
    severity: 'critical',
    openedAtMs: T0 - DAY_MS,
    confirmAtMs: T0 - DAY_MS,
  }),
  law: lawOf('security'),
  stage: 'ended',
  outcome: 'excluded',
  endedAtMs: T0,
  rung: 'S2',
  people: [{ person: 'gina', role: 'approved' }],
};

function person(name: string, change: Partial<Principal> = {}): Principal {
  return {
    account: name,
    person: name,
    organisation: `org-of-${name}`,
    roles: ['governor', 'auditor', 'operator'],
    participantId: null,
    controlGroup: null,
    ...change,
  };
}

const owner = person('otto', { participantId: 'p-1', controlGroup: 'group-p-1' });
const ask: CaseAction = { kind: 'askReadmission', grounds: 'rebuilt' };

function refusalOf(state: CaseState, who: Principal, action: CaseAction, nowMs = READY) {
  const request = { v: 1 as const, principal: who, key: 'key-0001', bodyHash: 'b', action };
  return refuseAction(state, request, nowMs)?.code ?? null;
}

function acted(state: CaseState, who: Principal, action: CaseAction, nowMs = READY): CaseState {
  expect(refusalOf(state, who, action, nowMs)).toBeNull();
  return applyAction(state, action, { principal: who, atMs: nowMs, draftHash: 'hash' });
}

const approval = (state: CaseState): CaseAction => ({
  kind: 'approve',
  proposalId: state.proposal?.proposalId ?? '',
  draftHash: 'hash',
  reason: 'they have changed',
});

describe('a readmission (rule C5)', () => {
  test('is for the excluded alone, after its time, once its money is settled, and one at a time', () => {
    expect(readmissionFromMs(excluded)).toBe(READY);
    expect(refusalOf(excluded, owner, ask, READY - 1)).toBe('readmission-too-early');
    expect(refusalOf({ ...excluded, outcome: 'reinstated' }, owner, ask)).toBe('not-excluded');
    const step = { decisionId: 'd', rung: 'S2' as const, imposedAtMs: T0, finalDueAtMs: T0 };
    const unsettled = { ...step, chargedUnits: '9', money: 'pending' as const };
    expect(refusalOf({ ...excluded, imposed: [unsettled] }, owner, ask)).toBe(
      'readmission-too-early',
    );
    const { readmission: _, ...old } = lawOf('security');
    expect(refusalOf({ ...excluded, law: old }, owner, ask)).toBe('not-excluded');
    expect(refusalOf(acted(excluded, owner, ask), owner, ask)).toBe('readmission-open');
  });

  test('asks for governors, auditors, remedy and checks together', () => {
    let state = acted(excluded, owner, ask);
    expect(state).toMatchObject({
      stage: 'restoring',
      outcome: 'excluded',
      proposal: { kind: 'readmit' },
    });
    expect(auditorsNeeded(state)).toBe(2);
    state = acted(state, owner, { kind: 'submitRemediation', cause: 'c', actions: 'a' });
    state = acted(state, person('olga'), { kind: 'confirmRemediation', note: '' });
    for (const auditor of ['ada', 'ben'])
      state = acted(state, person(auditor), { kind: 'recordFinding', result: 'pass', note: 'x' });
    expect(restorationComplete(state)).toBe(false);
    expect(refusalOf(state, owner, approval(state))).toBe('conflict-of-interest');
    state = acted(state, person('gina'), approval(state));
    expect(refusalOf(state, person('gus', { organisation: 'org-of-gina' }), approval(state))).toBe(
      'same-organisation',
    );
    expect(refusalOf(state, person('ada'), approval(state))).toBe('role-taken');
    expect(restorationComplete(state)).toBe(false);
    state = acted(state, person('gero'), approval(state));
    expect(restorationComplete(state)).toBe(true);
    expect(nextDue(state)).toEqual({ act: 'reinstate', atMs: READY });
  });

  test('that nobody decides leaves the exclusion as it was', () => {
    const state = acted(excluded, owner, ask);
    expect(nextDue(state)).toEqual({ act: 'lapse-proposal', atMs: READY + 30 * DAY_MS });
    const over = proposalRefused(state, READY + 30 * DAY_MS);
    expect(over).toMatchObject({ stage: 'ended', outcome: 'excluded', endedAtMs: T0 });
    expect(over.readmission).toBeUndefined();
    expect(refusalOf(over, owner, ask)).toBeNull();
  });

  test('takes the case up from its record, with those whom rule E1 bars', () => {
    const again = stateOfRecord(projectCase(excluded, 'w'), lawOf('security'), 'group-p-1');
    expect(again).toMatchObject({
      stage: 'ended',
      outcome: 'excluded',
      endedAtMs: T0,
      rung: 'S2',
      people: excluded.people,
      controlGroup: 'group-p-1',
    });
    expect(readmissionFromMs(again)).toBe(READY);
    // Nothing that the record told is lost by it.
    const record = projectCase(
      { ...excluded, occurredAtMs: T0, exposure: { resourceIds: ['node-2'], key: 'k' } },
      'w',
    );
    const told = { ...record, disputes: [{ disputeId: 'x' } as never] };
    const { disputes, resourceIds } = projectCase(
      stateOfRecord(told, lawOf('security'), 'group-p-1'),
      'w',
    );
    expect({ disputes, resourceIds }).toEqual({ disputes: told.disputes, resourceIds: ['node-2'] });
  });
});

test('an appeal waits for the end of the cooldown (rule E6)', () => {
  let state: CaseState = {
    ...excluded,
    stage: 'restoring',
    outcome: null,
    rung: 'S1',
    correctedAtMs: T0,
    people: [],
  };
  const appeal: CaseAction = { kind: 'appeal', grounds: 'x' };
  for (const auditor of ['ada', 'ben', 'cem']) {
    state = acted(state, owner, { kind: 'submitRemediation', cause: 'c', actions: 'a' });
    state = acted(state, person('olga'), { kind: 'confirmRemediation', note: '' });
    state = acted(state, owner, appeal);
    state = acted(state, person(auditor), { kind: 'recordFinding', result: 'fail', note: 'x' });
  }
  expect(state).toMatchObject({ failedAudits: 3, auditCooldownUntilMs: READY + 28 * DAY_MS });
  state = acted(state, owner, { kind: 'submitRemediation', cause: 'c', actions: 'a' });
  expect(refusalOf(state, owner, appeal, READY + 28 * DAY_MS - 1)).toBe('audit-cooldown');
  expect(refusalOf(state, owner, appeal, READY + 28 * DAY_MS)).toBeNull();
});

test('nobody comes back from an exclusion in shadow, which barred nobody', () => {
  const inShadow: CaseState = { ...excluded, law: { ...lawOf('security'), shadow: true } };
  expect(refusalOf(inShadow, owner, ask)).toBe('not-excluded');
  expect(readmissionFromMs(inShadow)).toBeNull();
});
