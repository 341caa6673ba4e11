/** A rate in words: `250 bps`. */
export const bps = (rate: number): string => `${rate} bps`;

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
  ['ms', 1],
] as const;

/** A duration in words, its largest units first: `7d`, `1d 1h`, `0s`. */
export function lasting(ms: number): string {
  let restMs = Math.ceil(ms);
  const parts = UNITS.flatMap(([unit, unitMs]) => {
    const count = Math.floor(restMs / unitMs);
    restMs -= count * unitMs;
    return count === 0 ? [] : [`${count}${unit}`];
  });
  return parts.join(' ') || '0s';
}

/** Faults of a list of checks: each a condition that must hold and the sentence that says what is wrong. */
export function failing(checks: readonly (readonly [boolean, string])[]): string[] {
  return checks.filter(([holds]) => !holds).map(([, sentence]) => sentence);
}
