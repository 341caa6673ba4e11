import type { Clock } from '../../domain/ports/clock.ts';

/** Longest age of a cached source or policy (design §4). */
export const MAX_CACHE_AGE_MS = 60_000;

interface Entry<T> {
  readonly value: Promise<T | null>;
  readonly atMs: number;
  maxAgeMs: number;
}

/**
 * Remembers what `load` found for at most `maxAgeMs` of the clock, or less where `ageOf` says so of what was found. What is not there
 * (null) and failures are asked again each time, so that something new is seen at once; simultaneous questions share one load.
 */
export function cached<T>(
  clock: Clock,
  maxAgeMs: number,
  load: (key: string) => Promise<T | null>,
  ageOf: (value: T) => number = () => maxAgeMs,
): (key: string) => Promise<T | null> {
  const entries = new Map<string, Entry<T>>();
  return async (key) => {
    const nowMs = clock.nowMs();
    const known = entries.get(key);
    const ageMs = known === undefined ? Number.POSITIVE_INFINITY : nowMs - known.atMs;
    // A clock that was set back makes an entry look young; it counts as old.
    if (known !== undefined && ageMs >= 0 && ageMs < known.maxAgeMs) return known.value;
    const entry: Entry<T> = { value: load(key), atMs: nowMs, maxAgeMs };
    entries.set(key, entry);
    const forget = () => {
      if (entries.get(key) === entry) entries.delete(key);
    };
    try {
      const value = await entry.value;
      if (value === null) forget();
      else entry.maxAgeMs = Math.min(maxAgeMs, ageOf(value));
      return value;
    } catch (error) {
      forget();
      throw error;
    }
  };
}
