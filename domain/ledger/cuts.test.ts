import { expect, test } from 'vitest';
import { aLedger, anEntry, DAY_MS, T0 } from '../law/test-fixtures.ts';
import type { LedgerSnapshot } from './accounts.ts';
import { creditReward } from './bookings.ts';
import { checkConservation } from './conservation.ts';
import { returnWithheld } from './cuts.ts';
import { applyMove } from './move.ts';

/** A reward of 10,000 units that one case cuts whole, credited at an instant. */
function credited(ledger: LedgerSnapshot, transferId: string, atMs: number): LedgerSnapshot {
  const cuts = [{ caseId: 'c1', bps: 10_000 }];
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
