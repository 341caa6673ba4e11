import { invariant } from '../errors.ts';
import { formatUnits, maxUnits, minUnits, parseUnits } from '../money.ts';
import type { AccountName, ChargePart, LedgerSnapshot, Withdrawal } from './accounts.ts';

type ExitTranches = NonNullable<ChargePart['exitTranches']>;

/** Legs of stake that moves, and the withdrawals after it. */
interface MovedStake {
  legs: [AccountName, bigint][];
  withdrawals: Withdrawal[];
}

/**
 * Takes stake for a charge: what is available first, then what is on its way out, the oldest withdrawal first (rule D6). Which
 * unit pays makes no difference to the amount; what is slashable is the law's to say. Throws when there is too little.
 */
export function takeStake(
  snapshot: Pick<LedgerSnapshot, 'balances' | 'withdrawals'>,
  units: bigint,
): MovedStake & { taken: ExitTranches } {
  const fromAvailable = minUnits(units, snapshot.balances.available);
  let wanted = units - fromAvailable;
  const taken: ExitTranches = [];
  const reduced = new Map<string, Withdrawal>();
  for (const withdrawal of oldestFirst(snapshot.withdrawals)) {
    const used = minUnits(withdrawal.exitingUnits, wanted);
    if (used === 0n) continue;
    wanted -= used;
    taken.push({ withdrawalId: withdrawal.withdrawalId, units: formatUnits(used) });
    reduced.set(withdrawal.withdrawalId, {
      ...withdrawal,
      exitingUnits: withdrawal.exitingUnits - used,
    });
  }
  invariant(wanted === 0n, 'A charge takes more stake than there is.');
  return {
    legs: [
      ['available', -fromAvailable],
      ['exiting', fromAvailable - units],
    ],
    withdrawals: replaced(snapshot.withdrawals, reduced),
    taken,
  };
}

/**
 * Gives back what a part takes beyond `keepStakeUnits`: last taken, first returned. What was on its way out goes on its way
 * again; where that withdrawal is over by now, it becomes available (ADR 0018). `kept` is what the part still has of each.
 */
export function returnStake(
  snapshot: Pick<LedgerSnapshot, 'withdrawals'>,
  part: ChargePart,
  keepStakeUnits: bigint,
): MovedStake & { kept: ExitTranches } {
  const returning = part.stakeUnits - keepStakeUnits;
  let left = returning;
  let exiting = 0n;
  const kept: ExitTranches = [];
  const grown = new Map<string, Withdrawal>();
  for (const tranche of [...(part.exitTranches ?? [])].reverse()) {
    const whole = parseUnits(tranche.units);
    const units = minUnits(whole, left);
    left -= units;
    if (whole > units) kept.unshift({ ...tranche, units: formatUnits(whole - units) });
    const known = snapshot.withdrawals.find((one) => one.withdrawalId === tranche.withdrawalId);
    if (units === 0n || known === undefined || known.outcome !== null) continue;
    exiting += units;
    grown.set(known.withdrawalId, { ...known, exitingUnits: known.exitingUnits + units });
  }
  return {
    legs: [
      ['available', maxUnits(returning - exiting, 0n)],
      ['exiting', exiting],
    ],
    withdrawals: replaced(snapshot.withdrawals, grown),
    kept,
  };
}

/** Withdrawals in the order in which a charge meets them. */
export function oldestFirst(withdrawals: readonly Withdrawal[]): Withdrawal[] {
  return [...withdrawals].sort(
    (a, b) => a.requestedAtMs - b.requestedAtMs || (a.withdrawalId < b.withdrawalId ? -1 : 1),
  );
}

function replaced(all: Withdrawal[], changed: ReadonlyMap<string, Withdrawal>): Withdrawal[] {
  if (changed.size === 0) return all;
  return all.map((one) => changed.get(one.withdrawalId) ?? one);
}
