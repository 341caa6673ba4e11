import type { CutFall, CutFalls, LedgerSnapshot, UnpaidReward } from './accounts.ts';
import { type DecisionRef, entryOf, type LedgerMove, postings, settle } from './move.ts';
import { cutFallsOf, type FallenCases, joined, standingBps, withheldOf } from './rewards.ts';

/** What stands of a case, in cuts from rewards: see `CutFall`. */
export type StandingCut = Pick<CutFall, 'bps' | 'untilMs' | 'barsUntilMs'>;

/** Nothing stands. */
export const NO_CUT: StandingCut = { bps: 0, untilMs: 0, barsUntilMs: 0 };

/**
 * Undoes what one case has cut from rewards, exactly: each reward's cut is reckoned again from what stands of it and from the cases that
 * remain, and the difference becomes unpaid, at the instant it was earned (rules C3, D10). `ref.decisionId` is the review.
 */
export function returnWithheld(
  snapshot: LedgerSnapshot,
  ref: DecisionRef,
  standing: StandingCut = NO_CUT,
): LedgerMove {
  const { caseId, decisionId: reviewId, atMs } = ref;
  const known = entryOf(snapshot, caseId);
  const fall: CutFall = { reviewId, atMs, creditedByMs: lastCredit(snapshot, atMs), ...standing };
  const entry = { ...known, cutFalls: [...(known.cutFalls ?? []), fall] };
  const cases = snapshot.cases.map((one) => (one.caseId === caseId ? entry : one));
  const back = returning(snapshot, { ...snapshot, cases });
  return settle(snapshot, entry, ref, 'return-cut', ...moved(snapshot, back));
}

/**
 * Undoes in one participant's ledger what a case of its kin has cut there, as far as it fell by one review (rules C8, D10). Null where that
 * is done, or where the case cuts no reward beyond what stands of it: whatever is credited later heeds its sanction.
 */
export function returnKinsCuts(
  snapshot: LedgerSnapshot,
  fallen: CutFalls,
  { reviewId, atMs }: { reviewId: string; atMs: number },
): LedgerMove | null {
  const { participantId, kinCutFalls = [] } = snapshot;
  const { caseId, cutFalls = [] } = fallen;
  const fall = cutFalls.find((one) => one.reviewId === reviewId);
  const known = kinCutFalls.find((one) => one.caseId === caseId)?.cutFalls ?? [];
  if (!fall || known.some((one) => one.reviewId === reviewId)) return null;
  const here = { ...fall, creditedByMs: lastCredit(snapshot, fall.atMs) };
  const kinFall: CutFalls = { caseId, cutFalls: [...known, here] };
  const others = kinCutFalls.filter((one) => one.caseId !== caseId);
  const after = { ...snapshot, kinCutFalls: [...others, kinFall] };
  // A larger cut of another case may hide this one, until that case falls too.
  if (!cutsLess(snapshot, after, caseId)) return null;
  const ref = { caseId, decisionId: `${reviewId}/${participantId}`, atMs };
  const [legs, unpaidRewards] = moved(snapshot, returning(snapshot, after));
  return { ...settle(snapshot, null, ref, 'return-cut', legs, unpaidRewards), kinFall };
}

/** By whichever clock it was credited: what is booked already was credited before the fall. */
function lastCredit({ rewards }: LedgerSnapshot, atMs: number): number {
  return rewards.reduce((latest, { creditedAtMs }) => Math.max(latest, creditedAtMs), atMs);
}

/** Whether one case cuts less of any reward than before. */
function cutsLess(snapshot: LedgerSnapshot, after: FallenCases, caseId: string): boolean {
  const [before, now] = [cutFallsOf(snapshot), cutFallsOf(after)];
  return snapshot.rewards.some((reward) =>
    reward.cuts.some(
      (cut) =>
        cut.caseId === caseId && standingBps(cut, reward, now) < standingBps(cut, reward, before),
    ),
  );
}

/** What is withheld no longer when less may be cut, by the instants it was earned at. */
function returning(snapshot: LedgerSnapshot, after: FallenCases): UnpaidReward[] {
  const [before, now] = [cutFallsOf(snapshot), cutFallsOf(after)];
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
