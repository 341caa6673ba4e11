import type { Balances } from '../../domain/ledger/accounts.ts';
import { caseFaults, conservationFaults, foldBalances } from '../../domain/ledger/conservation.ts';
import { parseUnits } from '../../domain/money.ts';
import {
  BALANCE_NAMES,
  decodeBalances,
  parseEntry,
  parseReward,
  parseSigned,
  parseTransfer,
  parseWithdrawal,
} from './ledger-codec.ts';
import type { ExportedAccount, LedgerExport } from './ledger-export.ts';

/**
 * What is wrong with a ledger by invariants H1 and H17, one sentence per fault; empty when every unit is accounted for:
 * each account conserves, equals the sum of its transfers and agrees with its cases; no transfer id is there twice; the
 * totals conserve, and the reserve has exactly what was slashed and not rebated.
 */
export function reconcile(exported: LedgerExport): string[] {
  const faults: string[] = [];
  const seen = new Set<string>();
  const total = new Map<keyof Balances, bigint>();
  for (const account of exported.participants) {
    for (const fault of accountFaults(account)) {
      faults.push(`${account.participantId}: ${fault}`);
    }
    for (const { transferId } of account.transfers) {
      if (seen.has(transferId)) faults.push(`transfer ${transferId} is there twice`);
      seen.add(transferId);
    }
    const balances = decodeBalances(account.balances);
    for (const name of BALANCE_NAMES) total.set(name, (total.get(name) ?? 0n) + balances[name]);
  }
  const totals = Object.fromEntries(BALANCE_NAMES.map((name) => [name, total.get(name) ?? 0n]));
  for (const fault of conservationFaults(totals as unknown as Balances)) {
    faults.push(`network: ${fault}`);
  }
  const owed = (total.get('slashed') ?? 0n) - (total.get('rebates') ?? 0n);
  const reserve = parseSigned(exported.reserveUnits);
  if (reserve !== owed) faults.push(`network: the reserve has ${reserve}, it should have ${owed}`);
  return faults;
}

/** What is wrong with one account, as sentences. */
export function accountFaults(account: ExportedAccount): string[] {
  const balances = decodeBalances(account.balances);
  const folded = foldBalances(account.transfers.map(parseTransfer));
  const moved = BALANCE_NAMES.filter((name) => folded[name] !== balances[name]).map(
    (name) => `${name} is ${balances[name]}, its transfers sum to ${folded[name]}`,
  );
  const unpaidRewards = account.unpaidRewards.map(({ earnedAtMs, units }) => ({
    earnedAtMs,
    units: parseUnits(units),
  }));
  const cases = account.cases.map(parseEntry);
  const withdrawals = account.withdrawals.map(parseWithdrawal);
  const rewards = account.rewards.map(parseReward);
  const { kinCutFalls } = account;
  return [
    ...conservationFaults(balances),
    ...moved,
    ...caseFaults({ balances, cases, unpaidRewards, withdrawals, rewards, kinCutFalls }),
  ];
}
