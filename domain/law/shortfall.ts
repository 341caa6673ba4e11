import type { LedgerSnapshot } from '../ledger/accounts.ts';

/** Whose doing it is that a participant has less bonded than the minimum (rule C10). */
export interface Shortfall {
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
export function shortfallOf(snapshot: LedgerSnapshot, minimumUnits: bigint): Shortfall | null {
  const bondedUnits = bondedStake(snapshot);
  if (bondedUnits >= minimumUnits) return null;
  const movements = [
    ...snapshot.deposits.map(({ atMs, units }) => ({ atMs, delta: units, slashed: 0n })),
    ...snapshot.withdrawals.map(({ atMs, units }) => ({ atMs, delta: -units, slashed: 0n })),
    ...snapshot.cases.flatMap(({ parts }) =>
      parts
        .filter(({ status }) => status === 'final')
        .map(({ settledAtMs, stakeUnits }) => ({
          atMs: settledAtMs ?? 0,
          delta: -stakeUnits,
          slashed: stakeUnits,
        })),
    ),
  ].sort((a, b) => a.atMs - b.atMs);
  let stake = 0n;
  let slashedUnits = 0n;
  for (const { delta, slashed } of movements) {
    stake += delta;
    slashedUnits = stake >= minimumUnits ? 0n : slashedUnits + slashed;
  }
  return {
    bondedUnits,
    minimumUnits,
    slashedUnits,
    isOurs: slashedUnits > 0n && bondedUnits + slashedUnits >= minimumUnits,
  };
}

/** Bonded stake: what is available, held or pending (rule C10). Rewards that were set aside lie in the same accounts and are no stake. */
export function bondedStake(snapshot: Pick<LedgerSnapshot, 'balances' | 'cases'>): bigint {
  const { available, held, pending } = snapshot.balances;
  const rewards = snapshot.cases
    .flatMap(({ parts }) => parts)
    .filter(({ status }) => status === 'held' || status === 'pending')
    .reduce((sum, part) => sum + part.rewardUnits, 0n);
  return available + held + pending - rewards;
}
