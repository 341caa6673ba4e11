import { isLive } from '../law/slashable.ts';
import { maxUnits, minUnits } from '../money.ts';
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
import { splitKept } from './moves.ts';
import { giveBack, keptTranches } from './rewards.ts';

/** What becomes of one decision's money. */
export interface RestatedPart {
  decisionId: string;
  /** The rung that it is from now on. */
  rung: RungId;
  /** The most that it may keep; never more than it has. */
  keepUnits: bigint;
}

/** What a review does to the money of a case. */
export interface Restatement {
  caseId: string;
  /** Decisions that are not named keep what they have. */
  parts: RestatedPart[];
  /** The review's decision; part of the transfers' keys. */
  reviewId: string;
  atMs: number;
  /** Why money goes back: the decision fell, or nobody decided in time (rules D7, D10). */
  how?: 'void' | 'lapsed';
}

/**
 * Gives back what each decision may no longer keep, newest first, posting by posting; within a part stake returns before rewards
 * (rules D5, D10). Final money stays (invariant H14). A part that falls whole keeps its amounts as history, its status says that they
 * went back.
 */
export function restateCase(snapshot: LedgerSnapshot, restatement: Restatement): LedgerMove {
  const { caseId } = restatement;
  let current = snapshot;
  const transfers: Transfer[] = [];
  for (const part of [...entryOf(snapshot, caseId).parts].reverse()) {
    const wanted = restatement.parts.find((one) => one.decisionId === part.decisionId);
    if (wanted === undefined || (part.status !== 'held' && part.status !== 'pending')) continue;
    const units = part.stakeUnits + part.rewardUnits;
    if (wanted.keepUnits < units) {
      const move = cutPart(current, part, maxUnits(wanted.keepUnits, 0n), restatement);
      transfers.push(...move.transfers);
      current = applyMove(current, move);
    }
    current = applyMove(current, still(current, renamed(current, caseId, wanted)));
  }
  return { ...still(current, entryOf(current, caseId)), transfers };
}

/** What a reduction leaves of a case. */
export interface Reduction {
  caseId: string;
  /** The rung that stands, as in "reduced to P2". */
  toRung: RungId;
  /**
   * The most that the case may keep: what that rung is worth by the calculation, where the case had never been at it. Null keeps what
   * its own parts charged up to it.
   */
  keepUnits: bigint | null;
  /** The review's decision; part of the transfers' keys. */
  reviewId: string;
  atMs: number;
  how?: 'void' | 'lapsed';
}

/**
 * "Reduced to P2": what the case charged above the rung that stands is given back (rules D5, D10). What was served is not undone; the
 * entry's rung follows what stands.
 */
export function reduceCase(snapshot: LedgerSnapshot, reduction: Reduction): LedgerMove {
  const { toRung, ...rest } = reduction;
  const entry = entryOf(snapshot, reduction.caseId);
  const parts = partsKept(entry, reduction);
  const move = restateCase(snapshot, { ...rest, parts });
  const after = move.entry ?? entry;
  return { ...move, entry: { ...after, servedRung: lowered(after.servedRung, toRung) } };
}

/** How much each part keeps: all of it up to the rung that stands, or, newest first, what the amount leaves. Holds above it keep nothing. */
function partsKept(entry: CaseEntry, { toRung, keepUnits }: Reduction): RestatedPart[] {
  const isAbove = (part: ChargePart) => rungOrder(part.rung) > rungOrder(toRung);
  const charged = entry.parts.filter(
    (part) => part.status === 'pending' || part.status === 'final',
  );
  let excess = keepUnits === null ? 0n : sumOf(charged) - keepUnits;
  return [...entry.parts].reverse().map((part) => {
    const units = part.stakeUnits + part.rewardUnits;
    const rung = isAbove(part) ? toRung : part.rung;
    const { decisionId } = part;
    if (keepUnits === null || part.status === 'held')
      return { decisionId, rung, keepUnits: isAbove(part) ? 0n : units };
    if (part.status !== 'pending') return { decisionId, rung, keepUnits: units };
    const cut = minUnits(units, maxUnits(excess, 0n));
    excess -= cut;
    return { decisionId, rung, keepUnits: units - cut };
  });
}

