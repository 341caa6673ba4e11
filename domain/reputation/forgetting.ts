/** One in the fixed point of reputation: eighteen decimal places, exact in every sum. */
export const FIXED_ONE = 10n ** 18n;

/**
 * Ticks in one half-life. With the half-life of 29 days (rules §F) a tick is an hour; a policy with another half-life has as many ticks,
 * longer or shorter ones, so that one table serves every policy.
 */
export const TICKS_PER_HALF_LIFE = 696;

/** What is left of one after a single tick, 2^(-1/696), to forty decimal places: 0.99900459…, the research's 0.999 a check. */
const PER_TICK = 9990045946234430855894670481861048566161n;
const PER_TICK_ONE = 10n ** 40n;

/**
 * What is left of one after 0 to 695 ticks, each rounded down to the fixed point once. It is made by repeated multiplication with 22 digits to
 * spare; the test beside proves each of them exact, so that no machine and no library can disagree about one.
 */
export const LEFT_AFTER: readonly bigint[] = leftAfter();

/** The tick that an instant lies in. Ticks count from the epoch, so that all reputations change at the same instants. */
export function tickOf(atMs: number, halfLifeMs: number): bigint {
  return (BigInt(atMs) * BigInt(TICKS_PER_HALF_LIFE)) / BigInt(halfLifeMs);
}

/**
 * What is left of a whole weight after some ticks, in the fixed point, rounded down: never more than the truth, and less by under
 * `weight` + 1 units of 10^-18. After enough half-lives it is nothing. Ticks below zero, of a clock that ran ahead, forget nothing.
 */
export function leftOf(weight: number, ticks: bigint): bigint {
  if (ticks <= 0n) return BigInt(weight) * FIXED_ONE;
  const perHalfLife = BigInt(TICKS_PER_HALF_LIFE);
  const left = LEFT_AFTER[Number(ticks % perHalfLife)] ?? 0n;
  return (BigInt(weight) * left) >> (ticks / perHalfLife);
}

function leftAfter(): bigint[] {
  const spare = PER_TICK_ONE / FIXED_ONE;
  const left: bigint[] = [];
  let exact = PER_TICK_ONE;
  for (let ticks = 0; ticks < TICKS_PER_HALF_LIFE; ticks++) {
    left.push(exact / spare);
    exact = (exact * PER_TICK) / PER_TICK_ONE;
  }
  return left;
}
