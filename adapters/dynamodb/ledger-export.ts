import type { Account } from '../../domain/audit/findings.ts';
import type { CutFalls, StakeMovement } from '../../domain/ledger/accounts.ts';
import { foldBalances } from '../../domain/ledger/conservation.ts';
import { formatUnits } from '../../domain/money.ts';
import type { Sanction } from '../../domain/sanction.ts';
import type { Store } from './client.ts';
import { readSanctions } from './groups.ts';
import { bodyOf, numberOf, queryPrefix, textOf } from './items.ts';
import { type Keys, keysOf } from './keys.ts';
import {
  BALANCE_NAMES,
  decodeTransfer,
  encodeBalances,
  encodeEntry,
  encodeReward,
  encodeTransfer,
  encodeWithdrawal,
  type StoredBalances,
  type StoredEntry,
  type StoredReward,
  type StoredTransfer,
  type StoredWithdrawal,
} from './ledger-codec.ts';
import { readItems } from './pages.ts';
import { readReserve } from './reserve.ts';
import { readSnapshot } from './snapshot.ts';

/** The whole ledger of one participant; amounts are decimal strings, instants epoch ms. */
export interface ExportedAccount {
  readonly participantId: string;
  readonly asset: string;
  readonly version: number;
  readonly balances: StoredBalances;
  /** In the order in which they moved money. */
  readonly transfers: StoredTransfer[];
  /** By fault time, then id. */
  readonly cases: StoredEntry[];
  readonly unpaidRewards: { earnedAtMs: number; units: string }[];
  readonly deposits: { atMs: number; units: string }[];
  readonly withdrawals: StoredWithdrawal[];
  readonly rewards: StoredReward[];
  /** Falls of the kin's cases that gave back rewards, by case; absent where there is none. */
  readonly kinCutFalls?: CutFalls[];
  /** By the instant they began, then case. */
  readonly sanctions: Sanction[];
}

/** The ledger of a network as plain JSON: all participants by id, and what the reserve has got (rule D13). */
export interface LedgerExport {
  readonly networkId: string;
  readonly participants: ExportedAccount[];
  readonly reserveUnits: string;
}

/** How often an account is read again that changes while it is read. */
const MAX_READS = 5;

/**
 * Reads the whole ledger of the network for operators and tests. Each account is of one version; accounts are read one
 * after the other, so totals are exact only while nothing moves.
 */
export async function exportLedger(store: Store): Promise<LedgerExport> {
  const keys = keysOf(store.networkId);
  const participants: ExportedAccount[] = [];
  for (const participantId of await participantIds(store, keys)) {
    const account = await exportAccount(store, participantId);
    if (account !== null) participants.push(account);
  }
  return {
    networkId: store.networkId,
    participants,
    reserveUnits: (await readReserve(store)).units.toString(),
  };
}

/** Ids of all registered participants, sorted; read consistently. */
export async function participantIds(store: Store, keys: Keys): Promise<string[]> {
  const ids: string[] = [];
  const pk = keys.participantListings();
  for (let startKey: { pk: string; sk: string } | undefined; ; ) {
    const page = await readItems(store, {
      table: 'registry',
      condition: 'pk = :pk',
      values: { ':pk': pk },
      startKey,
      limit: 1_000,
    });
    ids.push(...page.items.map((item) => bodyOf<string>(item, 'listing')));
    const last = page.items.at(-1);
    if (page.ended || last === undefined) return ids.sort();
    startKey = { pk, sk: textOf(last, 'sk') };
  }
}

/** One participant's ledger and every transfer up to its version, in their order; null when it has none. */
export async function readAccount(store: Store, participantId: string): Promise<Account | null> {
  const keys = keysOf(store.networkId);
  for (let read = 1; ; read++) {
    const snapshot = await readSnapshot(store, participantId);
    if (snapshot === null) return null;
    const { version, balances } = snapshot;
    const pk = keys.account(participantId);
    const items = await queryPrefix(store, 'ledger', pk, keys.transferPrefix);
    const transfers = items
      .map((item) => ({ ...decodeTransfer(item), version: numberOf(item, 'version') }))
      .filter((transfer) => transfer.version <= version);
    const folded = foldBalances(transfers);
    const whole = BALANCE_NAMES.every((name) => folded[name] === balances[name]);
    // The last version's transfers may show a moment later than its head; a lasting difference is reported as it is.
    if (whole || read >= MAX_READS) return { snapshot, transfers };
  }
}

