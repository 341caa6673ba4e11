import type { Balances } from '../ledger/accounts.ts';
import { parseUnits } from '../money.ts';
import type { Participant } from '../participant.ts';
import type { Policy } from '../policy.ts';
import type { Severity } from '../violation.ts';

/** A missing tenth of the minimum and more is moderate (research: the seed's "failure to comply with staking requirements"). */
const MODERATE_FROM_TENTHS = 1n;

/** How far a stake is below the network's minimum. */
export interface Shortfall {
  bondedUnits: bigint;
  missingUnits: bigint;
  severity: Severity;
}

/** Stake that counts as bonded: what is free, held or pending; what is on its way out does not (rules C10, D8). */
export function bondedUnits(balances: Pick<Balances, 'available' | 'held' | 'pending'>): bigint {
  return balances.available + balances.held + balances.pending;
}

/**
 * Whether a participant's stake is below the network's minimum; null when it is not, or need not be looked at: one that has just
 * registered has the time of a top-up to pay in (rule C10), and one without resources and stake has left.
 */
export function shortfallOf(
  participant: Pick<Participant, 'registeredAtMs' | 'resources'>,
  balances: Pick<Balances, 'available' | 'held' | 'pending'>,
  policy: Pick<Policy, 'minimumStakeUnits' | 'topUpMs'>,
  nowMs: number,
): Shortfall | null {
  const bonded = bondedUnits(balances);
  const minimum = parseUnits(policy.minimumStakeUnits);
  const isHere = participant.resources.length > 0 || bonded > 0n;
  if (bonded >= minimum || !isHere) return null;
  if (nowMs < participant.registeredAtMs + policy.topUpMs) return null;
  const missingUnits = minimum - bonded;
  const severity = missingUnits * 10n >= minimum * MODERATE_FROM_TENTHS ? 'moderate' : 'minor';
  return { bondedUnits: bonded, missingUnits, severity };
}
