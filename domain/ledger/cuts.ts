import type { CaseEntry, LedgerSnapshot } from './accounts.ts';
import { type DecisionRef, entryOf, type LedgerMove, postings, settle } from './move.ts';
import { joined, withheldOf } from './rewards.ts';

/**
 * Undoes what one case has cut from rewards, exactly: each reward's cut is reckoned again from the cases that remain, and the
 * difference becomes unpaid, at the instant it was earned (rules C3, D10). `limitBps` is what the case may still cut: 0 when it
 * falls, the cut of the rung that stands when it is reduced. A second call with the same limit moves nothing.
 */
export function returnWithheld(
  snapshot: LedgerSnapshot,
  ref: DecisionRef & { limitBps?: number },
): LedgerMove {
  const { caseId, limitBps = 0 } = ref;
  const known = entryOf(snapshot, caseId);
  const entry: CaseEntry = {
    ...known,
    cutLimitBps: Math.min(limitBps, known.cutLimitBps ?? limitBps),
    // By whichever clock it was credited: what is booked already was credited before the fall.
    cutLimitAtMs: snapshot.rewards.reduce(
      (atMs, { creditedAtMs }) => Math.max(atMs, creditedAtMs),
      ref.atMs,
    ),
  };
  const after = snapshot.cases.map((one) => (one.caseId === caseId ? entry : one));
  const back = snapshot.rewards.flatMap((reward) => {
    const units = withheldOf(reward, snapshot.cases) - withheldOf(reward, after);
    return units > 0n ? [{ earnedAtMs: reward.earnedAtMs, units }] : [];
  });
  const units = back.reduce((sum, one) => sum + one.units, 0n);
  const moved = postings([
    ['withheld', -units],
    ['rewardsUnpaid', units],
  ]);
  const unpaid =
    units === 0n ? snapshot.unpaidRewards : joined([...snapshot.unpaidRewards, ...back]);
  return settle(snapshot, entry, ref, 'return-cut', moved, unpaid);
}
