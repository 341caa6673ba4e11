import { describe, expect, test } from 'vitest';
import { aSanction, DAY_MS, lawOf, T0 } from '../law/test-fixtures.ts';
import type { CaseEntry } from '../ledger/accounts.ts';
import type { Principal } from '../principal.ts';
import { barredFrom } from '../sanction.ts';
import type { CaseAction } from './actions.ts';
import { applyAction } from './apply-action.ts';
import type { Verdict, VerdictReason } from './dispute.ts';
import {
  concurredRuling,
  isDisputed,
  isFinalDue,
  openDisputes,
  overdue,
  rungBelow,
  standingAfter,
} from './disputes.ts';
import { ended } from './ending.ts';
import { partlyFallen, sanctionAfterFall, stepsAfter, wholeFallen } from './falling.ts';
import { newCaseState } from './open.ts';
import { nextDue } from './outlook.ts';
import { projectCase } from './project.ts';
import type { CaseState, ImposedStep } from './state.ts';
import { refuseAction } from './validate-action.ts';

const law = lawOf('performance');

function person(name: string, change: Partial<Principal> = {}): Principal {
  return {
    account: `account-of-${name}`,
    person: name,
    organisation: `org-of-${name}`,
    roles: ['reviewer'],
    participantId: null,
    controlGroup: null,
    ...change,
  };
}

const owner = person('otto', { roles: ['participant'], participantId: 'p-1' });
const rita = person('rita');
const rolf = person('rolf');

function step(rung: ImposedStep['rung'], atDays: number, change: Partial<ImposedStep> = {}) {
  const imposedAtMs = T0 + atDays * DAY_MS;
  const windowDays = rung === 'S1' || rung === 'S2' ? 30 : 14;
  return {
    decisionId: `c-1-${rung}`,
    rung,
    imposedAtMs,
    chargedUnits: rung === 'W' ? '0' : '10',
    finalDueAtMs: imposedAtMs + windowDays * DAY_MS,
    money: rung === 'W' ? ('none' as const) : ('pending' as const),
    ...change,
  };
}

/** A case that climbed to S1: W at once, P1 after a day, P2 after four, S1 after eleven. */
function climbed(change: Partial<CaseState> = {}): CaseState {
  const fresh = newCaseState({
    networkId: 'main',
    caseId: 'c-1',
    participantId: 'p-1',
    violationType: 'downtime',
    controlGroup: 'group-p-1',
    severity: 'minor',
    openedAtMs: T0,
    confirmAtMs: T0,
  });
  return {
    ...fresh,
    stage: 'correcting',
    law,
    rung: 'S1',
    startRung: 'W',
    recurrence: { counted: 0, onlyWarnings: false, probation: false },
    suspendedUntilMs: T0 + 18 * DAY_MS,
    imposed: [step('W', 0), step('P1', 1), step('P2', 4), step('S1', 11)],
    ...change,
  };
}

const at = (days: number) => T0 + days * DAY_MS;

function codeOf(state: CaseState, principal: Principal, action: CaseAction, days: number) {
  const request = { v: 1 as const, principal, key: 'k', bodyHash: 'h', action };
  return refuseAction(state, request, at(days))?.code ?? null;
}

const objectTo = (rung: string): CaseAction => ({
  kind: 'openDispute',
  decisionId: `c-1-${rung}`,
  grounds: 'no',
});

function ruling(
  result: Verdict,
  reasonCode: VerdictReason = 'law',
  toRung: ImposedStep['rung'] | null = null,
): Extract<CaseAction, { kind: 'decideDispute' }> {
  const kind = 'decideDispute';
  return { kind, disputeId: 'c-1-x1', result, toRung, reasonCode, reason: 'so' };
}

const act = (state: CaseState, principal: Principal, action: CaseAction, days: number) =>
  applyAction(state, action, { principal, atMs: at(days), draftHash: '' });

