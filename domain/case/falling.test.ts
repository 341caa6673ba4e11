import { describe, expect, test } from 'vitest';
import { aSanction, DAY_MS, lawOf, T0 } from '../law/test-fixtures.ts';
import type { CaseEntry } from '../ledger/accounts.ts';
import { barredFrom } from '../sanction.ts';
import { openDisputes, rungBelow, standingAfter } from './disputes.ts';
import { partlyFallen, sanctionAfterFall, stepsAfter, wholeFallen } from './falling.ts';
import { projectCase } from './project.ts';
import type { ImposedStep } from './state.ts';
import { act, at, climbed, disputed, objectTo, owner, rita, ruling } from './test-disputed.ts';

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
  const RUNGS = ['W', 'P1', 'P2', 'S1', 'S2'];
  const to = (standing: ImposedStep['rung']) => (one: ImposedStep) =>
    RUNGS.indexOf(one.rung) <= RUNGS.indexOf(standing) ? one.rung : null;

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

  test('an exclusion that fell gives way to what stands, and a second fall to what stands then (rules C4, C5, D10)', () => {
    const s2 = { ...climbed().imposed[3], decisionId: 'c-1-S2', rung: 'S2', imposedAtMs: at(30) };
    const excluded = climbed({
      imposed: [...climbed().imposed, s2 as ImposedStep],
      stage: 'ended',
      outcome: 'excluded',
      rung: 'S2',
      endedAtMs: at(30),
    });
    const barred = [{ fromMs: at(11), toMs: null }];
    const was = { ...own, rung: 'S2' as const, access: 'excluded' as const, barred };
    const known = entry({ P1: 10n, P2: 10n, S1: 10n });
    const first = partlyFallen(excluded, stepsAfter(excluded, known, to('S1'), 'void'), at(15));
    const served = sanctionAfterFall(first, was, at(15));
    expect(first).toMatchObject({ outcome: 'reinstated', accessReturnsAtMs: at(18) });
    expect(served).toMatchObject({ access: 'suspended', barred });
    // P2's day has been served long since: access is back at once, and the spell over.
    const second = partlyFallen(first, stepsAfter(first, known, to('P2'), 'void'), at(16));
    const back = sanctionAfterFall(second, served, at(16));
    expect(second).toMatchObject({ accessReturnsAtMs: null, probationUntilMs: at(16 + 28) });
    expect(back).toMatchObject({
      access: 'probation',
      probationUntilMs: at(16 + 28),
      barred: [{ fromMs: at(11), toMs: at(16) }],
    });
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
