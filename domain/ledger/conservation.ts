import { DomainError, invariant } from '../errors.ts';
import { parseUnits } from '../money.ts';
import type {
  AccountName,
  Balances,
  CaseEntry,
  ChargeStatus,
  LedgerSnapshot,
  Transfer,
} from './accounts.ts';
import { cutFallsOf, type FallenCases, withheldOf } from './rewards.ts';

/** The accounts that say where the money is now; what came in is told apart from them (invariant H1). */
const ACCOUNTS: readonly AccountName[] = [
  'available',
  'held',
  'pending',
  'exiting',
  'withdrawn',
  'slashed',
  'withheld',
  'rewardsUnpaid',
  'rewardsPaid',
];

/** A ledger in which nothing has moved yet. */
export function emptyBalances(): Balances {
  return {
    deposited: 0n,
    rewardsCredited: 0n,
    rebates: 0n,
    available: 0n,
    held: 0n,
    pending: 0n,
    exiting: 0n,
    withdrawn: 0n,
    slashed: 0n,
    withheld: 0n,
    rewardsUnpaid: 0n,
    rewardsPaid: 0n,
  };
}

/**
 * Balances after one more transfer. What leaves `outside` is a deposit or a credited reward, what reaches `reserve` was
 * slashed, what leaves it is a rebate: those balances only remember what crossed the border. Throws `invariant-broken` when
 * the postings do not sum to zero (invariant H1).
 */
export function applyTransfer(balances: Balances, transfer: Transfer): Balances {
  const next = { ...balances };
  let sum = 0n;
  for (const { account, deltaUnits } of transfer.postings) {
    sum += deltaUnits;
    if (account === 'outside') {
      if (transfer.kind === 'reward') next.rewardsCredited -= deltaUnits;
      else next.deposited -= deltaUnits;
    } else if (account === 'reserve') {
      if (deltaUnits > 0n) next.slashed += deltaUnits;
      else next.rebates -= deltaUnits;
    } else {
      next[account] += deltaUnits;
    }
  }
  invariant(sum === 0n, `The postings of ${transfer.transferId} do not sum to zero.`);
  return next;
}

/** Recomputes balances from the movements alone; equal to what the ledger stores (invariants H1, H17). */
export function foldBalances(transfers: readonly Transfer[]): Balances {
  return transfers.reduce(applyTransfer, emptyBalances());
}

/** What is wrong with balances by invariant H1, as sentences; empty when they conserve and none is negative. */
export function conservationFaults(balances: Balances): string[] {
  const faults: string[] = [];
  const cameIn = balances.deposited + balances.rewardsCredited + balances.rebates;
  const isHere = ACCOUNTS.reduce((sum, account) => sum + balances[account], 0n);
  if (cameIn !== isHere) faults.push(`${cameIn} units came in and ${isHere} are accounted for`);
  for (const [account, units] of Object.entries(balances)) {
    if (units < 0n) faults.push(`${account} is negative: ${units}`);
  }
  return faults;
}

/** Throws `ledger-unbalanced` unless the balances conserve and none is negative (invariant H1). */
export function checkConservation(balances: Balances): void {
  const faults = conservationFaults(balances);
  if (faults.length === 0) return;
  throw new DomainError(
    'ledger-unbalanced',
    'bug',
    `The ledger does not add up: ${faults.join('; ')}.`,
    { faults },
  );
}

/**
 * What is wrong between the balances and what lies behind them: held and pending are the sums over live cases, exiting and
 * withdrawn those over withdrawals, withheld that over rewards (invariant H1).
 */
export function caseFaults(
  snapshot: Pick<
    LedgerSnapshot,
    'balances' | 'cases' | 'unpaidRewards' | 'withdrawals' | 'rewards'
  > &
    FallenCases,
): string[] {
  const faults: string[] = [];
  for (const status of ['held', 'pending'] as const) {
    const units = unitsIn(snapshot.cases, status);
    if (units !== snapshot.balances[status]) {
      faults.push(`${status} is ${snapshot.balances[status]}, the cases say ${units}`);
    }
  }
  const slashed = unitsIn(snapshot.cases, 'final');
  if (slashed !== snapshot.balances.slashed) {
    faults.push(`slashed is ${snapshot.balances.slashed}, the cases say ${slashed}`);
  }
  const rebates = snapshot.cases.reduce(
    (sum, { rebate }) => sum + parseUnits(rebate?.units ?? '0'),
    0n,
  );
  if (rebates !== snapshot.balances.rebates) {
    faults.push(`rebates are ${snapshot.balances.rebates}, the cases say ${rebates}`);
  }
  const unpaid = snapshot.unpaidRewards.reduce((sum, reward) => sum + reward.units, 0n);
  if (unpaid !== snapshot.balances.rewardsUnpaid) {
    faults.push(`rewardsUnpaid is ${snapshot.balances.rewardsUnpaid}, the list says ${unpaid}`);
  }
  return [...faults, ...exitFaults(snapshot), ...cutFaults(snapshot)];
}

function exitFaults({
  balances,
  withdrawals,
}: Pick<LedgerSnapshot, 'balances' | 'withdrawals'>): string[] {
  const faults: string[] = [];
  const exiting = withdrawals.reduce((sum, one) => sum + one.exitingUnits, 0n);
  if (exiting !== balances.exiting)
    faults.push(`exiting is ${balances.exiting}, the withdrawals say ${exiting}`);
  const left = withdrawals.flatMap((one) => one.left).reduce((sum, one) => sum + one.units, 0n);
  if (left !== balances.withdrawn)
    faults.push(`withdrawn is ${balances.withdrawn}, the withdrawals say ${left}`);
  return faults;
}

function cutFaults({
  balances,
  rewards,
  ...snapshot
}: Pick<LedgerSnapshot, 'balances' | 'rewards'> & FallenCases): string[] {
  const fallen = cutFallsOf(snapshot);
  const withheld = rewards.reduce((sum, reward) => sum + withheldOf(reward, fallen), 0n);
  return withheld === balances.withheld
    ? []
    : [`withheld is ${balances.withheld}, the rewards say ${withheld}`];
}

function unitsIn(cases: readonly CaseEntry[], status: ChargeStatus): bigint {
  let sum = 0n;
  for (const entry of cases) {
    for (const part of entry.parts)
      if (part.status === status) sum += part.stakeUnits + part.rewardUnits;
  }
  return sum;
}
