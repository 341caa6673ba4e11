import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clockStartMs, firedMs } from '../law/resource-clock.ts';
import type { FiringInterval } from '../observation.ts';
import { closeInterval, MAX_INTERVALS, openInterval } from './intervals.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** What a head keeps of an alert that fires and rests in turn. */
function flapped(spells: readonly (readonly [firesMs: number, restsMs: number])[]) {
  let kept: FiringInterval[] = [];
  const truth: { fromMs: number; toMs: number }[] = [];
  let atMs = 0;
  for (const [firesMs, restsMs] of spells) {
    const toMs = atMs + firesMs;
    kept = closeInterval(openInterval(kept, atMs), toMs);
    truth.push({ fromMs: atMs, toMs });
    atMs = toMs + restsMs;
  }
  return { kept, truth, endMs: truth.at(-1)?.toMs ?? 0 };
}

const closed = (intervals: readonly FiringInterval[]) =>
  intervals.map(({ fromMs, toMs }) => ({ fromMs, toMs: toMs ?? fromMs }));

describe('an alert that flaps more often than its head remembers', () => {
  it.each([
    ['five minutes in nineteen', 5, 14],
    ['ten minutes in the hour', 10, 50],
  ])(
    '%s for a whole grace: its clock has been running since the first spell',
    (_name, fires, rests) => {
      const count = (24 * 60) / fires;
      const spell = [fires * MINUTE_MS, rests * MINUTE_MS] as const;
      const { kept, endMs } = flapped(Array.from({ length: count }, () => spell));
      expect(kept).toHaveLength(MAX_INTERVALS);
      expect(clockStartMs(closed(kept), DAY_MS)).toBe(0);
      expect(firedMs(kept, 0, endMs)).toBe(DAY_MS);
    },
  );

  it('keeps the sum, and shows in no window up to now more firing than there was', () => {
    const spell = fc.tuple(fc.integer({ min: 1, max: 90 }), fc.integer({ min: 1, max: 900 }));
    const spells = fc.array(spell, { minLength: 60, maxLength: 140 });
    fc.assert(
      fc.property(spells, fc.double({ min: 0, max: 1, noNaN: true }), (lived, share) => {
        const { kept, truth, endMs } = flapped(lived);
        expect(kept.length).toBeLessThanOrEqual(MAX_INTERVALS);
        expect(firedMs(kept, 0, endMs)).toBe(firedMs(truth, 0, endMs));
        const fromMs = Math.floor(share * endMs);
        expect(firedMs(kept, fromMs, endMs)).toBeLessThanOrEqual(firedMs(truth, fromMs, endMs));
        expect(kept.slice(-16)).toEqual(truth.slice(-16));
      }),
    );
  });
});
