import { describe, expect, it } from 'vitest';
import { FIXED_ONE, LEFT_AFTER, leftOf, TICKS_PER_HALF_LIFE, tickOf } from './forgetting.ts';

const HOUR_MS = 3_600_000;
const HALF_LIFE_MS = 29 * 24 * HOUR_MS;

describe('forgetting', () => {
  it('has for every tick the power of two that it should be, rounded down once', () => {
    // left ≤ 10^18 × 2^(-ticks/696) < left + 1, taken to the 696th power so that it is about whole numbers alone.
    const exponent = BigInt(TICKS_PER_HALF_LIFE);
    const one = FIXED_ONE ** exponent;
    expect(LEFT_AFTER).toHaveLength(TICKS_PER_HALF_LIFE);
    LEFT_AFTER.forEach((left, ticks) => {
      const halved = 2n ** BigInt(ticks);
      expect(left ** exponent * halved <= one, `${ticks} ticks`).toBe(true);
      expect((left + 1n) ** exponent * halved > one, `${ticks} ticks`).toBe(true);
    });
  });

  it('halves in a half-life, to the last place', () => {
    for (const halfLives of [0n, 1n, 2n, 10n]) {
      const ticks = halfLives * BigInt(TICKS_PER_HALF_LIFE);
      expect(leftOf(80, ticks)).toBe((80n * FIXED_ONE) >> halfLives);
    }
  });

  it('loses a thousandth with the first tick, and never gives back', () => {
    expect(leftOf(1, 1n)).toBe(999_004_594_623_443_085n);
    let before = leftOf(15, 0n);
    for (let ticks = 1n; ticks < 2_000n; ticks++) {
      const left = leftOf(15, ticks);
      expect(left < before).toBe(true);
      before = left;
    }
  });

  it('ends at nothing: the greatest weight after 80 half-lives', () => {
    expect(leftOf(1_000_000, 79n * 696n)).toBe(1n);
    expect(leftOf(1_000_000, 80n * 696n)).toBe(0n);
    expect(leftOf(1_000_000, 10n ** 9n)).toBe(0n);
  });

  it('forgets nothing for a clock that runs behind', () => {
    expect(leftOf(5, -3n)).toBe(5n * FIXED_ONE);
  });

  it('ticks with the hours under the default half-life, and 24 times in a demo day of two seconds', () => {
    const atMs = Date.UTC(2026, 10, 25, 13, 59, 59, 999);
    expect(tickOf(atMs + 1, HALF_LIFE_MS) - tickOf(atMs, HALF_LIFE_MS)).toBe(1n);
    expect(tickOf(atMs, HALF_LIFE_MS) - tickOf(atMs - HOUR_MS + 1, HALF_LIFE_MS)).toBe(0n);
    expect(tickOf(2_000, 58_000) - tickOf(0, 58_000)).toBe(24n);
  });
});
