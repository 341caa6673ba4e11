import { invariant } from '../errors.ts';
import { FULL_BPS, floorDiv, formatUnits, minUnits, parseUnits } from '../money.ts';
import type {
  CaseEntry,
  ChargePart,
  CutFall,
  CutFalls,
  LedgerSnapshot,
  RewardCredit,
  RewardCut,
  UnpaidReward,
} from './accounts.ts';

type RewardTranches = NonNullable<ChargePart['rewardTranches']>;

/**
 * What of a credited reward is withheld now: the largest cut of the cases that cause one, rounded down (rules C3, D3). A case
 * that fell, or was reduced, cuts no more than what stands of it would have (rule D10).
 */
export function withheldOf(
  reward: Pick<RewardCredit, 'units' | 'cuts' | 'earnedAtMs' | 'creditedAtMs'>,
  fallen: readonly CutFalls[],
): bigint {
  const largest = Math.max(0, ...reward.cuts.map((cut) => standingBps(cut, reward, fallen)));
  return floorDiv(reward.units * BigInt(largest), BigInt(FULL_BPS));
}

/** What stands of one case's cut of a reward, in basis points, after all its falls. */
export function standingBps(
  cut: RewardCut,
  reward: Pick<RewardCredit, 'earnedAtMs' | 'creditedAtMs'>,
  fallen: readonly CutFalls[],
): number {
  const falls = fallen.find(({ caseId }) => caseId === cut.caseId)?.cutFalls ?? [];
  return falls
    .filter(({ creditedByMs, barsUntilMs }) => {
      const isBarred = cut.barred === true && reward.earnedAtMs <= barsUntilMs;
      return reward.creditedAtMs <= creditedByMs && !isBarred;
    })
    .reduce(
      (bps, fall) => Math.min(bps, reward.creditedAtMs < fall.untilMs ? fall.bps : 0),
      cut.bps,
    );
}

/** Where a ledger says what of a case fell. */
export interface FallenCases {
  cases: readonly CaseEntry[];
  kinCutFalls?: readonly CutFalls[] | undefined;
}

/** The falls that count in a ledger: of the participant's own cases, and of its kin's (rules C8, D10). */
export function cutFallsOf({ cases, kinCutFalls = [] }: FallenCases): CutFalls[] {
  return [...cases, ...kinCutFalls];
}

/** Whether all that was earned at an instant without access is still cut: nothing fell since, or what stands barred then, too (ADR 0026). */
export function stillBars(falls: readonly CutFall[], earnedAtMs: number): boolean {
  return falls.every(({ atMs, barsUntilMs }) => earnedAtMs > atMs || earnedAtMs <= barsUntilMs);
}

/** Takes units from the rewards earned up to the fault, oldest first (rule D5). Throws when there are too few. */
export function takeRewards(
  rewards: readonly UnpaidReward[],
  units: bigint,
  occurredAtMs: number,
): { taken: UnpaidReward[]; left: UnpaidReward[] } {
  const taken: UnpaidReward[] = [];
  const left: UnpaidReward[] = [];
  let wanted = units;
  for (const reward of sorted(rewards)) {
    const used = reward.earnedAtMs <= occurredAtMs ? minUnits(reward.units, wanted) : 0n;
    wanted -= used;
    if (used > 0n) taken.push({ ...reward, units: used });
    if (reward.units > used) left.push({ ...reward, units: reward.units - used });
  }
  invariant(wanted === 0n, 'A charge takes more rewards than were earned up to the fault.');
  return { taken, left };
}

/** The unpaid rewards after a part keeps only `keep`: what it gives back returns to the instants it was earned at (rule D10). */
export function giveBack(
  snapshot: LedgerSnapshot,
  part: ChargePart,
  keep: Pick<ChargePart, 'rewardUnits'>,
  entry: CaseEntry,
): UnpaidReward[] {
  let returning = part.rewardUnits - keep.rewardUnits;
  if (returning === 0n) return snapshot.unpaidRewards;
  const back: UnpaidReward[] = [];
  // Last taken, first returned.
  for (const tranche of [...(part.rewardTranches ?? [])].reverse()) {
    const units = minUnits(parseUnits(tranche.units), returning);
    returning -= units;
    if (units > 0n) back.push({ earnedAtMs: tranche.earnedAtMs, units });
  }
  if (returning > 0n) back.push({ earnedAtMs: entry.occurredAtMs, units: returning });
  return joined([...snapshot.unpaidRewards, ...back]);
}

/** Where a part's reward units come from when it keeps `rewardUnits` of those it took. */
export function keptTranches(part: ChargePart, rewardUnits: bigint): RewardTranches {
  let wanted = rewardUnits;
  return (part.rewardTranches ?? []).flatMap((tranche) => {
    const units = minUnits(parseUnits(tranche.units), wanted);
    wanted -= units;
    return units > 0n ? [{ ...tranche, units: formatUnits(units) }] : [];
  });
}

/** The stored form of the rewards that a part took. */
export function toTranches(taken: readonly UnpaidReward[]): RewardTranches {
  return taken.map(({ earnedAtMs, units }) => ({ earnedAtMs, units: formatUnits(units) }));
}

function sorted(rewards: readonly UnpaidReward[]): UnpaidReward[] {
  return [...rewards].sort((a, b) => a.earnedAtMs - b.earnedAtMs);
}

/** Rewards of the same instant as one, oldest first. */
export function joined(rewards: readonly UnpaidReward[]): UnpaidReward[] {
  const byInstant = new Map<number, bigint>();
  for (const { earnedAtMs, units } of rewards) {
    byInstant.set(earnedAtMs, (byInstant.get(earnedAtMs) ?? 0n) + units);
  }
  return sorted([...byInstant].map(([earnedAtMs, units]) => ({ earnedAtMs, units })));
}
