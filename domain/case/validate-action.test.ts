import { describe, expect, test } from 'vitest';
import { DAY_MS, lawOf, T0 } from '../law/test-fixtures.ts';
import type { Principal, Role } from '../principal.ts';
import type { CaseAction } from './actions.ts';
import { type ActionFacts, applyAction } from './apply-action.ts';
import { proposalRefused } from './ending.ts';
import { newCaseState } from './open.ts';
import { mayBeImposed, nextDue } from './outlook.ts';
import { withoutConflictedApprovals, withRole } from './people.ts';
import type { CaseState, ImposedStep, Proposal } from './state.ts';
import { refuseAction } from './validate-action.ts';

const law = lawOf('security');
const HASH = 'h1';

function person(name: string, roles: Role[], change: Partial<Principal> = {}): Principal {
  return {
    account: `account-of-${name}`,
    person: name,
    organisation: `org-of-${name}`,
    roles,
    participantId: null,
    controlGroup: null,
    ...change,
  };
}

const operator = person('olga', ['operator']);
const auditor = person('anna', ['auditor']);
const gerd = person('gerd', ['governor']);
const gina = person('gina', ['governor']);
const rita = person('rita', ['reviewer']);
const rolf = person('rolf', ['reviewer']);
const owner = person('otto', ['participant'], { participantId: 'p-1', controlGroup: 'group-p-1' });

function step(rung: ImposedStep['rung'], change: Partial<ImposedStep> = {}): ImposedStep {
  return {
    decisionId: `c-1-${rung}`,
    rung,
    imposedAtMs: T0,
    chargedUnits: '5',
    finalDueAtMs: T0 + 14 * DAY_MS,
    money: 'pending',
    ...change,
  };
}

/** A case in correcting at W, with its law pinned. */
function aCase(change: Partial<CaseState> = {}): CaseState {
  const fresh = newCaseState({
    networkId: 'main',
    caseId: 'c-1',
    participantId: 'p-1',
    violationType: 'node-compromise',
    controlGroup: 'group-p-1',
    severity: 'major',
    openedAtMs: T0,
    confirmAtMs: T0,
  });
  const warned = step('W', { chargedUnits: '0', money: 'none' });
  return { ...fresh, stage: 'correcting', law, rung: 'W', imposed: [warned], ...change };
}

/** A case with an open proposal of a rung. */
function proposed(rung: Proposal['rung'], change: Partial<Proposal> = {}): CaseState {
  const proposal: Proposal = {
    proposalId: 'c-1-p1',
    kind: 'rung',
    rung,
    draftHash: HASH,
    proposedAtMs: T0,
    proposedBy: null,
    reason: '',
    heldUnits: '500',
    resourceIds: [null],
    windowEndsAtMs: T0 + 7 * DAY_MS,
    lapsesAtMs: T0 + 35 * DAY_MS,
    approvals: [],
    veto: null,
    ...change,
  };
  return aCase({ stage: 'proposed', proposal });
}

/** A severe case on its way back, remedied, confirmed and appealed. */
const restoring = aCase({
  stage: 'restoring',
  rung: 'S1',
  imposed: [step('S1')],
  correctedAtMs: T0,
  remediation: {
    by: 'otto',
    cause: 'c',
    actions: 'a',
    atMs: T0,
    confirmedBy: 'olga',
    confirmedAtMs: T0,
  },
  appeal: { by: 'otto', grounds: 'g', atMs: T0 },
  people: [{ person: 'olga', role: 'confirmed' }],
});

function codeOf(
  state: CaseState,
  principal: Principal,
  action: CaseAction,
  nowMs = T0 + DAY_MS,
): string | null {
  const request = { v: 1 as const, principal, key: 'key-0001', bodyHash: 'b', action };
  return refuseAction(state, request, nowMs)?.code ?? null;
}

/** Does what is allowed, and fails loudly where it is not. */
function acted(state: CaseState, principal: Principal, action: CaseAction): CaseState {
  expect(codeOf(state, principal, action)).toBeNull();
  const facts: ActionFacts = { principal, atMs: T0 + DAY_MS, draftHash: HASH };
  return applyAction(state, action, facts);
}

const named = { proposalId: 'c-1-p1', draftHash: HASH, reason: 'r' };
const approve: CaseAction = { kind: 'approve', ...named };
const veto: CaseAction = { kind: 'veto', stance: 'veto', ...named };
const confirmVeto: CaseAction = { kind: 'veto', stance: 'confirm', ...named };
const liftVeto: CaseAction = { kind: 'veto', stance: 'lift', ...named };
const finding: CaseAction = { kind: 'recordFinding', result: 'pass', note: 'n' };
const dismiss: CaseAction = {
  kind: 'propose',
  what: 'dismiss',
  reasonCode: 'false-alarm',
  reason: 'r',
};

