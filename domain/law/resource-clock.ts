import type { PinnedLaw } from '../case/state.ts';
import type { AlertHead, FiringInterval, Source } from '../observation.ts';

/** A closed spell of firing, `fromMs <= toMs`. */
export interface Spell {
  fromMs: number;
  toMs: number;
}

/**
 * How long evidence of a source stays fresh: two of its repeats, at most half the shortest grace, and never less than the
 * policy's lower bound, which wins where the two bounds cross (rules A10, B1, §G).
 */
export function freshMs(
  law: Pick<PinnedLaw, 'freshMinMs'>,
  source: Pick<Source, 'repeatIntervalMs'>,
  shortestGraceMs: number,
): number {
  return Math.max(law.freshMinMs, Math.min(2 * source.repeatIntervalMs, shortestGraceMs / 2));
}

/**
 * The spells in which a head is known to have fired. An open spell lasts until `openUntilMs`; it begins no earlier than the
 * source may claim, and the instants of a sender never lie in the future (rule B4).
 */
export function spellsOf(
  head: AlertHead,
  source: Pick<Source, 'maxLagMs'>,
  openUntilMs: number,
): Spell[] {
  const earliestMs = head.firstReceivedAtMs - source.maxLagMs;
  return head.intervals.flatMap((interval) => closed(interval, earliestMs, openUntilMs));
}

function closed(interval: FiringInterval, earliestMs: number, openUntilMs: number): Spell[] {
  const fromMs = interval.toMs === null ? Math.max(interval.fromMs, earliestMs) : interval.fromMs;
  const toMs = Math.min(interval.toMs ?? openUntilMs, openUntilMs);
  return toMs >= fromMs ? [{ fromMs, toMs }] : [];
}

/** Joins overlapping and touching spells; oldest first. Several monitors that fire at once are one firing (rule A2). */
export function unionOf(spells: readonly Spell[]): Spell[] {
  const sorted = [...spells].sort((a, b) => a.fromMs - b.fromMs || a.toMs - b.toMs);
  const union: Spell[] = [];
  for (const spell of sorted) {
    const last = union.at(-1);
    if (last !== undefined && spell.fromMs <= last.toMs)
      last.toMs = Math.max(last.toMs, spell.toMs);
    else union.push({ ...spell });
  }
  return union;
}

/**
 * How long a resource has fired in [fromMs, untilMs] by the union of the intervals given. Healthy gaps pause the count
 * (rule A10); overlapping intervals count once. An open interval lasts until `untilMs`.
 */
export function firedMs(
  intervals: readonly FiringInterval[],
  fromMs: number,
  untilMs: number,
): number {
  const spells = intervals.map(({ fromMs: startMs, toMs }) => ({
    fromMs: Math.max(startMs, fromMs),
    toMs: Math.min(toMs ?? untilMs, untilMs),
  }));
  let totalMs = 0;
  for (const spell of unionOf(spells.filter((spell) => spell.toMs > spell.fromMs))) {
    totalMs += spell.toMs - spell.fromMs;
  }
  return totalMs;
}

/**
 * The instant from which a resource's clock counts: its last gap of at least `resetGapMs` ends there, or it is the first spell.
 * A shorter gap pauses the clock, a longer one starts it anew (rules A4, A10). Null when it never fired.
 */
export function clockStartMs(union: readonly Spell[], resetGapMs: number): number | null {
  let startMs: number | null = null;
  let lastEndMs = Number.NEGATIVE_INFINITY;
  for (const spell of union) {
    if (startMs === null || spell.fromMs - lastEndMs >= resetGapMs) startMs = spell.fromMs;
    lastEndMs = spell.toMs;
  }
  return startMs;
}
