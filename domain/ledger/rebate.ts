import { invariant } from '../errors.ts';
import { formatUnits } from '../money.ts';
import type { LedgerSnapshot } from './accounts.ts';
import { entryOf, type LedgerMove, postings, settle } from './move.ts';

/**
 * Gives a part of a case's final money back after its probation: reserve → available, once per case (rule D11). The one thing that changes
 * final money (invariant H14).
 */
export function payRebate(
  snapshot: LedgerSnapshot,
  rebate: { caseId: string; units: bigint; atMs: number },
): LedgerMove {
  const { caseId, units, atMs } = rebate;
  const entry = entryOf(snapshot, caseId);
  invariant(entry.rebate === undefined, `Case ${caseId} has its rebate already.`);
  const paid = { ...entry, rebate: { units: formatUnits(units), atMs } };
  const moved = postings([
    ['reserve', -units],
    ['available', units],
  ]);
  const ref = { caseId, decisionId: `${caseId}-rebate`, atMs };
  return settle(snapshot, paid, ref, 'rebate', moved, snapshot.unpaidRewards);
}