/** Overturns a case: its money goes back to the unit and it no longer counts as an earlier one (rules C11, D10). */
export function overturnCase(
  snapshot: LedgerSnapshot,
  overturn: { caseId: string; reviewId: string; atMs: number; how?: 'void' | 'lapsed' },
): LedgerMove {
  const { caseId } = overturn;
  const entry = entryOf(snapshot, caseId);
  const parts = entry.parts.map(({ decisionId, rung }) => ({ decisionId, rung, keepUnits: 0n }));
  const move = restateCase(snapshot, { ...overturn, parts });
  // Nor does it follow another of its cause any more (rule C9).
  const { inert: _, behind: __, ...fallen } = move.entry ?? entry;
  return { ...move, entry: { ...fallen, counts: false } };
}

/**
 * The cases that may owe less once `caseId` falls: of its control group and family (rule C8), not yet settled, and within reach of its recurrence or cap.
 * Each becomes min(old, recomputed), so `reduceCase` with the recomputed amount is all that is needed (rule D10).
 */
export function dependentsOf(
  snapshot: LedgerSnapshot,
  caseId: string,
  recurrenceWindowMs: number,
): CaseEntry[] {
  const fallen = entryOf(snapshot, caseId);
  const kin = (snapshot.group?.kin ?? []).flatMap(({ cases }) => cases);
  return [...snapshot.cases, ...kin]
    .filter(
      (entry) =>
        entry.caseId !== caseId &&
        entry.family === fallen.family &&
        entry.occurredAtMs > fallen.occurredAtMs &&
        entry.occurredAtMs - fallen.occurredAtMs <= recurrenceWindowMs,
    )
    .sort((a, b) => a.occurredAtMs - b.occurredAtMs || (a.caseId < b.caseId ? -1 : 1));
}

function sumOf(parts: readonly ChargePart[]): bigint {
  return parts.reduce((sum, part) => sum + part.stakeUnits + part.rewardUnits, 0n);
}

function cutPart(
  snapshot: LedgerSnapshot,
  part: ChargePart,
  units: bigint,
  { caseId, reviewId, atMs, how = 'void' }: Restatement,
): LedgerMove {
  const entry = entryOf(snapshot, caseId);
  const kept = splitKept(part, units);
  const stake = returnStake(snapshot, part, kept.stakeUnits);
  const moved = postings([
    [part.status as 'held' | 'pending', units - part.stakeUnits - part.rewardUnits],
    ...stake.legs,
    ['rewardsUnpaid', part.rewardUnits - kept.rewardUnits],
  ]);
  const rewards: UnpaidReward[] = giveBack(snapshot, part, kept, entry);
  const after: ChargePart =
    units === 0n
      ? { ...part, status: how, settledAtMs: atMs }
      : {
          ...part,
          ...kept,
          rewardTranches: keptTranches(part, kept.rewardUnits),
          ...(part.exitTranches && { exitTranches: stake.kept }),
        };
  const ref = { caseId, decisionId: `${part.decisionId}/${reviewId}`, atMs };
  const kind = how === 'void' ? 'void' : 'lapse';
  const successor = replacePart(entry, after);
  return settle(snapshot, successor, ref, kind, moved, rewards, stake.withdrawals);
}

/** The entry with a decision that still has money under its new rung; what fell keeps its own as history. */
function renamed(snapshot: LedgerSnapshot, caseId: string, wanted: RestatedPart): CaseEntry {
  const entry = entryOf(snapshot, caseId);
  const part = entry.parts.find(({ decisionId }) => decisionId === wanted.decisionId);
  if (part === undefined || !isLive(part)) return entry;
  return replacePart(entry, { ...part, rung: wanted.rung });
}

function lowered(served: RungId | null, toRung: RungId): RungId | null {
  return served === null || rungOrder(served) <= rungOrder(toRung) ? served : toRung;
}
