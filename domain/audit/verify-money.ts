import type { ChargePart, Posting } from '../ledger/accounts.ts';
import { caseFaults, conservationFaults, foldBalances } from '../ledger/conservation.ts';
import type { Account, VersionedTransfer } from './findings.ts';

/** Balances that differ from what the transfers sum to, and what does not add up (invariants H1, H17). */
export function balanceFaults({ snapshot, transfers }: Account): string[] {
  const folded = foldBalances(transfers);
  const names = Object.keys(folded) as (keyof typeof folded)[];
  const moved = names
    .filter((name) => folded[name] !== snapshot.balances[name])
    .map((name) => `${name} is ${snapshot.balances[name]}, its transfers sum to ${folded[name]}`);
  return [...moved, ...conservationFaults(snapshot.balances), ...caseFaults(snapshot)];
}

/** Where the units of one decision are by its transfers. */
interface PartMoney {
  held: bigint;
  pending: bigint;
  reserve: bigint;
}

/** Parts of a case that are not what their transfers made of them. */
export function partFaults({ snapshot, transfers }: Account, caseId: string): string[] {
  const entry = snapshot.cases.find((one) => one.caseId === caseId);
  if (entry === undefined) return [];
  const own = transfers.filter((transfer) => transfer.caseId === caseId);
  return entry.parts.flatMap((part) => {
    const due = moneyOf(part);
    const is = sumOf(own.filter((transfer) => isOf(transfer, part.decisionId)));
    return (['held', 'pending', 'reserve'] as const)
      .filter((where) => is[where] !== due[where])
      .map(
        (where) =>
          `${part.decisionId} is ${part.status} with ${due[where]} units in ${where}, its transfers left ${is[where]} there`,
      );
  });
}

/** A review moves money under the decision's id and its own. */
function isOf({ decisionId }: VersionedTransfer, partId: string): boolean {
  return decisionId === partId || decisionId?.startsWith(`${partId}/`) === true;
}

function moneyOf({ status, stakeUnits, rewardUnits }: ChargePart): PartMoney {
  const units = stakeUnits + rewardUnits;
  return {
    held: status === 'held' ? units : 0n,
    pending: status === 'pending' ? units : 0n,
    reserve: status === 'final' ? units : 0n,
  };
}

function sumOf(transfers: readonly VersionedTransfer[]): PartMoney {
  const legs = transfers.flatMap(({ postings }) => postings);
  return { held: sum(legs, 'held'), pending: sum(legs, 'pending'), reserve: sum(legs, 'reserve') };
}

function sum(legs: readonly Posting[], account: Posting['account']): bigint {
  return legs.reduce(
    (total, leg) => (leg.account === account ? total + leg.deltaUnits : total),
    0n,
  );
}
