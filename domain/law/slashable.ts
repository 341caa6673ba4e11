import type { CaseEntry, ChargePart, LedgerSnapshot, StakeMovement } from '../ledger/accounts.ts';
import { maxUnits, minUnits, parseUnits } from '../money.ts';

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
  for (const one of cameIn(snapshot)) if (one.atMs <= atMs) stake += one.units;
  for (const left of leftOf(snapshot)) if (left.atMs <= atMs) stake -= left.units;
  for (const part of finalParts(snapshot.cases)) {
    if ((part.settledAtMs ?? 0) <= atMs) stake -= part.stakeUnits;
  }
  return maxUnits(stake, 0n);
}

/**
 * The most that a case may charge in all, its own charges included (rule D6): stake at `occurredAtMs`, less what other cases
 * hold or have pending, less what was finally slashed by them and what of it left since. What is on its way out has not left.
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
  return maxUnits(slashable - goneSince(snapshot, occurredAtMs), 0n);
}

/**
 * Units of the stake at an instant that have left since. What came in later leaves first, so that it neither pays for a case nor
 * lets the stake of the fault out in its place (ADR 0024): what remains is the lowest that the stake has been since.
 */
function goneSince(snapshot: LedgerSnapshot, atMs: number): bigint {
  const moves = [
    ...cameIn(snapshot),
    // After what came in at the same instant, which was there when it was let go.
    ...leftOf(snapshot).map((left) => ({ atMs: left.atMs, units: -left.units })),
  ].sort((a, b) => a.atMs - b.atMs);
  let net = 0n;
  let lowest = 0n;
  for (const move of moves) {
    if (move.atMs <= atMs) continue;
    net += move.units;
    lowest = minUnits(lowest, net);
  }
  return -lowest;
}

/** Deposits and rebates: a rebate comes into the stake as a deposit does (rule D11). */
export function cameIn({
  deposits,
  cases,
}: Pick<LedgerSnapshot, 'deposits' | 'cases'>): StakeMovement[] {
  const rebates = cases.flatMap(({ rebate }) =>
    rebate === undefined ? [] : [{ atMs: rebate.atMs, units: parseUnits(rebate.units) }],
  );
  return [...deposits, ...rebates];
}

function leftOf(snapshot: Pick<LedgerSnapshot, 'withdrawals'>): StakeMovement[] {
  return snapshot.withdrawals.flatMap((withdrawal) => withdrawal.left);
}

function finalParts(entries: readonly CaseEntry[]): ChargePart[] {
  return entries.flatMap((entry) => entry.parts.filter((part) => part.status === 'final'));
}