describe('the conflict set (rule E1)', () => {
  test.each(['configured', 'operated', 'confirmed', 'proposed'] as const)(
    'who %s in a case does not judge it',
    (role) => {
      const state = { ...proposed('S1'), people: [{ person: 'gerd', role }] };
      expect(codeOf(state, gerd, approve)).toBe('conflict-of-interest');
      const audited = { ...restoring, people: [{ person: 'anna', role }] };
      expect(codeOf(audited, auditor, finding)).toBe('conflict-of-interest');
    },
  );

  test('nobody of the participant’s control group judges, under any account', () => {
    const related = person('gerd', ['governor'], { controlGroup: 'group-p-1' });
    expect(codeOf(proposed('S1'), related, approve)).toBe('conflict-of-interest');
    expect(codeOf(proposed('S1'), related, veto)).toBe('conflict-of-interest');
  });

  test('a person does one judging role in a case, whatever the account', () => {
    const approved = acted(proposed('S2'), gerd, approve);
    const other = person('gerd', ['governor', 'auditor'], { account: 'another-account' });
    expect(codeOf(approved, other, veto)).toBe('role-taken');
    expect(codeOf({ ...restoring, people: approved.people }, other, finding)).toBe('role-taken');
  });

  test('who sets a source of the case after approving has not approved (invariant H11)', () => {
    const approved = acted(proposed('S1'), gerd, approve);
    expect(withoutConflictedApprovals(approved)).toBe(approved);
    const joined = { ...approved, people: withRole(approved.people, 'gerd', 'configured') };
    const left = withoutConflictedApprovals(joined);
    expect(left.proposal?.approvals).toEqual([]);
    expect(mayBeImposed(left)).toBe(false);
    expect(codeOf(left, gerd, approve)).toBe('conflict-of-interest');
    expect(mayBeImposed(acted(left, gina, approve))).toBe(true);
  });

  test('an operator who remedied for the participant may not audit it; the participant is no operator', () => {
    const submit: CaseAction = { kind: 'submitRemediation', cause: 'disk', actions: 'replaced' };
    const found: CaseAction = { kind: 'recordFinding', result: 'pass', note: '' };
    const confirm: CaseAction = { kind: 'confirmRemediation', note: '' };
    const fresh: CaseState = { ...restoring, remediation: null, people: [] };
    const remedied = acted(acted(fresh, operator, submit), person('olaf', ['operator']), confirm);
    const inOtherAccount = { ...operator, account: 'second', roles: auditor.roles };
    expect(codeOf(remedied, inOtherAccount, found)).toBe('conflict-of-interest');
    expect(acted(fresh, owner, submit).people).toEqual([]);
  });

  test('an operator who acknowledged the case may not audit it', () => {
    const seen = acted(restoring, operator, { kind: 'acknowledge', note: '' });
    const both = person('olga', ['operator', 'auditor']);
    expect(codeOf(seen, both, finding)).toBe('conflict-of-interest');
  });
});

describe('approvals (rule E2)', () => {
  test('S1 needs one, S2 two from two organisations', () => {
    expect(mayBeImposed(proposed('S1'))).toBe(false);
    expect(mayBeImposed(acted(proposed('S1'), gerd, approve))).toBe(true);
    const once = acted(proposed('S2'), gerd, approve);
    expect(mayBeImposed(once)).toBe(false);
    const colleague = person('gina', ['governor'], { organisation: 'org-of-gerd' });
    expect(codeOf(once, colleague, approve)).toBe('same-organisation');
    expect(codeOf(once, gerd, approve)).toBe('already-approved');
    expect(mayBeImposed(acted(once, gina, approve))).toBe(true);
  });

  test('an approval names the draft as it is', () => {
    expect(codeOf(proposed('S1'), gerd, { ...approve, draftHash: 'h0' })).toBe('draft-changed');
    const other = { ...approve, proposalId: 'c-1-p0' };
    expect(codeOf(proposed('S1'), gerd, other)).toBe('proposal-unknown');
  });

  test('nothing is approved by waiting: undecided, the draft lapses', () => {
    expect(nextDue(proposed('S1'))).toEqual({ act: 'lapse-proposal', atMs: T0 + 35 * DAY_MS });
    const lapsed = proposalRefused(proposed('S1'), T0 + 35 * DAY_MS);
    expect(lapsed).toMatchObject({ stage: 'correcting', rung: 'W', refusedRungs: ['S1'] });
    expect(lapsed.announced).toBeNull();
  });

  test('who proposed does not approve', () => {
    const own = proposed('S2', { proposedBy: 'gerd' });
    expect(codeOf(own, gerd, approve)).toBe('conflict-of-interest');
    expect(codeOf(own, gina, approve)).toBeNull();
  });

  test('after a correction there is nothing left to approve (rule A13)', () => {
    expect(codeOf(aCase(), gerd, approve)).toBe('rung-superseded');
  });
});

