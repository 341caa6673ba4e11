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
  /** Cut while the participant is suspended by this sanction, where it is another: "all, then 50 %" (rules §G). */
  rewardCutSuspendedBps?: number;
  /** Where the cut has its term after the suspension and not beside it: how long (rules §G). */
  rewardCutAfterMs?: number;
  /** Spells of suspension or exclusion, in which no reward accrues (rule C3). The last is open while access is barred. */
  barred?: BarredSpell[];
}

/** A spell without access; `toMs` null while it lasts. */
export interface BarredSpell {
  fromMs: number;
  toMs: number | null;
}

/** Whether a sanction bars from the network: a suspension or an exclusion. */
export function isBarring(sanction: Pick<Sanction, 'access'>): boolean {
  return sanction.access === 'suspended' || sanction.access === 'excluded';
}

/** The spells of a sanction that bars from `nowMs` on, or goes on barring. */
export function barredFrom(own: Sanction | null, nowMs: number): BarredSpell[] {
  const spells = own === null ? [] : spellsOf(own);
  return spells.at(-1)?.toMs === null ? spells : [...spells, { fromMs: nowMs, toMs: null }];
}

/** The spells of a sanction that bars no longer from `nowMs` on. */
export function barredUntil(own: Sanction, nowMs: number): BarredSpell[] {
  return spellsOf(own).map((spell) => ({ ...spell, toMs: spell.toMs ?? nowMs }));
}

/**
 * Whether an instant lies in a spell of the sanction. A spell that was left open though access is back ended when the sanction
 * became what it is.
 */
export function wasBarredAt(sanction: Sanction, atMs: number): boolean {
  return spellsOf(sanction).some(({ fromMs, toMs }) => {
    const endMs = toMs ?? (isBarring(sanction) ? null : sanction.sinceMs);
    return atMs >= fromMs && (endMs === null || atMs < endMs);
  });
}

/** A sanction of before spells were kept knows its present one. */
function spellsOf(sanction: Sanction): BarredSpell[] {
  return sanction.barred ?? (isBarring(sanction) ? [{ fromMs: sanction.sinceMs, toMs: null }] : []);
}

/**
 * The sanction with no cut from now on, neither while it suspends nor after the return (rule E6); null where it cuts nothing any more. What is
 * earned without access does not accrue all the same (rule C3).
 */
export function withoutCutFrom(own: Sanction, nowMs: number): Sanction | null {
  const { rewardCutSuspendedBps, rewardCutAfterMs, ...rest } = own;
  const isOver = (own.rewardCutUntilMs ?? 0) <= nowMs;
  if (isOver && rewardCutSuspendedBps === undefined && rewardCutAfterMs === undefined) return null;
  return { ...rest, rewardCutUntilMs: Math.min(own.rewardCutUntilMs ?? nowMs, nowMs) };
}

/** Standing of a participant: the gravest access of its sanctions, `active` without any (rule C1). */
export function standingOf(sanctions: readonly Pick<Sanction, 'access'>[]): Standing {
  let order = 0;
  for (const sanction of sanctions) order = Math.max(order, STANDINGS.indexOf(sanction.access));
  return STANDINGS[order] ?? 'active';
}