const disputed = (rung: string, days: number, state = climbed()) =>
  act(state, owner, objectTo(rung), days);

describe('a dispute (rule E5)', () => {
  test.each([
    ['P2', 5, null],
    ['P2', 17, null],
    ['P2', 18, 'dispute-window-over'],
    ['S1', 40, null],
    ['S1', 41, 'dispute-window-over'],
    ['S2', 12, 'decision-unknown'],
  ])('of %s on day %i: %s', (rung, days, code) => {
    expect(codeOf(climbed(), owner, objectTo(rung), days)).toBe(code);
  });

  test('W and P together once, each S once', () => {
    const state = disputed('P1', 5);
    for (const rung of ['W', 'P1', 'P2'])
      expect(codeOf(state, owner, objectTo(rung), 6)).toBe('already-disputed');
    expect(codeOf(state, owner, objectTo('S1'), 12)).toBeNull();
    const both = act(state, owner, objectTo('S1'), 12);
    expect(codeOf(both, owner, objectTo('S1'), 13)).toBe('already-disputed');
  });

  test('is the participant’s alone, and of what still stands', () => {
    const other = person('petra', { roles: ['participant'], participantId: 'p-2' });
    expect(codeOf(climbed(), other, objectTo('P2'), 5)).toBe('participant-needed');
    const state = climbed();
    const [w, p1, p2] = state.imposed;
    const fell = { ...state, imposed: [w, p1, { ...p2, money: 'void' }] as ImposedStep[] };
    expect(codeOf(fell, owner, objectTo('P2'), 5)).toBe('decision-fallen');
    expect(codeOf(ended(state, 'dismissed', at(5)), owner, objectTo('P2'), 6)).toBe('case-ended');
    const { disputeDueMs: _, ...older } = law;
    expect(codeOf({ ...state, law: older }, owner, objectTo('P2'), 5)).toBe('dispute-not-in-force');
  });

  test('goes on in the settlement', () => {
    const state = ended(climbed(), 'reinstated', at(20));
    expect(codeOf(state, owner, objectTo('S1'), 21)).toBeNull();
    const open = act(state, owner, objectTo('S1'), 21);
    expect(codeOf(open, rita, ruling('upheld'), 22)).toBeNull();
  });

  test('stops the finality of its decision and of what rests on it, and no other', () => {
    const state = disputed('P2', 5);
    const [w, p1, p2, s1] = state.imposed as [ImposedStep, ImposedStep, ImposedStep, ImposedStep];
    expect([w, p1, p2, s1].map((one) => isDisputed(state, one))).toEqual([
      false,
      false,
      true,
      true,
    ]);
    expect(isFinalDue(state, p1, at(15))).toBe(true);
    expect(isFinalDue(state, p2, at(100))).toBe(false);
    expect(isFinalDue(climbed(), p2, at(18))).toBe(true);
  });

  test('keeps a higher rung from being imposed until it is due, not from being proposed', () => {
    const notice = {
      noticeId: 'n',
      resourceIds: [null],
      announcedAtMs: at(4),
      servedAtMs: at(4),
      frozenMs: 0,
      dueAtMs: at(7),
    };
    const announced = (rung: 'P2' | 'S1') =>
      disputed(
        'P1',
        5,
        climbed({
          rung: 'P1',
          imposed: [step('W', 0), step('P1', 1)],
          announced: { no: 1, rung, byPerson: null, notices: [notice] },
        }),
      );
    expect(nextDue(announced('P2'))).toMatchObject({ act: 'decide-rung', atMs: at(13) });
    expect(nextDue(announced('S1'))).toMatchObject({ act: 'decide-rung', atMs: at(7) });
    const waiting = projectCase(announced('P2'), 'w').waitsFor;
    expect(waiting).toBe('the dispute of P1 to be decided, or its due date');
  });

  test('a dismissed case has nothing left to dispute', () => {
    const state = disputed('W', 1, climbed({ rung: 'W', imposed: [step('W', 0)] }));
    const over = ended(state, 'dismissed', at(2));
    expect(over.disputes?.[0]?.end?.result).toBe('moot');
    expect(nextDue(over)).toBeNull();
  });
});

