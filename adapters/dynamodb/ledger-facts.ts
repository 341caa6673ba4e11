import type { LedgerChange } from '../../domain/ports/case-store.ts';
import type { Item } from './items.ts';
import type { Keys } from './keys.ts';
import {
  caseEntryItem,
  cutFallsItem,
  payoutFactItem,
  rewardFactItem,
  withdrawalFactItem,
} from './ledger-codec.ts';

/** Every fact that a change writes beside the balances, all of the change's own version: a reader that misses one has read too early. */
export function factItems(keys: Keys, change: LedgerChange): Item[] {
  const { participantId, expectedVersion, entry, withdrawals = [], rewards = [], payout } = change;
  const { kinFall } = change;
  const version = expectedVersion + 1;
  return [
    ...(entry === null
      ? []
      : [caseEntryItem(keys.caseEntry(participantId, entry.caseId), entry, version)]),
    ...withdrawals.map((one) =>
      withdrawalFactItem(keys.withdrawalFact(participantId, one), one, version),
    ),
    ...rewards.map((one) => rewardFactItem(keys.rewardFact(participantId, version), one, version)),
    ...(payout ? [payoutFactItem(keys.payoutFact(participantId, version), payout, version)] : []),
    ...(kinFall
      ? [cutFallsItem(keys.kinCutFalls(participantId, kinFall.caseId), kinFall, version)]
      : []),
  ];
}
