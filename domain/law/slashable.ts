import type { CaseEntry, ChargePart, LedgerSnapshot, StakeMovement } from '../ledger/accounts.ts';
import { maxUnits, parseUnits } from '../money.ts';

/** All units of one part, from stake and from rewards. */
export function partUnits(part: ChargePart): bigint {
  return part.stakeUnits + part.rewardUnits;
}

/** A part that is neither void nor lapsed: held, pending or final (rules D4, D6). */
export function isLive(part: ChargePart): boolean {
  return part.status === 'held' || part.status === 'pending' || part.status === 'final';
}

/** What a case has charged or set aside and not given back. */
export function liveUnits(entry: CaseEntry): bigint {
  return entry.parts.filter(isLive).reduce((sum, part) => sum + partUnits(part), 0n);
}

/**
 * Stake that the participant owned at an instant: what came in up to then, less what had left or was finally slashed by then.
 * Held and pending money is still owned (rule D1), and so is what was on its way out (rule D6); rewards are not stake.
 */
export function stakeAt(
  snapshot: Pick<LedgerSnapshot, 'deposits' | 'withdrawals' | 'cases'>,
  atMs: number,
): bigint {
  let stake = 0n;
  for (const deposit of snapshot.deposits) if (deposit.atMs <= atMs) stake += deposit.units;
  for (const left of leftOf(snapshot)) if (left.atMs <= atMs) stake -= left.units;
  for (const part of finalParts(snapshot.cases)) {
    if ((part.settledAtMs ?? 0) <= atMs) stake -= part.stakeUnits;
  }
  for (const { rebate } of snapshot.cases)
    if (rebate !== undefined && rebate.atMs <= atMs) stake += parseUnits(rebate.units);
  return maxUnits(stake, 0n);
}

/**
 * The most that a case may charge in all, its own charges included (rule D6): stake at `occurredAtMs`, less what other cases
 * hold or have pending, less what was finally slashed by them and what left since. What is on its way out has not left.
 * Reductions take the oldest tranche first, so that later deposits neither pay for the case nor shield it.
 */
export function slashableUnits(
  snapshot: LedgerSnapshot,
  caseId: string,
  occurredAtMs: number,
): bigint {
  const others = snapshot.cases.filter((entry) => entry.caseId !== caseId);
  let slashable = stakeAt(snapshot, occurredAtMs);
  for (const entry of others) {
    for (const part of entry.parts) {
      if (part.status === 'held' || part.status === 'pending') slashable -= part.stakeUnits;
    }
  }
  for (const part of finalParts(others)) {
    if ((part.settledAtMs ?? 0) > occurredAtMs) slashable -= part.stakeUnits;
  }
  for (const left of leftOf(snapshot)) if (left.atMs > occurredAtMs) slashable -= left.units;
  return maxUnits(slashable, 0n);
}

function leftOf(snapshot: Pick<LedgerSnapshot, 'withdrawals'>): StakeMovement[] {
  return snapshot.withdrawals.flatMap((withdrawal) => withdrawal.left);
}

function finalParts(entries: readonly CaseEntry[]): ChargePart[] {
  return entries.flatMap((entry) => entry.parts.filter((part) => part.status === 'final'));
}
