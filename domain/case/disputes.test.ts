import { describe, expect, test } from 'vitest';
import { concurredRuling, isDisputed, isFinalDue, openDisputes, overdue } from './disputes.ts';
import { ended } from './ending.ts';
import { nextDue } from './outlook.ts';
import { projectCase } from './project.ts';
import type { ImposedStep } from './state.ts';
import {
  act,
  at,
  climbed,
  codeOf,
  disputed,
  law,
  objectTo,
  owner,
  person,
  rita,
  rolf,
  ruling,
  step,
} from './test-disputed.ts';

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

  test('what was severe when it was decided and became milder by another’s fall was not heard with the penalties', () => {
    const heard = disputed('W', 2);
    const [w, p1, p2, s1] = heard.imposed as [ImposedStep, ImposedStep, ImposedStep, ImposedStep];
    const milder = { ...s1, rung: 'P2' as const, reducedFrom: 'S1' as const };
    const state = {
      ...heard,
      rung: 'P2' as const,
      imposed: [w, p1, { ...p2, money: 'void' as const }, milder],
    };
    expect(codeOf(state, owner, objectTo('S1'), 12)).toBeNull();
    expect(codeOf(state, owner, objectTo('P1'), 12)).toBe('already-disputed');
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
