import type { CaseEntry } from '../ledger/accounts.ts';
import { FULL_BPS } from '../money.ts';
import { REPUTATION_TO_ZERO, type ReputationLaw } from '../policy.ts';
import { FAMILIES, type Family } from '../violation.ts';
import { FIXED_ONE, leftOf, tickOf } from './forgetting.ts';
import { causesOf, type ReputationCause } from './marks.ts';

/** What a scheduler makes of a score, best first: work as usual, after others, or not before somebody has looked (rules §F). */
export type ReputationBand = 'normal' | 'lower-priority' | 'review';

/** All bands from best to worst; the index is their order. */
export const REPUTATION_BANDS: readonly ReputationBand[] = ['normal', 'lower-priority', 'review'];

/** How many of its causes a reputation tells (rules §F). */
const CAUSES_TOLD = 10;

/** Reputation of one participant in one family at one instant; fixed-point numbers count in 10^-18. */
export interface FamilyReputation {
  family: Family;
  /** Four decimal places, rounded down: nobody reads a better band than the one that is told. */
  score: string;
  scoreFixed: bigint;
  band: ReputationBand;
  /** What the score would be without the decisions that are not final yet. */
  finalScore: string;
  alphaFixed: bigint;
  betaFixed: bigint;
  /** What is left of the weights: of decisions that are final, and of those that may still fall. */
  finalWeightFixed: bigint;
  provisionalWeightFixed: bigint;
  /** Since when it lies below the review line; null where it does not. */
  reviewOpenedAtMs: number | null;
  /** The latest causes, newest first, with what is left of each. */
  causes: (ReputationCause & { leftFixed: bigint })[];
}

/**
 * Computes a reputation anew from the ledger's entries (rules §F). It is a sum over causes of what is left of each, so that order, batching and
 * copies of what was received change nothing (invariant H2), and what an overturn takes away leaves no trace (invariant H6).
 *
 * @example
 * const { score, band } = reputationIn('security', snapshot.cases, policy.reputation, nowMs);
 */
export function reputationIn(
  family: Family,
  entries: readonly CaseEntry[],
  law: ReputationLaw,
  nowMs: number,
): FamilyReputation {
  const causes = causesOf(entries, family);
  const final = causesOf(entries, family, 'final');
  const track = trackOf(causes, law, nowMs);
  const weightFixed = track.betaFixed - priorBeta(law);
  const finalTrack = trackOf(final, law, nowMs);
  const finalWeightFixed = finalTrack.betaFixed - priorBeta(law);
  return {
    family,
    score: scoreText(track),
    scoreFixed: scoreOf(track, FIXED_ONE),
    band: bandOf(track, law),
    finalScore: scoreText(finalTrack),
    ...track,
    finalWeightFixed,
    provisionalWeightFixed: weightFixed - finalWeightFixed,
    reviewOpenedAtMs: reviewOpenedAt(causes, law, nowMs),
    causes: causes
      .slice(-CAUSES_TOLD)
      .reverse()
      .map((cause) => ({ ...cause, leftFixed: leftNow(cause, law, nowMs) })),
  };
}

/** The reputation in every family, in the order of the families. */
export function reputationsOf(
  entries: readonly CaseEntry[],
  law: ReputationLaw,
  nowMs: number,
): FamilyReputation[] {
  return FAMILIES.map((family) => reputationIn(family, entries, law, nowMs));
}

/** What a scheduler goes by: the worst band of all families. */
export function priorityOf(
  entries: readonly CaseEntry[],
  law: ReputationLaw,
  nowMs: number,
): ReputationBand {
  let order = 0;
  for (const family of FAMILIES) {
    const track = trackOf(causesOf(entries, family), law, nowMs);
    order = Math.max(order, REPUTATION_BANDS.indexOf(bandOf(track, law)));
  }
  return REPUTATION_BANDS[order] ?? 'normal';
}

/** What speaks for and against a participant. */
interface Track {
  alphaFixed: bigint;
  betaFixed: bigint;
}

function trackOf(causes: readonly ReputationCause[], law: ReputationLaw, nowMs: number): Track {
  let betaFixed = priorBeta(law);
  // One who was brought to nothing earns its prior again at the rate at which weights are forgotten; the latest such cause says how far it is.
  let lostFixed = 0n;
  for (const cause of causes) {
    betaFixed += leftNow(cause, law, nowMs);
    if (cause.weight < REPUTATION_TO_ZERO) continue;
    const lost = leftOf(law.alpha, ticksSince(cause.imposedAtMs, law, nowMs));
    if (lost > lostFixed) lostFixed = lost;
  }
  return { alphaFixed: BigInt(law.alpha) * FIXED_ONE - lostFixed, betaFixed };
}

function priorBeta(law: ReputationLaw): bigint {
  return BigInt(law.beta) * FIXED_ONE;
}

function leftNow(cause: ReputationCause, law: ReputationLaw, nowMs: number): bigint {
  return leftOf(cause.weight, ticksSince(cause.imposedAtMs, law, nowMs));
}

function ticksSince(atMs: number, law: ReputationLaw, nowMs: number): bigint {
  return tickOf(nowMs, law.halfLifeMs) - tickOf(atMs, law.halfLifeMs);
}

/** The score in parts of `one`, rounded down. */
function scoreOf({ alphaFixed, betaFixed }: Track, one: bigint): bigint {
  return (alphaFixed * one) / (alphaFixed + betaFixed);
}

function scoreText(track: Track): string {
  const bps = scoreOf(track, BigInt(FULL_BPS)).toString().padStart(5, '0');
  return `${bps.slice(0, -4)}.${bps.slice(-4)}`;
}

function bandOf(track: Track, law: ReputationLaw): ReputationBand {
  const bps = scoreOf(track, BigInt(FULL_BPS));
  if (bps >= BigInt(law.normalBps)) return 'normal';
  return bps >= BigInt(law.reviewBps) ? 'lower-priority' : 'review';
}

/**
 * When the score fell below the review line and did not come back since. Between two causes it only rises, so it can have fallen at the instant
 * of a cause alone.
 */
function reviewOpenedAt(
  causes: readonly ReputationCause[],
  law: ReputationLaw,
  nowMs: number,
): number | null {
  const isBelow = (upTo: readonly ReputationCause[], atMs: number) =>
    bandOf(trackOf(upTo, law, atMs), law) === 'review';
  if (!isBelow(causes, nowMs)) return null;
  let sinceMs: number | null = null;
  causes.forEach((cause, index) => {
    const atMs = cause.imposedAtMs;
    if (sinceMs !== null && !isBelow(causes.slice(0, index), atMs)) sinceMs = null;
    if (sinceMs === null && isBelow(causes.slice(0, index + 1), atMs)) sinceMs = atMs;
  });
  return sinceMs;
}
