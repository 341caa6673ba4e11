import type { Meter } from './metrics.ts';

/** A meter that tests read: the sum of each count, and every duration. */
export interface TestMeter extends Meter {
  readonly counts: Record<string, number>;
  readonly durations: Record<string, number[]>;
  /** How often something was written. */
  flushes: number;
}

/** Makes one. */
export function testMeter(): TestMeter {
  const counts: Record<string, number> = {};
  const durations: Record<string, number[]> = {};
  return {
    counts,
    durations,
    flushes: 0,
    count(name, by = 1) {
      counts[name] = (counts[name] ?? 0) + by;
    },
    measure(name, ms) {
      durations[name] = [...(durations[name] ?? []), ms];
    },
    flush() {
      this.flushes += 1;
    },
  };
}
