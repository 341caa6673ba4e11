import type { Family, RungId } from './violation.ts';

/** What a participant may do in the network; the maximum over its active sanctions (rule C1). */
export type Standing = 'active' | 'probation' | 'suspended' | 'excluded';

/** Standings from free to barred; the index is their order. */
export const STANDINGS: readonly Standing[] = ['active', 'probation', 'suspended', 'excluded'];

/**
 * The sanction of one case, replaced as the case climbs and lifted by its own gate only (rules C1, C4, C6). One item per
 * case, so that lifting one never lifts another (invariant H5).
 */
export interface Sanction {
  caseId: string;
  participantId: string;
  family: Family;
  rung: RungId;
  /** `active` means the sanction has ended. */
  access: Standing;
  sinceMs: number;
  /** A suspension is never shorter than this (rules §G). */
  minimumUntilMs: number | null;
  /** Probation runs until this instant, then settlement ends it (rule C6). */
  probationUntilMs: number | null;
  /** Cut of credited rewards, already scaled by severity (rule C3). */
  rewardCutBps: number;
  rewardCutUntilMs: number | null;
}

/** Standing of a participant: the gravest access of its sanctions, `active` without any (rule C1). */
export function standingOf(sanctions: readonly Pick<Sanction, 'access'>[]): Standing {
  let order = 0;
  for (const sanction of sanctions) order = Math.max(order, STANDINGS.indexOf(sanction.access));
  return STANDINGS[order] ?? 'active';
}
