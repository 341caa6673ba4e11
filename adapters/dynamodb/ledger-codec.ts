import { invariant } from '../../domain/errors.ts';
import type {
  Balances,
  CaseEntry,
  ChargePart,
  CutFalls,
  Posting,
  RewardCredit,
  RewardPayout,
  StakeMovement,
  Transfer,
  Withdrawal,
} from '../../domain/ledger/accounts.ts';
import { checkConservation } from '../../domain/ledger/conservation.ts';
import { formatUnits, parseUnits } from '../../domain/money.ts';
import { bodyOf, type Item, makeItem, numberOf, textOf } from './items.ts';
import type { ItemKey, Keys } from './keys.ts';

/** Every balance, in the order of the equation of rules §H1. */
export const BALANCE_NAMES = [
  'deposited',
  'rewardsCredited',
  'rebates',
  'available',
  'held',
  'pending',
  'exiting',
  'withdrawn',
  'slashed',
  'withheld',
  'rewardsUnpaid',
  'rewardsPaid',
] as const satisfies readonly (keyof Balances)[];

/** Balances as decimal strings. */
export type StoredBalances = Record<keyof Balances, string>;

/** A participant's ledger head: what every money decision conditions on. */
export interface LedgerHead {
  readonly version: number;
  readonly asset: string;
  readonly balances: Balances;
  /** Sort keys of the facts written together with this version: a reader that misses one has read too early. */
  readonly lastFacts: readonly string[];
  /** Absent in ledgers from before groups were kept. */
  readonly controlGroup?: string;
}

type StoredPosting = { account: Posting['account']; deltaUnits: string };
/** A transfer with its amounts as signed decimal strings. */
export type StoredTransfer = Omit<Transfer, 'postings'> & { postings: StoredPosting[] };
type StoredPart = Omit<ChargePart, 'stakeUnits' | 'rewardUnits'> & {
  stakeUnits: string;
  rewardUnits: string;
};
/** A case entry with its amounts as decimal strings. */
export type StoredEntry = Omit<CaseEntry, 'parts' | 'blockUnits'> & {
  parts: StoredPart[];
  blockUnits?: string;
};
/** A withdrawal with its amounts as decimal strings. */
export type StoredWithdrawal = Omit<Withdrawal, 'requestedUnits' | 'exitingUnits' | 'left'> & {
  requestedUnits: string;
  exitingUnits: string;
  left: StoredMovement[];
};
/** A credited reward with its amount as a decimal string. */
export type StoredReward = Omit<RewardCredit, 'units'> & { units: string };
type StoredPayout = Omit<RewardPayout, 'tranches'> & {
  tranches: { earnedAtMs: number; units: string }[];
};
type StoredMovement = { atMs: number; units: string };

/** Throws `ledger-unbalanced` for balances that do not add up, `invariant-broken` for one over 38 digits (invariant H1). */
export function encodeBalances(balances: Balances): StoredBalances {
  checkConservation(balances);
  return Object.fromEntries(
    BALANCE_NAMES.map((name) => [name, formatUnits(balances[name])]),
  ) as StoredBalances;
}

/** Throws `amount-invalid` when a stored balance is not a decimal string. */
export function decodeBalances(stored: StoredBalances): Balances {
  return Object.fromEntries(
    BALANCE_NAMES.map((name) => [name, parseUnits(stored[name])]),
  ) as unknown as Balances;
}

function signed(units: bigint): string {
  return units < 0n ? `-${formatUnits(-units)}` : formatUnits(units);
}

/** Reads a decimal string that may be negative. Throws `amount-invalid`. */
export function parseSigned(text: string): bigint {
  return text.startsWith('-') ? -parseUnits(text.slice(1)) : parseUnits(text);
}

/** The head of a participant's ledger as it is stored. */
export function ledgerHeadItem(key: ItemKey, head: LedgerHead): Item {
  return makeItem(key, 'ledger-head', encodeBalances(head.balances), {
    version: head.version,
    asset: head.asset,
    lastFacts: [...head.lastFacts],
    ...(head.controlGroup !== undefined && { controlGroup: head.controlGroup }),
  });
}