describe('its reviewers (rules E1, E5)', () => {
  test('one decides a penalty, two of two organisations a severe decision', () => {
    const penalty = act(disputed('P2', 5), rita, ruling('upheld'), 6);
    expect(concurredRuling(openDisputes(penalty)[0] as never)?.person).toBe('rita');
    const once = act(disputed('S1', 12), rita, ruling('upheld'), 13);
    expect(concurredRuling(openDisputes(once)[0] as never)).toBeNull();
    const sameHouse = person('ruth', { organisation: 'org-of-rita' });
    expect(codeOf(once, sameHouse, ruling('upheld'), 14)).toBe('same-organisation');
    expect(codeOf(once, rita, ruling('upheld'), 14)).toBe('already-reviewed');
    const apart = act(once, rolf, ruling('overturned'), 14);
    expect(concurredRuling(openDisputes(apart)[0] as never)).toBeNull();
    const third = act(apart, person('rana'), ruling('overturned', 'procedure'), 15);
    expect(concurredRuling(openDisputes(third)[0] as never)?.result).toBe('overturned');
    expect(nextDue(third)).toMatchObject({ act: 'close-dispute', disputeId: 'c-1-x1' });
  });

  test('to overturn one decision and to overturn the whole case is not the same word', () => {
    const one = act(disputed('S1', 12), rita, ruling('overturned', 'law'), 13);
    const two = act(one, rolf, ruling('overturned', 'evidence'), 13);
    expect(concurredRuling(openDisputes(two)[0] as never)).toBeNull();
  });

  test.each([
    ['approved', 'role-taken'],
    ['reviewed', 'role-taken'],
    ['audited', 'role-taken'],
    ['operated', 'conflict-of-interest'],
    ['configured', 'conflict-of-interest'],
    ['proposed', 'conflict-of-interest'],
  ] as const)('who %s in the case does not rule on it', (role, code) => {
    const state = { ...disputed('S1', 12), people: [{ person: 'rita', role }] };
    expect(codeOf(state, rita, ruling('upheld'), 13)).toBe(code);
  });

  test('nobody of the participant’s group or of a complainant’s, and nobody but reviewers', () => {
    const state = { ...disputed('S1', 12), complainants: ['rivals', 'swarm'] };
    for (const controlGroup of ['group-p-1', 'rivals'])
      expect(codeOf(state, { ...rita, controlGroup }, ruling('upheld'), 13)).toBe(
        'conflict-of-interest',
      );
    expect(codeOf(state, { ...rita, roles: ['governor'] }, ruling('upheld'), 13)).toBe(
      'reviewer-needed',
    );
    expect(codeOf(state, { ...rita, controlGroup: 'others' }, ruling('upheld'), 13)).toBeNull();
  });

  test('a panel that is overdue is replaced, the next one is asked after, and then money goes back', () => {
    const state = act(disputed('S1', 12), rita, ruling('upheld'), 13);
    expect(nextDue({ ...state, stage: 'restoring' })).toMatchObject({ act: 'settle' });
    const second = overdue(state, 'c-1-x1', at(33));
    expect(second.disputes?.[0]).toMatchObject({ panel: 2, rulings: [], replaced: ['rita'] });
    expect(codeOf(second, rita, ruling('upheld'), 34)).toBe('panel-replaced');
    expect(codeOf(second, rolf, ruling('upheld'), 34)).toBeNull();
    const third = overdue(second, 'c-1-x1', at(54));
    expect(third.disputes?.[0]).toMatchObject({ panel: 2, escalatedAtMs: at(54) });
    const quiet = { ...third, imposed: [third.imposed[3] as ImposedStep] };
    expect(nextDue({ ...quiet, stage: 'ended', outcome: 'reinstated' })).toMatchObject({
      act: 'lapse-pending',
      atMs: at(11 + 56),
    });
  });

  test.each([
    ['reduced', null],
    ['reduced', 'S1'],
    ['reduced', 'S2'],
    ['upheld', 'P2'],
    ['overturned', 'P2'],
  ] as const)('%s to %s is no decision', (result, toRung) => {
    expect(codeOf(disputed('S1', 12), rita, ruling(result, 'law', toRung), 13)).toBe(
      'rung-not-lower',
    );
  });

  test('nothing is reduced below what is final', () => {
    const state = disputed('S1', 20);
    const imposed = state.imposed.map((one) =>
      one.rung === 'P1' || one.rung === 'P2' ? { ...one, money: 'final' as const } : one,
    );
    const later = { ...state, imposed };
    expect(codeOf(later, rita, ruling('reduced', 'law', 'P1'), 21)).toBe('rung-final');
    expect(codeOf(later, rita, ruling('reduced', 'law', 'P2'), 21)).toBeNull();
  });
});