describe('the veto (rule E3)', () => {
  const vetoed = acted(proposed('P2'), gerd, veto);

  test('of one governor pauses a rung that would come by itself', () => {
    expect(mayBeImposed(proposed('P2'))).toBe(true);
    expect(mayBeImposed(vetoed)).toBe(false);
    expect(codeOf(vetoed, gina, approve)).toBe('proposal-vetoed');
    expect(codeOf(proposed('P2'), rita, veto)).toBe('governor-needed');
    expect(codeOf(vetoed, gina, veto)).toBe('already-vetoed');
  });

  test('is lifted by two reviewers, once and for all', () => {
    const once = acted(vetoed, rita, liftVeto);
    expect(mayBeImposed(once)).toBe(false);
    expect(codeOf(once, rita, liftVeto)).toBe('already-reviewed');
    const lifted = acted(once, rolf, liftVeto);
    expect(mayBeImposed(lifted)).toBe(true);
    expect(codeOf(lifted, gina, veto)).toBe('already-vetoed');
  });

  test('is reviewed by others than who vetoed', () => {
    const both = person('gerd', ['governor', 'reviewer']);
    expect(codeOf(vetoed, both, liftVeto)).toBe('conflict-of-interest');
    expect(codeOf(vetoed, gina, confirmVeto)).toBe('reviewer-needed');
    expect(codeOf(proposed('P2'), rita, liftVeto)).toBe('not-vetoed');
  });

  test('that nobody decides ends the proposal after eight days', () => {
    expect(nextDue(vetoed)).toEqual({ act: 'lapse-veto', atMs: T0 + 9 * DAY_MS });
  });
});

describe('dismissal (rule E4)', () => {
  test('needs a second person, who did not propose it', () => {
    const asked = acted(aCase(), operator, dismiss);
    expect(asked.proposal).toMatchObject({ kind: 'dismiss', proposedBy: 'olga', heldUnits: '0' });
    const by: CaseAction = { ...approve, proposalId: asked.proposal?.proposalId ?? '' };
    const alone = person('olga', ['operator', 'governor']);
    expect(codeOf(asked, alone, by)).toBe('conflict-of-interest');
    expect(codeOf(asked, gerd, by)).toBeNull();
  });

  test('is for cases without an imposed penalty', () => {
    const penal = aCase({ rung: 'P1', imposed: [step('P1')] });
    expect(codeOf(penal, operator, dismiss)).toBe('already-imposed');
    expect(codeOf({ ...aCase(), stage: 'confirming' }, operator, dismiss)).toBeNull();
    expect(codeOf(aCase({ stage: 'ended', outcome: 'corrected' }), operator, dismiss)).toBe(
      'case-ended',
    );
  });
});

describe('the way back (rule C4)', () => {
  const submit: CaseAction = { kind: 'submitRemediation', cause: 'c', actions: 'a' };
  const confirm: CaseAction = { kind: 'confirmRemediation', note: 'seen' };
  const appeal: CaseAction = { kind: 'appeal', grounds: 'g' };
  const corrected = (rung: 'P2' | 'S1') =>
    aCase({ stage: 'restoring', rung, imposed: [step(rung)], correctedAtMs: T0 });

  test('begins with a remediation, which somebody else confirms once the violation is over', () => {
    expect(codeOf(corrected('S1'), owner, appeal)).toBe('remediation-missing');
    expect(codeOf(corrected('S1'), operator, confirm)).toBe('remediation-missing');
    const remedied = acted(corrected('S1'), owner, submit);
    const own = person('otto', ['operator'], { participantId: 'p-1' });
    expect(codeOf(remedied, own, confirm)).toBe('conflict-of-interest');
    const related = person('olga', ['operator'], { controlGroup: 'group-p-1' });
    expect(codeOf(remedied, related, confirm)).toBe('conflict-of-interest');
    expect(codeOf({ ...remedied, stage: 'correcting' }, operator, confirm)).toBe('violation-open');
    expect(codeOf(aCase(), owner, appeal)).toBe('violation-open');
  });

  test('up to P2 the confirmation is the appeal, and nobody audits', () => {
    const confirmed = acted(acted(corrected('P2'), owner, submit), operator, confirm);
    expect(confirmed.appeal).toMatchObject({ by: 'otto' });
    expect(codeOf(confirmed, auditor, finding)).toBe('audit-not-needed');
    expect(nextDue(confirmed)?.act).toBe('reinstate');
  });

  test('after S1 the participant appeals itself, and security needs two auditors', () => {
    const confirmed = acted(acted(corrected('S1'), owner, submit), operator, confirm);
    expect(confirmed.appeal).toBeNull();
    expect(codeOf(confirmed, auditor, finding)).toBe('appeal-missing');
    const appealed = acted(confirmed, owner, appeal);
    const once = acted(appealed, auditor, finding);
    expect(codeOf(once, auditor, finding)).toBe('already-recorded');
    expect(nextDue(once)?.act).not.toBe('reinstate');
    expect(nextDue(acted(once, person('arno', ['auditor']), finding))?.act).toBe('reinstate');
  });

  test('a failed audit sends back to the remedy', () => {
    const failed = acted(restoring, auditor, { kind: 'recordFinding', result: 'fail', note: 'n' });
    expect(failed).toMatchObject({ remediation: null, appeal: null, failedAudits: 1 });
    expect(codeOf(failed, owner, appeal)).toBe('remediation-missing');
  });
});
