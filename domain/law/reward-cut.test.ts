import { describe, expect, test } from 'vitest';
import { barredFrom, barredUntil, type Sanction } from '../sanction.ts';
import { cutsOn, rewardMultiplier } from './reward-cut.ts';
import { anEntry, aSanction, DAY_MS, T0 } from './test-fixtures.ts';

const cut = (caseId: string, bps: number, untilMs: number, change: Partial<Sanction> = {}) =>
  aSanction(caseId, { rewardCutBps: bps, rewardCutUntilMs: untilMs, ...change });
const suspended = (caseId: string, fromMs: number): Sanction =>
  cut(caseId, 1_000, fromMs + 7 * DAY_MS, {
    access: 'suspended',
    sinceMs: fromMs,
    barred: barredFrom(null, fromMs),
  });

describe('what cuts a reward (rule C3)', () => {
  const earned = { earnedAtMs: T0, creditedAtMs: T0 + DAY_MS };

  test('every active cut, each with its case', () => {
    const sanctions = [cut('c-2', 2_500, T0 + 2 * DAY_MS), cut('c-1', 1_000, T0 + 2 * DAY_MS)];
    expect(cutsOn(earned, sanctions, [])).toEqual([
      { caseId: 'c-1', bps: 1_000 },
      { caseId: 'c-2', bps: 2_500 },
    ]);
  });

  test('none whose term is over when the reward is credited', () => {
    expect(cutsOn(earned, [cut('c-1', 1_000, T0 + DAY_MS)], [])).toEqual([]);
  });

  test('none of a case that fell', () => {
    const fallen = [anEntry('c-1', { counts: false })];
    expect(cutsOn(earned, [cut('c-1', 1_000, T0 + 2 * DAY_MS)], fallen)).toEqual([]);
  });

  test('of a case that was reduced, what was earned without access by then is cut as the sanction cuts now; what came after is whole', () => {
    const own = { ...suspended('c-1', T0), rewardCutUntilMs: T0 + 4 * DAY_MS };
    const atMs = T0 + DAY_MS;
    const fall = { reviewId: 'x', atMs, creditedByMs: atMs, bps: 1_000, untilMs: T0 + 9 * DAY_MS };
    const reduced = (barsUntilMs: number) => [
      anEntry('c-1', { cutFalls: [{ ...fall, barsUntilMs }] }),
    ];
    const at = (earnedAtMs: number, barsUntilMs = 0, creditedDay = 3) =>
      cutsOn({ earnedAtMs, creditedAtMs: T0 + creditedDay * DAY_MS }, [own], reduced(barsUntilMs));
    const whole = [{ caseId: 'c-1', bps: 10_000, barred: true }];
    expect(at(atMs)).toEqual([{ caseId: 'c-1', bps: 1_000 }]);
    // The cut that stands is over by then.
    expect(at(atMs, 0, 4)).toEqual([]);
    expect(at(atMs + 1)).toEqual(whole);
    // Where what stands bars too, all of what was earned in its least time.
    expect(at(T0 + 2, T0 + 2)).toEqual(whole);
    expect(at(T0 + 3, T0 + 2)).toEqual([{ caseId: 'c-1', bps: 1_000 }]);
    // What is only cut is cut as the sanction says by now.
    expect(at(T0 - 1)).toEqual([{ caseId: 'c-1', bps: 1_000 }]);
  });

  test('earned before the suspension it is only cut, earned in it all is withheld', () => {
    const sanction = suspended('c-1', T0);
    const at = (earnedAtMs: number) =>
      cutsOn({ earnedAtMs, creditedAtMs: T0 + DAY_MS }, [sanction], []);
    expect(at(T0 - 1)).toEqual([{ caseId: 'c-1', bps: 1_000 }]);
    expect(at(T0)).toEqual([{ caseId: 'c-1', bps: 10_000, barred: true }]);
  });

  test('what was earned in a suspension does not accrue by being credited after it', () => {
    const own = suspended('c-1', T0);
    const back: Sanction = {
      ...own,
      access: 'probation',
      sinceMs: T0 + 8 * DAY_MS,
      barred: barredUntil(own, T0 + 8 * DAY_MS),
    };
    const at = (earnedAtMs: number) =>
      cutsOn({ earnedAtMs, creditedAtMs: T0 + 20 * DAY_MS }, [back], []);
    expect(at(T0 + 8 * DAY_MS - 1)).toEqual([{ caseId: 'c-1', bps: 10_000, barred: true }]);
    expect(at(T0 + 8 * DAY_MS)).toEqual([]);
  });

  test('a sanction that keeps no spells knows at least the present one', () => {
    const { barred: _, ...old } = suspended('c-1', T0);
    expect(cutsOn(earned, [old], [])).toEqual([{ caseId: 'c-1', bps: 10_000, barred: true }]);
    expect(cutsOn(earned, [{ ...old, access: 'probation' }], [])).toEqual([
      { caseId: 'c-1', bps: 1_000 },
    ]);
  });

  test('security S1 takes all while suspended, and half for its term after that (rules §G)', () => {
    const own = {
      ...suspended('c-1', T0),
      rewardCutBps: 5_000,
      rewardCutSuspendedBps: 10_000,
      rewardCutAfterMs: 30 * DAY_MS,
    };
    expect(cutsOn({ ...earned, earnedAtMs: T0 - 1 }, [own], [])).toEqual([
      { caseId: 'c-1', bps: 10_000 },
    ]);
  });
});

describe('what a distributor is told', () => {
  test('all, without any cut', () => {
    expect(rewardMultiplier([], T0)).toEqual({ bps: 10_000, untilMs: null });
  });

  test('what the largest cut leaves, until it ends', () => {
    const sanctions = [cut('c-1', 1_000, T0 + 9 * DAY_MS), cut('c-2', 2_500, T0 + DAY_MS)];
    expect(rewardMultiplier(sanctions, T0)).toEqual({ bps: 7_500, untilMs: T0 + DAY_MS });
    expect(rewardMultiplier(sanctions, T0 + DAY_MS)).toEqual({
      bps: 9_000,
      untilMs: T0 + 9 * DAY_MS,
    });
  });

  test.each(['suspended', 'excluded'] as const)('nothing while %s, however long', (access) => {
    const sanctions = [cut('c-1', 1_000, T0 + DAY_MS, { access })];
    expect(rewardMultiplier(sanctions, T0)).toEqual({ bps: 0, untilMs: null });
  });
});
