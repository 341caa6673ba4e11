import type { CaseEntry, LedgerSnapshot } from '../ledger/accounts.ts';
import { maxUnits, minUnits } from '../money.ts';
import { liveUnits, partUnits, slashableUnits } from './slashable.ts';

/** What one case keeps from leaving. */
export interface Block {
  caseId: string;
  units: bigint;
}

/**
 * What every case could still take from the stake, those that could take nothing left out (rule D8). A case charges rewards
 * first, but they may be paid out meanwhile, so the block does not count on them.
 */
export function blocksOf(snapshot: LedgerSnapshot): Block[] {
  return snapshot.cases
    .map((entry) => ({ caseId: entry.caseId, units: blockOf(snapshot, entry) }))
    .filter(({ units }) => units > 0n);
}

/** Sum of all blocks. */
export function blockedUnits(snapshot: LedgerSnapshot): bigint {
  return blocksOf(snapshot).reduce((sum, block) => sum + block.units, 0n);
}

/** What a participant may ask to withdraw: what is on its way already counts as gone (rule D8, ADR 0018). */
export function freeUnits(snapshot: LedgerSnapshot): bigint {
  return maxUnits(snapshot.balances.available - blockedUnits(snapshot), 0n);
}

/** What may leave at the end of unbonding, so that what remains still covers every block (invariant H7). */
export function mayLeaveUnits(snapshot: LedgerSnapshot): bigint {
  const { available, exiting } = snapshot.balances;
  return maxUnits(available + exiting - blockedUnits(snapshot), 0n);
}

/**
 * The most that the case could charge in all, bounded by what is slashable now, less what it has taken already. What is only recorded for now may
 * come into force when the other case ends; behind a lead of its cause it charges what the lead has not (rule C9). What the lead made final
 * before the block was reckoned is not in it.
 */
function blockOf(snapshot: LedgerSnapshot, entry: CaseEntry): bigint {
  const { caseId, counts, inert, behind, blockUnits = 0n } = entry;
  if ((!counts && inert === undefined) || blockUnits === 0n) return 0n;
  const slashable = slashableUnits(snapshot, caseId, entry.occurredAtMs);
  const own = maxUnits(minUnits(slashable, blockUnits) - liveUnits(entry), 0n);
  const lead = inert === 'cause' ? snapshot.cases.find((one) => one.caseId === behind) : undefined;
  // The lead's own block keeps what it may still take.
  const byLead = lead ? undecidedUnits(lead) + (lead.inert ? 0n : blockOf(snapshot, lead)) : 0n;
  return minUnits(own, maxUnits(blockUnits - liveUnits(entry) - byLead, 0n));
}

function undecidedUnits({ parts }: CaseEntry): bigint {
  return parts
    .filter(({ status }) => status === 'held' || status === 'pending')
    .reduce((sum, part) => sum + partUnits(part), 0n);
}
