import { describe, expect, test } from 'vitest';
import { aLedger, anEntry, DAY_MS, T0 } from '../law/test-fixtures.ts';
import type { CutFall, LedgerSnapshot, RewardCut } from './accounts.ts';
import { creditReward } from './bookings.ts';
import { caseFaults, checkConservation } from './conservation.ts';
import { NO_CUT, returnKinsCuts, returnWithheld, type StandingCut } from './cuts.ts';
import { applyMove } from './move.ts';

/** A reward of 10,000 units that one case cuts whole, credited at an instant. */
function credited(
  ledger: LedgerSnapshot,
  transferId: string,
  atMs: number,
  cuts: RewardCut[] = [{ caseId: 'c1', bps: 10_000 }],
): LedgerSnapshot {
  const booking = { transferId, units: 10_000n, atMs, earnedAtMs: atMs, cuts };
  return applyMove(ledger, creditReward(ledger, booking));
}

const FAR = T0 + 99 * DAY_MS;

function reduced(
  ledger: LedgerSnapshot,
  atMs: number,
  standing: Partial<StandingCut> = {},
): LedgerSnapshot {
  const ref = { caseId: 'c1', decisionId: `x-${atMs}`, atMs };
  return applyMove(ledger, returnWithheld(ledger, ref, { ...NO_CUT, untilMs: FAR, ...standing }));
}

const before = credited(aLedger(0n, [anEntry('c1')]), 'r1', T0);

test('a case that was reduced and raised again cuts whole what is credited then (rules C3, D10)', () => {
  const fallen = reduced(before, T0 + DAY_MS, { bps: 500 });
  expect(fallen.balances).toMatchObject({ withheld: 500n, rewardsUnpaid: 9_500n });
  const later = credited(fallen, 'r2', T0 + 2 * DAY_MS);
  expect(later.balances).toMatchObject({ withheld: 10_500n, rewardsUnpaid: 9_500n });
  checkConservation(later.balances);
  // It falls again, to a rung that cuts more: what had come back stays, and what came later is cut by that.
  const again = reduced(later, T0 + 3 * DAY_MS, { bps: 700 });
  expect(again.balances).toMatchObject({ withheld: 1_200n, rewardsUnpaid: 18_800n });
  expect(caseFaults(again)).toEqual([]);
});

test('what was credited once the cut that stands was over comes back whole', () => {
  const late = credited(before, 'r2', T0 + 2 * DAY_MS);
  const fallen = reduced(late, T0 + 3 * DAY_MS, { bps: 500, untilMs: T0 + DAY_MS });
  expect(fallen.balances).toMatchObject({ withheld: 500n, rewardsUnpaid: 19_500n });
});

test('what was booked before the fall returns, also when its clock was ahead', () => {
  const ahead = credited(before, 'r2', T0 + 2 * DAY_MS);
  expect(reduced(ahead, T0 + DAY_MS).balances).toMatchObject({
    withheld: 0n,
    rewardsUnpaid: 20_000n,
  });
});

test('what was earned without access stays withheld, as long as what stands bars at the least (ADR 0026)', () => {
  const barred: RewardCut[] = [{ caseId: 'c1', bps: 10_000, barred: true }];
  const early = credited(before, 'r2', T0 + 1, barred);
  const both = credited(early, 'r3', T0 + 2, barred);
  const fallen = reduced(both, T0 + DAY_MS, { bps: 500, barsUntilMs: T0 + 1 });
  expect(fallen.balances).toMatchObject({ withheld: 11_000n, rewardsUnpaid: 19_000n });
  expect(caseFaults(fallen)).toEqual([]);
  // Barred on after that, it falls again: what was earned since the first fall has its own least time.
  const since = credited(fallen, 'r4', T0 + 2 * DAY_MS, barred);
  const again = reduced(since, T0 + 3 * DAY_MS, { bps: 500, barsUntilMs: T0 + 3 * DAY_MS });
  expect(again.balances).toEqual(since.balances);
  const gone = reduced(again, T0 + 4 * DAY_MS);
  expect(gone.balances).toMatchObject({ withheld: 0n, rewardsUnpaid: 40_000n });
});

describe('what a case cut in the ledgers of the kin (rules C8, D10)', () => {
  const fall: CutFall = {
    reviewId: 'x',
    atMs: T0 + DAY_MS,
    creditedByMs: T0 + DAY_MS,
    bps: 0,
    untilMs: FAR,
    barsUntilMs: 0,
  };
  const fallenTo = (bps: number) => anEntry('c1', { cutFalls: [{ ...fall, bps }] });
  const review = { reviewId: 'x', atMs: T0 + DAY_MS };
  const kin = (cuts: RewardCut[]) => credited(aLedger(0n), 'r1', T0, cuts);

  test('comes back once, down to what stands, by the review that made it fall', () => {
    const ledger = kin([{ caseId: 'c1', bps: 10_000 }]);
    const move = returnKinsCuts(ledger, fallenTo(500), review);
    if (!move) throw new Error('Something comes back.');
    const after = applyMove(ledger, move);
    expect(after.balances).toMatchObject({ withheld: 500n, rewardsUnpaid: 9_500n });
    expect(caseFaults(after)).toEqual([]);
    // Credited later, with a cut that stands: neither this review nor one that upholds gives it back.
    const later = credited(after, 'r2', T0 + 2 * DAY_MS);
    for (const reviewId of ['x', 'y'])
      expect(returnKinsCuts(later, fallenTo(500), { ...review, reviewId })).toBeNull();
    expect(returnKinsCuts(ledger, anEntry('c1'), review)).toBeNull();
  });

  test('is not hidden by a larger cut of another case, for that one may fall too', () => {
    const both = [
      { caseId: 'c1', bps: 5_000 },
      { caseId: 'c2', bps: 10_000 },
    ];
    const ledger = kin(both);
    const first = returnKinsCuts(ledger, fallenTo(0), review);
    if (!first) throw new Error('The fall is kept.');
    expect(first.transfers).toEqual([]);
    const hidden = applyMove(ledger, first);
    const second = returnKinsCuts(hidden, { ...fallenTo(0), caseId: 'c2' }, review);
    if (!second) throw new Error('The other cut comes back.');
    expect(second.balances).toMatchObject({ withheld: 0n, rewardsUnpaid: 10_000n });
  });
});
