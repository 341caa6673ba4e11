import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { clockStartMs, firedMs, freshMs, spellsOf, unionOf } from './resource-clock.ts';
import { DAY_MS, firing, HOUR_MS, lawOf, MINUTE_MS, T0 } from './test-fixtures.ts';

describe('freshMs (rules A10, §G)', () => {
  test.each([
    ['two repeats', 4 * HOUR_MS, DAY_MS, 8 * HOUR_MS],
    ['never under five minutes', MINUTE_MS, DAY_MS, 5 * MINUTE_MS],
    ['at most half the shortest grace', 12 * HOUR_MS, DAY_MS, 12 * HOUR_MS],
    ['the lower bound wins where they cross', MINUTE_MS, 6 * MINUTE_MS, 5 * MINUTE_MS],
  ])('%s', (_name, repeatIntervalMs, shortestMs, expected) => {
    expect(freshMs(lawOf('performance'), { repeatIntervalMs }, shortestMs)).toBe(expected);
  });
});

describe('firedMs', () => {
  test.each<[string, [number, number | null][], number]>([
    ['nothing', [], 0],
    ['one open interval', [[0, null]], 100],
    [
      'overlapping monitors count once',
      [
        [10, 40],
        [30, 60],
      ],
      50,
    ],
    [
      'a gap pauses',
      [
        [0, 20],
        [50, 60],
      ],
      30,
    ],
    ['what was before the notice does not count', [[-50, 30]], 30],
    ['what is after the instant does not count', [[90, 500]], 10],
    [
      'an interval inside another',
      [
        [0, 80],
        [20, 30],
      ],
      80,
    ],
  ])('%s', (_name, pairs, expected) => {
    const intervals = pairs.map(([fromMs, toMs]) => ({ fromMs, toMs }));
    expect(firedMs(intervals, 0, 100)).toBe(expected);
  });

  test('is the measure of the union: it counts the instants that any interval covers', () => {
    const interval = fc
      .tuple(fc.integer({ min: 0, max: 40 }), fc.option(fc.integer({ min: 0, max: 20 })))
      .map(([fromMs, length]) => ({ fromMs, toMs: length === null ? null : fromMs + length }));
    fc.assert(
      fc.property(fc.array(interval), fc.integer({ min: 0, max: 30 }), (intervals, fromMs) => {
        let covered = 0;
        for (let at = fromMs; at < 50; at += 1) {
          if (intervals.some((one) => one.fromMs <= at && at < (one.toMs ?? 50))) covered += 1;
        }
        expect(firedMs(intervals, fromMs, 50)).toBe(covered);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('clockStartMs (rules A4, A10)', () => {
  test('a short gap pauses, a long one starts anew', () => {
    const union = unionOf([
      { fromMs: 0, toMs: 10 },
      { fromMs: 15, toMs: 20 },
      { fromMs: 40, toMs: 50 },
      { fromMs: 55, toMs: 60 },
    ]);
    expect(clockStartMs(union, 100)).toBe(0);
    expect(clockStartMs(union, 20)).toBe(40);
    expect(clockStartMs(union, 5)).toBe(55);
    expect(clockStartMs([], 5)).toBeNull();
  });
});

describe('spellsOf (rule B4)', () => {
  const source = { maxLagMs: 10 * MINUTE_MS };

  test('a firing that claims to be older than the source may lag begins at the lag', () => {
    const head = firing('s1', 'node-1', T0 - DAY_MS, T0, { firstReceivedAtMs: T0 });
    expect(spellsOf(head, source, T0 + 5)).toEqual([{ fromMs: T0 - 10 * MINUTE_MS, toMs: T0 + 5 }]);
  });

  test('an open spell ends where its evidence ends', () => {
    const head = firing('s1', 'node-1', T0, T0 + 5);
    expect(spellsOf(head, source, T0 + 5)).toEqual([{ fromMs: T0, toMs: T0 + 5 }]);
  });
});