/** One participant's whole ledger; null when there is none. */
export async function exportAccount(
  store: Store,
  participantId: string,
): Promise<ExportedAccount | null> {
  const account = await readAccount(store, participantId);
  if (account === null) return null;
  const { snapshot, transfers } = account;
  const { version, asset, balances, kinCutFalls } = snapshot;
  const sanctions = await readSanctions(store, participantId);
  return {
    participantId,
    asset,
    version,
    balances: encodeBalances(balances),
    transfers: transfers.map(({ version: _, ...transfer }) => encodeTransfer(transfer)),
    cases: snapshot.cases
      .map(encodeEntry)
      .sort((a, b) => a.occurredAtMs - b.occurredAtMs || order(a.caseId, b.caseId)),
    unpaidRewards: snapshot.unpaidRewards.map(({ earnedAtMs, units }) => ({
      earnedAtMs,
      units: formatUnits(units),
    })),
    deposits: snapshot.deposits.map(movement),
    withdrawals: snapshot.withdrawals.map(encodeWithdrawal),
    rewards: snapshot.rewards.map(encodeReward),
    ...(kinCutFalls && { kinCutFalls }),
    sanctions: sanctions.sort((a, b) => a.sinceMs - b.sinceMs || order(a.caseId, b.caseId)),
  };
}

function movement({ atMs, units }: StakeMovement) {
  return { atMs, units: formatUnits(units) };
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * The same ledger without what differs between two runs of one story: instants, versions and ids. Cases and decisions are
 * numbered in their order instead, so that it stays visible which transfer belongs to which.
 */
export function withoutInstantsAndIds(exported: LedgerExport) {
  return {
    networkId: exported.networkId,
    reserveUnits: exported.reserveUnits,
    participants: exported.participants.map(plainAccount),
  };
}

function plainAccount(account: ExportedAccount) {
  const caseIds = account.cases.map((entry) => entry.caseId);
  const numberOfCase = (caseId: string | undefined): number | null => {
    if (caseId === undefined) return null;
    if (!caseIds.includes(caseId)) caseIds.push(caseId);
    return caseIds.indexOf(caseId) + 1;
  };
  const numberOfDecision = (transfer: StoredTransfer): number | null => {
    const entry = account.cases.find((each) => each.caseId === transfer.caseId);
    const index = entry?.parts.findIndex((part) => part.decisionId === transfer.decisionId) ?? -1;
    return index < 0 ? null : index + 1;
  };
  const { participantId, asset, balances } = account;
  return {
    participantId,
    asset,
    balances,
    transfers: account.transfers.map((transfer) => ({
      kind: transfer.kind,
      caseNumber: numberOfCase(transfer.caseId),
      decisionNumber: numberOfDecision(transfer),
      postings: transfer.postings,
    })),
    cases: account.cases.map((entry) => {
      const { family, violationType, severity, servedRung, counts, parts } = entry;
      const plainParts = parts.map(({ rung, status, stakeUnits, rewardUnits }) => ({
        rung,
        status,
        stakeUnits,
        rewardUnits,
      }));
      return { family, violationType, severity, servedRung, counts, parts: plainParts };
    }),
    unpaidRewards: account.unpaidRewards.map(({ units }) => units),
    deposits: account.deposits.map(({ units }) => units),
    withdrawals: account.withdrawals.map(({ requestedUnits, exitingUnits, left, outcome }) => ({
      requestedUnits,
      exitingUnits,
      left: left.map(({ units }) => units),
      outcome,
    })),
    rewards: account.rewards.map(({ units, cuts }) => ({
      units,
      cuts: cuts.map(({ caseId, bps }) => ({ caseNumber: numberOfCase(caseId), bps })),
    })),
    sanctions: account.sanctions.map(({ caseId, family, rung, access, rewardCutBps }) => ({
      caseNumber: numberOfCase(caseId),
      family,
      rung,
      access,
      rewardCutBps,
    })),
  };
}
