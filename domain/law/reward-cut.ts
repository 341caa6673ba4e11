import type { CaseEntry, CutFalls, RewardCut } from '../ledger/accounts.ts';
import { stillBars } from '../ledger/rewards.ts';
import { FULL_BPS } from '../money.ts';
import { isBarring, type Sanction, wasBarredAt } from '../sanction.ts';

/** What a distributor may pay of a reward: 10 000 is all of it. `untilMs` is when that changes by time alone, null when it does not. */
export interface RewardMultiplier {
  bps: number;
  untilMs: number | null;
}

/**
 * Every case that cuts a reward, with its cut (rule C3): what of its sanction is active when the reward is credited, and the
 * whole of what was earned while the case kept the participant suspended or excluded, for there nothing accrues. A case that
 * fell cuts nothing, one that was reduced no more than what stands of it (rule D10, ADR 0026). `cases` are those of the whole control group, whose
 * sanctions cut alike (rule C8).
 */
export function cutsOn(
  reward: { earnedAtMs: number; creditedAtMs: number },
  sanctions: readonly Sanction[],
  cases: readonly (CutFalls & Pick<CaseEntry, 'counts' | 'inert'>)[],
): RewardCut[] {
  const entries = new Map(cases.map((entry) => [entry.caseId, entry]));
  return sanctions
    .filter(({ caseId }) => !isVoid(entries.get(caseId)))
    .map((sanction): RewardCut => {
      const { caseId } = sanction;
      const { earnedAtMs, creditedAtMs } = reward;
      const { cutFalls = [] } = entries.get(caseId) ?? {};
      const isBarred = wasBarredAt(sanction, earnedAtMs) && stillBars(cutFalls, earnedAtMs);
      return isBarred
        ? { caseId, bps: FULL_BPS, barred: true }
        : { caseId, bps: activeCutBps(sanction, creditedAtMs) };
    })
    .filter(({ bps }) => bps > 0)
    .sort((a, b) => (a.caseId < b.caseId ? -1 : 1));
}

/** Whether a case stands for nothing. Who counts for nothing only because another case leads its cause has its sanction all the same (rule C9). */
function isVoid(entry: Pick<CaseEntry, 'counts' | 'inert'> | undefined): boolean {
  return entry !== undefined && !entry.counts && entry.inert === undefined;
}

/** What a distributor is told with the standing: what remains of a reward that is earned and credited now (rule C3). */
export function rewardMultiplier(sanctions: readonly Sanction[], nowMs: number): RewardMultiplier {
  // Access returns through the gate and not by time, so there is no instant to name (invariant H5).
  if (sanctions.some(isBarring)) return { bps: 0, untilMs: null };
  const cuts = sanctions.map((sanction) => activeCutBps(sanction, nowMs));
  const largest = Math.max(0, ...cuts);
  if (largest === 0) return { bps: FULL_BPS, untilMs: null };
  const ends = sanctions
    .filter((_, index) => cuts[index] === largest)
    .map((sanction) => sanction.rewardCutUntilMs ?? 0);
  return { bps: FULL_BPS - largest, untilMs: Math.max(...ends) };
}

function activeCutBps(sanction: Sanction, atMs: number): number {
  const running =
    sanction.rewardCutUntilMs !== null && atMs < sanction.rewardCutUntilMs
      ? sanction.rewardCutBps
      : 0;
  return isBarring(sanction) ? Math.max(running, sanction.rewardCutSuspendedBps ?? 0) : running;
}
