import type { CaseState } from '../case/state.ts';
import type { CaseEntry, ChargePart, LedgerSnapshot, UnpaidReward } from '../ledger/accounts.ts';
import { maxUnits, parseUnits } from '../money.ts';
import type { Sanction } from '../sanction.ts';

/**
 * What a case in shadow would have done (design §6): the entry and the sanction that its steps made and nobody wrote. The case carries them
 * itself; neither ledger nor registry knows of them, so nothing else can count them (rule C11, invariant H15).
 */
export interface ShadowBooks {
  /** A `CaseEntry` as plain data: states cross Temporal, and bigint does not. */
  entry: Record<string, unknown>;
  sanction: Sanction | null;
}

/** Whether a case decides and records, and imposes nothing. Pinned with its law: switching a type on or off alters no open case. */
export function isShadow(state: Pick<CaseState, 'law'>): boolean {
  return state.law?.shadow === true;
}

/** The books after a step: what it would have written takes the place of what was there. */
export function booksAfter(
  books: ShadowBooks | undefined,
  change: { entry: CaseEntry | null; sanction: Sanction | null },
): ShadowBooks | undefined {
  const sanction = change.sanction ?? books?.sanction ?? null;
  if (change.entry === null) return books && { ...books, sanction };
  return { entry: toPlain(change.entry), sanction };
}

/**
 * The ledger as if the case had really done what is in its books, for the next decision to reckon with: so that a rung adds to what the rung below
 * would have taken, and a draft gives back what it would have held. Others' money is as it is.
 */
export function ledgerInShadow(
  snapshot: LedgerSnapshot,
  books: ShadowBooks | undefined,
): LedgerSnapshot {
  if (!books) return snapshot;
  const entry = fromPlain(books.entry);
  const { parts } = entry;
  const balances = { ...snapshot.balances };
  for (const part of parts) {
    if (part.status !== 'held' && part.status !== 'pending') continue;
    balances.available -= part.stakeUnits;
    balances.rewardsUnpaid -= part.rewardUnits;
    balances[part.status] += part.stakeUnits + part.rewardUnits;
  }
  const others = snapshot.cases.filter(({ caseId }) => caseId !== entry.caseId);
  return {
    ...snapshot,
    balances,
    unpaidRewards: withoutTaken(snapshot.unpaidRewards, parts),
    cases: [...others, entry],
  };
}

/** Unpaid rewards less what the parts would have taken of each instant; rewards that were really paid out meanwhile are gone anyway. */
function withoutTaken(
  rewards: readonly UnpaidReward[],
  parts: readonly ChargePart[],
): UnpaidReward[] {
  const taken = new Map<number, bigint>();
  for (const part of parts) {
    if (part.status === 'void' || part.status === 'lapsed') continue;
    for (const { earnedAtMs, units } of part.rewardTranches ?? [])
      taken.set(earnedAtMs, (taken.get(earnedAtMs) ?? 0n) + parseUnits(units));
  }
  return rewards.flatMap(({ earnedAtMs, units }) => {
    const gone = taken.get(earnedAtMs) ?? 0n;
    taken.set(earnedAtMs, maxUnits(gone - units, 0n));
    return units > gone ? [{ earnedAtMs, units: units - gone }] : [];
  });
}

/** Units of any field, also of one that entries get later, are told from other values by their wrapping. */
function toPlain(entry: CaseEntry): Record<string, unknown> {
  const text = JSON.stringify(entry, (_, value) =>
    typeof value === 'bigint' ? { bigint: value.toString() } : value,
  );
  return JSON.parse(text);
}

function fromPlain(plain: Record<string, unknown>): CaseEntry {
  return JSON.parse(JSON.stringify(plain), (_, value) =>
    isWrapped(value) ? BigInt(value.bigint) : value,
  );
}

function isWrapped(value: unknown): value is { bigint: string } {
  return typeof value === 'object' && value !== null && 'bigint' in value;
}
