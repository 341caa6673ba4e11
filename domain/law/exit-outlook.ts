import type { Withdrawal } from '../ledger/accounts.ts';

/** One look at a withdrawal that waits for cases, in each of these parts of its unbonding time: daily, by the default policy. */
const LOOKS = 28;

/** Withdrawals of one participant at a time: a charge may touch all of them, in one transaction. */
export const MAX_RUNNING_EXITS = 20;

/**
 * When a withdrawal is looked at next (rule D8): at the end of unbonding, and while cases need what is left of it again and again
 * after that. Null once it is over. A function of what is stored, so that the API shows what the workflow waits for.
 */
export function nextLookAtMs(
  withdrawal: Pick<Withdrawal, 'requestedAtMs' | 'dueAtMs' | 'outcome'>,
  nowMs: number,
): number | null {
  const { requestedAtMs, dueAtMs, outcome } = withdrawal;
  if (outcome !== null) return null;
  if (nowMs < dueAtMs) return dueAtMs;
  const everyMs = Math.max(1_000, Math.floor((dueAtMs - requestedAtMs) / LOOKS));
  return dueAtMs + (Math.floor((nowMs - dueAtMs) / everyMs) + 1) * everyMs;
}
