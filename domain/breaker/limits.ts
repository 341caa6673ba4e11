import { FULL_BPS, floorDiv } from '../money.ts';
import type { BreakerLaw } from '../policy.ts';
import type { Ask, Load } from './window.ts';

/**
 * How large the network is. Counted now and then, so it is always a little old; it is counted such that an old one is too small and never
 * too large (ADR 0021).
 */
export interface NetworkTotals {
  /** Bonded stake of all participants that are not excluded, without what is leaving. */
  stakeUnits: bigint;
  /** Registered participants that are not excluded. */
  participants: number;
  /** Those of them that were suspended. */
  suspended: number;
  /** `suspendedEver` of each shard before they were counted: what came since is added. */
  suspendedEver: number[];
  atMs: number;
}

/** What may be imposed in one window, and how many may be suspended at the same time. */
export interface BreakerLimits {
  units: bigint;
  suspensions: number;
  /** So many impositions are let through whatever they take: a small network must be able to act. */
  atLeast: number;
  suspendedAtOnce: number;
}

/** The limits of the law for a network of this size. Everything rounds down, to the safe side. */
export function limitsOf(law: BreakerLaw, totals: NetworkTotals): BreakerLimits {
  return {
    units: floorDiv(totals.stakeUnits * BigInt(law.shareBps), BigInt(FULL_BPS)),
    suspensions: shareOf(totals.participants, law.shareBps),
    atLeast: law.atLeast,
    suspendedAtOnce: Math.max(law.atLeast, shareOf(totals.participants, law.suspendedBps)),
  };
}

/** Whether the window has room for one more, and the network for one more suspension (rule D12). */
export function fits(limits: BreakerLimits, load: Load, suspendedNow: number, ask: Ask): boolean {
  if (!fitsAtOnce(limits, suspendedNow, ask)) return false;
  if (load.impositions + 1 <= limits.atLeast) return true;
  return fitsShares(limits, load, ask);
}

/** Whether the network stands one more suspension at the same time. */
export function fitsAtOnce(limits: BreakerLimits, suspendedNow: number, ask: Ask): boolean {
  return !ask.suspends || suspendedNow + 1 <= limits.suspendedAtOnce;
}

/** Whether the shares of stake and participants alone have room, the few of `atLeast` aside. */
export function fitsShares(
  limits: Pick<BreakerLimits, 'units' | 'suspensions'>,
  load: Load,
  ask: Ask,
): boolean {
  return (
    load.units + ask.units <= limits.units &&
    load.suspensions + (ask.suspends ? 1 : 0) <= limits.suspensions
  );
}

/** Whether a single case takes so much of the network's stake that two persons must approve (rule D12). */
export function needsTwoApprovers(
  law: BreakerLaw,
  totals: Pick<NetworkTotals, 'stakeUnits'>,
  caseUnits: bigint,
): boolean {
  return caseUnits * BigInt(FULL_BPS) > totals.stakeUnits * BigInt(law.twoApproversBps);
}

/** So many persons approve a case that is too large for one. */
export const LARGE_CASE_APPROVALS = 2;

function shareOf(count: number, bps: number): number {
  return Math.floor((count * bps) / FULL_BPS);
}
