import { describe, expect, test } from 'vitest';
import { aLedger, anEntry, DAY_MS, T0 } from '../law/test-fixtures.ts';
import type { LedgerSnapshot, RewardCut } from './accounts.ts';
import { creditReward } from './bookings.ts';
import { caseFaults, checkConservation } from './conservation.ts';
import { returnKinsCuts, returnWithheld } from './cuts.ts';
import { applyMove, entryOf } from './move.ts';

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

function reduced(ledger: LedgerSnapshot, atMs: number, limitBps: number): LedgerSnapshot {
  return applyMove(
    ledger,
    returnWithheld(ledger, { caseId: 'c1', decisionId: `x-${atMs}`, atMs, limitBps }),
  );
}

const before = credited(aLedger(0n, [anEntry('c1')]), 'r1', T0);

test('a case that was reduced and raised again cuts whole what is credited then (rules C3, D10)', () => {
  const fallen = reduced(before, T0 + DAY_MS, 500);
  expect(fallen.balances).toMatchObject({ withheld: 500n, rewardsUnpaid: 9_500n });
  const later = credited(fallen, 'r2', T0 + 2 * DAY_MS);
  expect(later.balances).toMatchObject({ withheld: 10_500n, rewardsUnpaid: 9_500n });
  checkConservation(later.balances);
  const again = reduced(later, T0 + 3 * DAY_MS, 500);
  expect(again.balances).toMatchObject({ withheld: 1_000n, rewardsUnpaid: 19_000n });
});

test('what was booked before the fall returns, also when its clock was ahead', () => {
  const ahead = credited(before, 'r2', T0 + 2 * DAY_MS);
  expect(reduced(ahead, T0 + DAY_MS, 0).balances).toMatchObject({
    withheld: 0n,
    rewardsUnpaid: 20_000n,
  });
});

test('what was earned without access stays withheld, as long as what stands bars at the least (ADR 0026)', () => {
  const barred: RewardCut[] = [{ caseId: 'c1', bps: 10_000, barred: true }];
  const early = credited(before, 'r2', T0 + 1, barred);
  const both = credited(early, 'r3', T0 + 2, barred);
  const ref = { caseId: 'c1', decisionId: 'x', atMs: T0 + DAY_MS, limitBps: 500 };
  const fallen = applyMove(both, returnWithheld(both, { ...ref, barsUntilMs: T0 + 2 }));
  expect(fallen.balances).toMatchObject({ withheld: 11_000n, rewardsUnpaid: 19_000n });
  expect(caseFaults(fallen)).toEqual([]);
  // Later it falls to a rung that bars longer, and then to nothing: what has come back stays.
  const again = { ...ref, decisionId: 'y' };
  const wider = applyMove(fallen, returnWithheld(fallen, { ...again, barsUntilMs: T0 + DAY_MS }));
  expect(wider.balances).toEqual(fallen.balances);
  const gone = applyMove(fallen, returnWithheld(fallen, { ...again, limitBps: 0 }));
  expect(gone.balances).toMatchObject({ withheld: 0n, rewardsUnpaid: 30_000n });
  expect(entryOf(gone, 'c1').barsUntilMs).toBeUndefined();
});

describe('what a case cut in the ledgers of the kin (rules C8, D10)', () => {
  const fallenTo = (cutLimitBps: number) =>
    anEntry('c1', { cutLimitBps, cutLimitAtMs: T0 + DAY_MS });
  const ref = { caseId: 'c1', decisionId: 'x/p-2', atMs: T0 + DAY_MS };
  const kin = (cuts: RewardCut[]) => credited(aLedger(0n), 'r1', T0, cuts);

  test('comes back once, down to what stands', () => {
    const ledger = kin([{ caseId: 'c1', bps: 10_000 }]);
    const move = returnKinsCuts(ledger, fallenTo(500), ref);
    if (!move) throw new Error('Something comes back.');
    const after = applyMove(ledger, move);
    expect(after.balances).toMatchObject({ withheld: 500n, rewardsUnpaid: 9_500n });
    expect(caseFaults(after)).toEqual([]);
    expect(returnKinsCuts(after, fallenTo(500), ref)).toBeNull();
    expect(returnKinsCuts(ledger, anEntry('c1'), ref)).toBeNull();
  });

  test('is not hidden by a larger cut of another case, for that one may fall too', () => {
    const both = [
      { caseId: 'c1', bps: 5_000 },
      { caseId: 'c2', bps: 10_000 },
    ];
    const ledger = kin(both);
    const first = returnKinsCuts(ledger, fallenTo(0), ref);
    if (!first) throw new Error('The limit is kept.');
    expect(first.transfers).toEqual([]);
    const hidden = applyMove(ledger, first);
    const other = { ...fallenTo(0), caseId: 'c2' };
    const second = returnKinsCuts(hidden, other, { ...ref, caseId: 'c2' });
    if (!second) throw new Error('The other cut comes back.');
    expect(second.balances).toMatchObject({ withheld: 0n, rewardsUnpaid: 10_000n });
  });
});
