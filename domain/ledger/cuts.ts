import type { CaseEntry, CutLimit, LedgerSnapshot, UnpaidReward } from './accounts.ts';
import { type DecisionRef, entryOf, type LedgerMove, postings, settle } from './move.ts';
import { cutLimitsOf, joined, type LimitedCuts, standingBps, withheldOf } from './rewards.ts';

/** What of a case stands, in cuts from rewards: see `CutLimit`. By itself: nothing stands. */
export interface StandingCut {
  limitBps?: number;
  barsUntilMs?: number;
}

/**
 * Undoes what one case has cut from rewards, exactly: each reward's cut is reckoned again from the cases that remain, and the
 * difference becomes unpaid, at the instant it was earned (rules C3, D10). The case may cut on what stands of it, and no more than it
 * could before. A second call with the same limit moves nothing.
 */
export function returnWithheld(
  snapshot: LedgerSnapshot,
  ref: DecisionRef & StandingCut,
): LedgerMove {
  const known = entryOf(snapshot, ref.caseId);
  const { barsUntilMs: _, ...rest } = known;
  const entry = { ...rest, ...narrowed(known, ref, lastCredit(snapshot, ref.atMs)) };
  const cases = snapshot.cases.map((one) => (one.caseId === ref.caseId ? entry : one));
  const back = returning(snapshot, { ...snapshot, cases });
  return settle(snapshot, entry, ref, 'return-cut', ...moved(snapshot, back));
}

/**
 * Undoes in one participant's ledger what a case of its kin has cut there, as far as the kin's entry says that it fell (rules C8, D10).
 * Null where it cuts no reward beyond that: whatever is credited later heeds the entry.
 */
export function returnKinsCuts(
  snapshot: LedgerSnapshot,
  fallen: CaseEntry,
  ref: DecisionRef,
): LedgerMove | null {
  const { caseId, cutLimitBps, cutLimitAtMs = ref.atMs, barsUntilMs } = fallen;
  if (cutLimitBps === undefined) return null;
  const kinCutLimit: CutLimit = {
    caseId,
    cutLimitBps,
    cutLimitAtMs: lastCredit(snapshot, cutLimitAtMs),
    ...(barsUntilMs !== undefined && { barsUntilMs }),
  };
  const others = (snapshot.kinCutLimits ?? []).filter((one) => one.caseId !== caseId);
  const after = { ...snapshot, kinCutLimits: [...others, kinCutLimit] };
  // A larger cut of another case may hide this one, until that case falls too.
  if (!narrows(snapshot, after, caseId)) return null;
  const [legs, unpaidRewards] = moved(snapshot, returning(snapshot, after));
  return { ...settle(snapshot, null, ref, 'return-cut', legs, unpaidRewards), kinCutLimit };
}

/** A limit that has become narrower; what fell before stays fallen. */
function narrowed(known: CaseEntry, standing: StandingCut, atMs: number): Omit<CutLimit, 'caseId'> {
  const { limitBps = 0, barsUntilMs = 0 } = standing;
  const isFirst = known.cutLimitBps === undefined;
  const untilMs = isFirst ? barsUntilMs : Math.min(barsUntilMs, known.barsUntilMs ?? 0);
  return {
    cutLimitBps: Math.min(limitBps, known.cutLimitBps ?? limitBps),
    cutLimitAtMs: atMs,
    ...(untilMs > 0 && { barsUntilMs: untilMs }),
  };
}

/** By whichever clock it was credited: what is booked already was credited before the fall. */
function lastCredit({ rewards }: LedgerSnapshot, atMs: number): number {
  return rewards.reduce((latest, { creditedAtMs }) => Math.max(latest, creditedAtMs), atMs);
}

/** Whether one case cuts less of any reward than before. */
function narrows(snapshot: LedgerSnapshot, after: LimitedCuts, caseId: string): boolean {
  const [before, now] = [cutLimitsOf(snapshot), cutLimitsOf(after)];
  return snapshot.rewards.some((reward) =>
    reward.cuts.some(
      (cut) =>
        cut.caseId === caseId && standingBps(cut, reward, now) < standingBps(cut, reward, before),
    ),
  );
}

/** What is withheld no longer when less may be cut, by the instants it was earned at. */
function returning(snapshot: LedgerSnapshot, after: LimitedCuts): UnpaidReward[] {
  const [before, now] = [cutLimitsOf(snapshot), cutLimitsOf(after)];
  return snapshot.rewards.flatMap((reward) => {
    const units = withheldOf(reward, before) - withheldOf(reward, now);
    return units > 0n ? [{ earnedAtMs: reward.earnedAtMs, units }] : [];
  });
}

function moved(snapshot: LedgerSnapshot, back: UnpaidReward[]) {
  const units = back.reduce((sum, one) => sum + one.units, 0n);
  const legs = postings([
    ['withheld', -units],
    ['rewardsUnpaid', units],
  ]);
  const unpaid =
    units === 0n ? snapshot.unpaidRewards : joined([...snapshot.unpaidRewards, ...back]);
  return [legs, unpaid] as const;
}
