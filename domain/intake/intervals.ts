import type { FiringInterval } from '../observation.ts';

/** More spells than this are joined, two by two. */
export const MAX_INTERVALS = 64;

/** The newest spells are never joined: the present is not lost, and a late resolve still finds its own spell. */
const KEPT_AS_THEY_ARE = 16;

/** A spell that lasts. Starts no earlier than the last one ended, and cuts it short where the two would overlap. */
export function openInterval(
  intervals: readonly FiringInterval[],
  fromMs: number,
): FiringInterval[] {
  return bounded([...cutAt(intervals, fromMs), { fromMs, toMs: null }]);
}

/** Ends the spell that lasts; never before it began. Without one, nothing changes. */
export function closeInterval(
  intervals: readonly FiringInterval[],
  toMs: number,
): FiringInterval[] {
  return intervals.map((interval) =>
    interval.toMs === null ? { ...interval, toMs: Math.max(interval.fromMs, toMs) } : interval,
  );
}

/** Puts in a spell that is over and was learnt late; what is already covered stays as it is. */
export function insertInterval(
  intervals: readonly FiringInterval[],
  fromMs: number,
  toMs: number,
): FiringInterval[] {
  const index = intervals.findIndex((interval) => interval.fromMs >= fromMs);
  const at = index === -1 ? intervals.length : index;
  const before = intervals[at - 1];
  const after = intervals[at];
  const start = before === undefined ? fromMs : Math.max(fromMs, before.toMs ?? Infinity);
  const end = after === undefined ? toMs : Math.min(toMs, after.fromMs);
  if (start >= end) return [...intervals];
  const inserted = { fromMs: start, toMs: end };
  return bounded([...intervals.slice(0, at), inserted, ...intervals.slice(at)]);
}

/**
 * Moves the end of a finished spell forward to `toMs`, at most to the next spell, and only over a silence of `bridgeMs`: a
 * resolve that came late still says how long its own spell lasted. `fromMs` is where the resolve says that spell began; one
 * that had ended before that is another one and stays as it is.
 */
export function extendInterval(
  intervals: readonly FiringInterval[],
  resolve: { fromMs: number; toMs: number },
  bridgeMs: number,
): FiringInterval[] {
  const index = intervals.findLastIndex((interval) => interval.fromMs <= resolve.toMs);
  const spell = intervals[index];
  if (spell === undefined || spell.toMs === null) return [...intervals];
  if (spell.toMs < resolve.fromMs || spell.toMs >= resolve.toMs) return [...intervals];
  const next = intervals[index + 1];
  const end = next === undefined ? resolve.toMs : Math.min(resolve.toMs, next.fromMs);
  if (end - spell.toMs > bridgeMs) return [...intervals];
  return intervals.with(index, { ...spell, toMs: end });
}

function cutAt(intervals: readonly FiringInterval[], fromMs: number): FiringInterval[] {
  const kept = intervals.filter((interval) => interval.fromMs < fromMs);
  return kept.map((interval) => ({
    ...interval,
    toMs: Math.min(interval.toMs ?? fromMs, fromMs),
  }));
}

/**
 * Joins the two older spells with the least rest between them, the oldest of those, until the list fits. The younger one's time moves to
 * the end of the older one's: the sum of firing stays, and no window that reaches to the present ever shows more firing than there was.
 * The rests that remain stay alike: joined at one end only, they would grow into one so long that it looks like a correction, and whoever
 * flaps often enough would lose the clock of their rung again and again (rules A4, A10). Rests that add up to more than some fifty times the gap
 * that sets a clock back do so still: whoever fires for one minute in the hour.
 */
function bounded(intervals: FiringInterval[]): FiringInterval[] {
  let list = intervals;
  while (list.length > MAX_INTERVALS) {
    const at = leastRest(list.slice(0, -KEPT_AS_THEY_ARE));
    const older = list[at];
    const younger = list[at + 1];
    if (older?.toMs == null || younger?.toMs == null) break;
    const toMs = older.toMs + (younger.toMs - younger.fromMs);
    list = [...list.slice(0, at), { fromMs: older.fromMs, toMs }, ...list.slice(at + 2)];
  }
  return list;
}

/** Index of the spell that is followed by the shortest rest. */
function leastRest(intervals: readonly FiringInterval[]): number {
  const rests = intervals
    .slice(1)
    .map(({ fromMs }, index) => fromMs - (intervals[index]?.toMs ?? fromMs));
  return rests.indexOf(Math.min(...rests));
}
