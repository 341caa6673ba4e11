import type { RungId } from '../violation.ts';
import { rungOrder } from '../violation.ts';
import type { CaseEntry, ChargePart, LedgerSnapshot, Transfer, UnpaidReward } from './accounts.ts';
import { returnStake } from './exits.ts';
import {
  applyMove,
  entryOf,
  type LedgerMove,
  postings,
  replacePart,
  settle,
  still,
} from './move.ts';
import { amendEntry, splitKept } from './moves.ts';
import { giveBack, keptTranches } from './rewards.ts';

/** What a reduction leaves of a case. */
export interface Reduction {
  caseId: string;
  /** The rung that stands, as in "reduced to P2". */
  toRung: RungId;
  /** The most that the case may keep: what that rung is worth by the calculation. Null keeps what its own parts charged. */
  keepUnits: bigint | null;
  /** The review's decision; part of the transfers' keys. */
  reviewId: string;
  atMs: number;
}

/**
 * "Reduced to P2": every part above the rung that stands is given back posting by posting, then the newest of the rest until
 * no more than `keepUnits` is left; within a part stake returns before rewards (rules D5, D10). Final money stays
 * (invariant H14). What was served is not undone; the entry's rung follows what stands.
 */
export function reduceCase(snapshot: LedgerSnapshot, reduction: Reduction): LedgerMove {
  const { caseId, toRung } = reduction;
  let entry = entryOf(snapshot, caseId);
  let current = snapshot;
  const transfers: Transfer[] = [];
  const charged = chargedBy(entry, toRung);
  let excess = reduction.keepUnits === null ? 0n : charged - reduction.keepUnits;
  for (const part of [...entry.parts].reverse()) {
    if (part.status !== 'held' && part.status !== 'pending') continue;
    const units = part.stakeUnits + part.rewardUnits;
    let keep = 0n;
    if (rungOrder(part.rung) <= rungOrder(toRung)) {
      if (excess <= 0n) continue;
      keep = units > excess ? units - excess : 0n;
      excess -= units - keep;
    }
    const move = cutPart(current, entry, part, keep, reduction);
    transfers.push(...move.transfers);
    current = applyMove(current, move);
    entry = entryOf(current, caseId);
  }
  const servedRung = lowered(entry.servedRung, toRung);
  return { ...still(current, { ...entry, servedRung }), transfers };
}

/** Overturns a case: its money goes back to the unit and it no longer counts as an earlier one (rules C11, D10). */
export function overturnCase(
  snapshot: LedgerSnapshot,
  overturn: { caseId: string; reviewId: string; atMs: number },
): LedgerMove {
  const reduced = reduceCase(snapshot, { ...overturn, toRung: 'W', keepUnits: 0n });
  const { servedRung } = entryOf(snapshot, overturn.caseId);
  const after = amendEntry(applyMove(snapshot, reduced), overturn.caseId, { counts: false });
  return {
    ...after,
    transfers: reduced.transfers,
    entry: after.entry && { ...after.entry, servedRung },
  };
}

/**
 * The cases that may owe less once `caseId` falls: of its family, not yet settled, and within reach of its recurrence or cap.
 * Each becomes min(old, recomputed), so `reduceCase` with the recomputed amount is all that is needed (rule D10).
 */
export function dependentsOf(
  snapshot: LedgerSnapshot,
  caseId: string,
  recurrenceWindowMs: number,
): CaseEntry[] {
  const fallen = entryOf(snapshot, caseId);
  return snapshot.cases
    .filter(
      (entry) =>
        entry.caseId !== caseId &&
        entry.family === fallen.family &&
        entry.occurredAtMs > fallen.occurredAtMs &&
        entry.occurredAtMs - fallen.occurredAtMs <= recurrenceWindowMs,
    )
    .sort((a, b) => a.occurredAtMs - b.occurredAtMs || (a.caseId < b.caseId ? -1 : 1));
}

function chargedBy(entry: CaseEntry, upTo: RungId): bigint {
  return entry.parts
    .filter((part) => ['held', 'pending', 'final'].includes(part.status))
    .filter((part) => rungOrder(part.rung) <= rungOrder(upTo))
    .reduce((sum, part) => sum + part.stakeUnits + part.rewardUnits, 0n);
}

function cutPart(
  snapshot: LedgerSnapshot,
  entry: CaseEntry,
  part: ChargePart,
  units: bigint,
  { caseId, reviewId, atMs }: Reduction,
): LedgerMove {
  const kept = splitKept(part, units);
  const stake = returnStake(snapshot, part, kept.stakeUnits);
  const moved = postings([
    [part.status as 'held' | 'pending', units - part.stakeUnits - part.rewardUnits],
    ...stake.legs,
    ['rewardsUnpaid', part.rewardUnits - kept.rewardUnits],
  ]);
  const rewards: UnpaidReward[] = giveBack(snapshot, part, kept, entry);
  // A part that falls whole keeps its amounts as history, its status says that they went back.
  const after: ChargePart =
    units === 0n
      ? { ...part, status: 'void', settledAtMs: atMs }
      : {
          ...part,
          ...kept,
          rewardTranches: keptTranches(part, kept.rewardUnits),
          ...(part.exitTranches && { exitTranches: stake.kept }),
        };
  const ref = { caseId, decisionId: `${part.decisionId}/${reviewId}`, atMs };
  return settle(
    snapshot,
    replacePart(entry, after),
    ref,
    'void',
    moved,
    rewards,
    stake.withdrawals,
  );
}

function lowered(served: RungId | null, toRung: RungId): RungId | null {
  return served === null || rungOrder(served) <= rungOrder(toRung) ? served : toRung;
}