/** Reads a stored ledger head. */
export function decodeLedgerHead(item: Item): LedgerHead {
  const facts = item['lastFacts'];
  return {
    version: numberOf(item, 'version'),
    asset: textOf(item, 'asset'),
    balances: decodeBalances(bodyOf<StoredBalances>(item, 'ledger-head')),
    lastFacts: Array.isArray(facts) ? facts.map(String) : [],
    ...(item['controlGroup'] !== undefined && { controlGroup: textOf(item, 'controlGroup') }),
  };
}

/** A transfer as it is stored. Throws `invariant-broken` when its legs do not sum to zero (invariant H1). */
export function transferItem(key: ItemKey, transfer: Transfer, version: number): Item {
  const sum = transfer.postings.reduce((total, posting) => total + posting.deltaUnits, 0n);
  invariant(sum === 0n, `The legs of transfer ${transfer.transferId} do not sum to zero.`);
  return makeItem(key, 'transfer', encodeTransfer(transfer), { version });
}

/** A transfer with its amounts as signed decimal strings. */
export function encodeTransfer(transfer: Transfer): StoredTransfer {
  return {
    ...transfer,
    postings: transfer.postings.map(({ account, deltaUnits }) => ({
      account,
      deltaUnits: signed(deltaUnits),
    })),
  };
}

/** Reads a stored transfer. */
export function decodeTransfer(item: Item): Transfer {
  return parseTransfer(bodyOf<StoredTransfer>(item, 'transfer'));
}

/** The inverse of `encodeTransfer`. Throws `amount-invalid`. */
export function parseTransfer({ postings, ...rest }: StoredTransfer): Transfer {
  return {
    ...rest,
    postings: postings.map(({ account, deltaUnits }) => ({
      account,
      deltaUnits: parseSigned(deltaUnits),
    })),
  };
}

/** What a case has done to its participant, as it is stored. */
export function caseEntryItem(key: ItemKey, entry: CaseEntry, version: number): Item {
  return makeItem(key, 'case-entry', encodeEntry(entry), { version });
}

/** A case entry with its amounts as decimal strings. */
export function encodeEntry({ blockUnits, ...entry }: CaseEntry): StoredEntry {
  return {
    ...entry,
    ...(blockUnits !== undefined && { blockUnits: formatUnits(blockUnits) }),
    parts: entry.parts.map((part) => ({
      ...part,
      stakeUnits: formatUnits(part.stakeUnits),
      rewardUnits: formatUnits(part.rewardUnits),
    })),
  };
}

/** Reads a stored case entry. */
export function decodeCaseEntry(item: Item): CaseEntry {
  return parseEntry(bodyOf<StoredEntry>(item, 'case-entry'));
}

/** The inverse of `encodeEntry`. Throws `amount-invalid`. */
export function parseEntry({ parts, blockUnits, ...rest }: StoredEntry): CaseEntry {
  return {
    ...rest,
    ...(blockUnits !== undefined && { blockUnits: parseUnits(blockUnits) }),
    parts: parts.map((part) => ({
      ...part,
      stakeUnits: parseUnits(part.stakeUnits),
      rewardUnits: parseUnits(part.rewardUnits),
    })),
  };
}

/** The fact that stake came in at an instant; snapshots read it, never the transfers. */
export function depositFactItem(key: ItemKey, fact: StakeMovement, version: number): Item {
  const body: StoredMovement = { atMs: fact.atMs, units: formatUnits(fact.units) };
  return makeItem(key, 'deposit-fact', body, { version });
}

/** A withdrawal as it is stored; the item is replaced as it goes on. */
export function withdrawalFactItem(key: ItemKey, fact: Withdrawal, version: number): Item {
  return makeItem(key, 'withdrawal-fact', encodeWithdrawal(fact), { version });
}

/** A withdrawal with its amounts as decimal strings. */
export function encodeWithdrawal(withdrawal: Withdrawal): StoredWithdrawal {
  return {
    ...withdrawal,
    requestedUnits: formatUnits(withdrawal.requestedUnits),
    exitingUnits: formatUnits(withdrawal.exitingUnits),
    left: withdrawal.left.map(({ atMs, units }) => ({ atMs, units: formatUnits(units) })),
  };
}

/** Reads a stored withdrawal. */
export function decodeWithdrawal(item: Item): Withdrawal {
  return parseWithdrawal(bodyOf<StoredWithdrawal>(item, 'withdrawal-fact'));
}

