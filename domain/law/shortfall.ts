import type { LedgerSnapshot, Withdrawal } from '../ledger/accounts.ts';
import { maxUnits, parseUnits } from '../money.ts';
import { bondedUnits } from '../watch/shortfall.ts';
import { cameIn } from './slashable.ts';

/** Whose doing it is that a participant has less bonded than the minimum (rule C10). */
export interface ExplainedShortfall {
  bondedUnits: bigint;
  minimumUnits: bigint;
  /** What was slashed for good since the stake was last enough. */
  slashedUnits: bigint;
  /** Without our own slashes the stake would be enough. */
  isOurs: boolean;
}

/**
 * Explains a stake below the minimum by what was finally slashed since it was last enough (rule C10). Held and pending stake counts as
 * bonded, so only final slashes can make it short. Null when nothing is short.
 */
export function explainShortfall(
  snapshot: LedgerSnapshot,
  minimumUnits: bigint,
): ExplainedShortfall | null {
  const bonded = bondedUnits(snapshot.balances);
  if (bonded >= minimumUnits) return null;
  const movements = [
    ...cameIn(snapshot).map(({ atMs, units }) => ({ atMs, delta: units, slashed: 0n })),
    ...snapshot.withdrawals.map((one) => ({
      atMs: one.requestedAtMs,
      delta: -goneOf(one),
      slashed: 0n,
    })),
    ...snapshot.cases.flatMap(({ parts }) =>
      parts
        .filter(({ status }) => status === 'final')
        .map(({ settledAtMs, stakeUnits }) => ({
          atMs: settledAtMs ?? 0,
          delta: -stakeUnits,
          slashed: stakeUnits,
        })),
    ),
    // A rebate is a slash the less: what is short by then is not ours (rule D11). It may come at the instant of the slash.
    ...snapshot.cases.flatMap(({ rebate }) =>
      rebate ? [{ atMs: rebate.atMs, delta: 0n, slashed: -parseUnits(rebate.units) }] : [],
    ),
  ].sort((a, b) => a.atMs - b.atMs);
  let stake = 0n;
  let slashedUnits = 0n;
  for (const { delta, slashed } of movements) {
    stake += delta;
    slashedUnits = stake >= minimumUnits ? 0n : maxUnits(slashedUnits + slashed, 0n);
  }
  return {
    bondedUnits: bonded,
    minimumUnits,
    slashedUnits,
    isOurs: slashedUnits > 0n && bonded + slashedUnits >= minimumUnits,
  };
}

/** What a withdrawal takes from the bonded stake: what has left and what is on its way. What charges took of it is slashed, not gone. */
function goneOf({ exitingUnits, left }: Withdrawal): bigint {
  return left.reduce((sum, { units }) => sum + units, exitingUnits);
}
