import { formatDurationMs } from '../../duration.ts';

/** A rate in words: `250 bps`. */
export const bps = (rate: number): string => `${rate} bps`;

/** A duration in words: `7d`, as a policy file writes it. */
export const lasting = (ms: number): string => formatDurationMs(ms);

/** Faults of a list of checks: each a condition that must hold and the sentence that says what is wrong. */
export function failing(checks: readonly (readonly [boolean, string])[]): string[] {
  return checks.filter(([holds]) => !holds).map(([, sentence]) => sentence);
}