describe('what stands afterwards (rule D10)', () => {
  const entry = (live: Record<string, bigint>): CaseEntry => ({
    caseId: 'c-1',
    family: 'performance',
    violationType: 'downtime',
    severity: 'minor',
    occurredAtMs: T0,
    servedRung: 'S1',
    counts: true,
    parts: ['P1', 'P2', 'S1'].map((rung) => ({
      decisionId: `c-1-${rung}`,
      rung: rung as ImposedStep['rung'],
      status: live[rung] === undefined ? ('void' as const) : ('pending' as const),
      stakeUnits: live[rung] ?? 10n,
      rewardUnits: 0n,
      heldAtMs: null,
      imposedAtMs: T0,
      finalDueAtMs: T0,
      settledAtMs: null,
    })),
  });
  const own = aSanction('c-1', {
    rung: 'S1',
    access: 'suspended',
    minimumUntilMs: at(18),
    rewardCutBps: 2_500,
    rewardCutUntilMs: at(41),
  });
  const to = (standing: ImposedStep['rung']) => (one: ImposedStep) =>
    ['W', 'P1', 'P2', 'S1'].indexOf(one.rung) <= ['W', 'P1', 'P2', 'S1'].indexOf(standing)
      ? one.rung
      : null;

  test.each([
    ['law', 'S1', 'P2'],
    ['amount', 'P2', 'P1'],
    ['evidence', 'S1', null],
    ['platform-fault', 'P1', null],
    ['procedure', 'W', null],
  ] as const)('overturned for %s, %s leaves %s', (reasonCode, rung, standing) => {
    const state = disputed(rung, rung === 'S1' ? 12 : 5);
    const [dispute] = openDisputes(state);
    const [said] = act(state, rita, ruling('overturned', reasonCode), 13).disputes ?? [];
    if (!dispute || !said?.rulings[0]) throw new Error('It was disputed.');
    expect(standingAfter(state, dispute, said.rulings[0])).toBe(standing);
  });

  test('a fallen rung comes back only by a person, and what is to serve follows what stands', () => {
    const state = disputed('P2', 12);
    const imposed = stepsAfter(state, entry({ P1: 10n }), to('P1'), 'void');
    const fallen = partlyFallen(state, imposed, at(13));
    expect(fallen).toMatchObject({
      stage: 'correcting',
      rung: 'P1',
      announced: null,
      refusedRungs: ['P2', 'S1'],
      suspendedUntilMs: at(1) + 600_000,
    });
    expect(fallen.imposed.map(({ money }) => money)).toEqual(['none', 'pending', 'void', 'void']);
    const sanction = sanctionAfterFall(fallen, own, at(13));
    expect(sanction).toMatchObject({ rung: 'P1', access: 'suspended', rewardCutBps: 500 });
    expect(sanction.rewardCutUntilMs).toBe(at(8));
  });

  test('the whole cut while suspended goes with the rung that said so (rules C3, D10)', () => {
    const state = disputed('S1', 12, climbed({ law: lawOf('security') }));
    const cut = { rewardCutSuspendedBps: 10_000, rewardCutAfterMs: 30 * DAY_MS };
    const security = { ...own, ...cut, family: 'security' as const };
    const kept = sanctionAfterFall(state, security, at(13));
    expect(kept).toMatchObject(cut);
    const imposed = stepsAfter(state, entry({ P1: 10n, P2: 10n }), to('P2'), 'void');
    const sanction = sanctionAfterFall(partlyFallen(state, imposed, at(13)), security, at(13));
    expect(sanction).toMatchObject({ rung: 'P2', access: 'suspended' });
    expect(sanction).not.toHaveProperty('rewardCutSuspendedBps');
    expect(sanction).not.toHaveProperty('rewardCutAfterMs');
  });

  test('without a penalty nothing bars access, and the quiet time ends the case', () => {
    const state = disputed('P1', 5, climbed({ stage: 'restoring', correctedAtMs: at(12) }));
    const imposed = stepsAfter(state, entry({}), to('W'), 'void');
    const fallen = partlyFallen(state, imposed, at(13));
    expect(fallen).toMatchObject({ stage: 'correcting', rung: 'W', correctedAtMs: at(12) });
    const barred = [{ fromMs: at(1), toMs: null }];
    const free = sanctionAfterFall(fallen, { ...own, barred }, at(13));
    expect(free).toMatchObject({ access: 'active', rewardCutBps: 0, probationUntilMs: null });
    // Raised again, it bars from then on: in between rewards accrued.
    expect(barredFrom(free, at(20))).toEqual([{ fromMs: at(20), toMs: null }]);
  });

  test('a probation that ran out before the fall is over since that of what stands would have been (rules C6, D11)', () => {
    const over = climbed({ stage: 'ended', outcome: 'reinstated', endedAtMs: at(30) });
    const state = disputed('S1', 5, { ...over, probationUntilMs: null, probationOverAtMs: at(67) });
    const fallen = partlyFallen(state, stepsAfter(state, entry({}), to('P2'), 'void'), at(68));
    expect(fallen).toMatchObject({ probationUntilMs: null, probationOverAtMs: at(58) });
    const was = { ...own, access: 'active' as const, probationUntilMs: at(67) };
    expect(sanctionAfterFall(fallen, was, at(68)).probationUntilMs).toBe(at(58));
  });

  test('a whole case that fell ends dismissed, whatever was disputed beside', () => {
    const both = act(disputed('P2', 5), owner, objectTo('S1'), 12);
    const imposed = stepsAfter(both, entry({}), () => null, 'void');
    const fallen = wholeFallen(both, imposed, at(13));
    expect(fallen).toMatchObject({ stage: 'ended', outcome: 'dismissed', endedAtMs: at(13) });
    expect(fallen.disputes?.every(({ end }) => end?.result === 'moot')).toBe(true);
    expect(projectCase(fallen, 'w').money).toMatchObject({
      pendingUnits: '0',
      returnedUnits: '30',
    });
  });

  test('final decisions stay (invariant H14)', () => {
    const state = climbed();
    const [w, p1, p2, s1] = state.imposed as [ImposedStep, ImposedStep, ImposedStep, ImposedStep];
    const known = { ...state, imposed: [w, { ...p1, money: 'final' as const }, p2, s1] };
    const imposed = stepsAfter(known, entry({}), () => null, 'void');
    expect(imposed.map(({ money }) => money)).toEqual(['void', 'final', 'void', 'void']);
  });

  test('the rung below is the highest that stands', () => {
    expect(rungBelow(climbed(), 'S1')).toBe('P2');
    expect(rungBelow(climbed(), 'W')).toBeNull();
  });
});