/** The inverse of `encodeWithdrawal`. Throws `amount-invalid`. */
export function parseWithdrawal(stored: StoredWithdrawal): Withdrawal {
  return {
    ...stored,
    requestedUnits: parseUnits(stored.requestedUnits),
    exitingUnits: parseUnits(stored.exitingUnits),
    left: stored.left.map(({ atMs, units }) => ({ atMs, units: parseUnits(units) })),
  };
}

/** A credited reward as it is stored, for ever as it is. */
export function rewardFactItem(key: ItemKey, fact: RewardCredit, version: number): Item {
  return makeItem(key, 'reward-fact', encodeReward(fact), { version });
}

/** A credited reward with its amount as a decimal string. */
export function encodeReward(reward: RewardCredit): StoredReward {
  return { ...reward, units: formatUnits(reward.units) };
}

/** The inverse of `encodeReward`. Throws `amount-invalid`. */
export function parseReward(stored: StoredReward): RewardCredit {
  return { ...stored, units: parseUnits(stored.units) };
}

/** A payout of rewards as it is stored. */
export function payoutFactItem(key: ItemKey, fact: RewardPayout, version: number): Item {
  const tranches = fact.tranches.map(({ earnedAtMs, units }) => ({
    earnedAtMs,
    units: formatUnits(units),
  }));
  const body: StoredPayout = { ...fact, tranches };
  return makeItem(key, 'payout-fact', body, { version });
}

/** The falls of a case of the kin, as they are stored; the item is replaced when more of the case falls. */
export function cutFallsItem(key: ItemKey, falls: CutFalls, version: number): Item {
  return makeItem(key, 'cut-falls', falls, { version });
}

/** Facts of one participant by type. */
export interface LedgerFacts {
  deposits: StakeMovement[];
  withdrawals: Withdrawal[];
  rewards: RewardCredit[];
  payouts: RewardPayout[];
  cases: CaseEntry[];
  kinCutFalls: CutFalls[];
}

function movement(item: Item, type: string): StakeMovement {
  const { atMs, units } = bodyOf<StoredMovement>(item, type);
  return { atMs, units: parseUnits(units) };
}

function payout(item: Item): RewardPayout {
  const { tranches, ...rest } = bodyOf<StoredPayout>(item, 'payout-fact');
  return {
    ...rest,
    tranches: tranches.map(({ earnedAtMs, units }) => ({ earnedAtMs, units: parseUnits(units) })),
  };
}

/** Sorts the items of a snapshot by what they are; unknown types are refused, for a missed one would be a wrong charge. */
export function decodeFacts(items: readonly Item[]): LedgerFacts {
  const facts: LedgerFacts = {
    deposits: [],
    withdrawals: [],
    rewards: [],
    payouts: [],
    cases: [],
    kinCutFalls: [],
  };
  for (const item of items) {
    if (item['type'] === 'deposit-fact') facts.deposits.push(movement(item, 'deposit-fact'));
    else if (item['type'] === 'withdrawal-fact') facts.withdrawals.push(decodeWithdrawal(item));
    else if (item['type'] === 'reward-fact')
      facts.rewards.push(parseReward(bodyOf<StoredReward>(item, 'reward-fact')));
    else if (item['type'] === 'payout-fact') facts.payouts.push(payout(item));
    else if (item['type'] === 'cut-falls')
      facts.kinCutFalls.push(bodyOf<CutFalls>(item, 'cut-falls'));
    else facts.cases.push(decodeCaseEntry(item));
  }
  return facts;
}

/** Everything that one transfer writes: itself, its id taken for ever, and the reserve's entry if it pays into the reserve. */
export function transferItems(
  keys: Keys,
  transfer: Transfer,
  version: number,
  index: number,
): Item[] {
  const { transferId, participantId, postings } = transfer;
  const key = keys.transfer(participantId, version, index);
  const items = [
    transferItem(key, transfer, version),
    makeItem(keys.transferId(transferId), 'transfer-id', {
      transferPk: key.pk,
      transferSk: key.sk,
    }),
  ];
  const toReserve = postings
    .filter((posting) => posting.account === 'reserve')
    .reduce((total, posting) => total + posting.deltaUnits, 0n);
  if (toReserve !== 0n) {
    const body = { participantId, deltaUnits: signed(toReserve) };
    items.push(makeItem(keys.reserveEntry(transferId), 'reserve-entry', body));
  }
  return items;
}
