import { DomainError } from './errors.ts';

const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

const DURATION = /^(0|[1-9][0-9]{0,8})(ms|s|m|h|d)$/;

/**
 * Reads a duration such as `24h`, `7d`, `10m`, `30s` or `500ms` and returns it in ms. One whole number and one unit:
 * no signs, fractions or sums. Throws `duration-invalid`.
 */
export function parseDurationMs(text: string): number {
  const match = DURATION.exec(text);
  if (match === null) {
    throw new DomainError(
      'duration-invalid',
      'caller',
      'A duration is a whole number and one unit of ms, s, m, h or d, such as 24h.',
      { duration: text.slice(0, 40) },
    );
  }
  const [, count, unit] = match;
  return Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS];
}
