import { invariant } from '../errors.ts';
import type { GroupChange, LedgerChange } from '../ports/case-store.ts';
import type { Sanction } from '../sanction.ts';
import type {
  AccountName,
  Balances,
  CaseEntry,
  ChargePart,
  ControlGroup,
  CutFalls,
  LedgerSnapshot,
  Posting,
  RewardCredit,
  RewardPayout,
  StakeMovement,
  Transfer,
  TransferKind,
  UnpaidReward,
  Withdrawal,
} from './accounts.ts';
import { applyTransfer } from './conservation.ts';

/**
 * What a movement does to one participant's ledger. Nothing is written here: the caller commits it with the step
 * (design §4) on the snapshot's version.
 */
export interface LedgerMove {
  balances: Balances;
  transfers: Transfer[];
  /** The case's entry after the move; null for deposits and rewards. */
  entry: CaseEntry | null;
  unpaidRewards: UnpaidReward[];
  deposits: StakeMovement[];
  withdrawals: Withdrawal[];
  rewards: RewardCredit[];
  /** Rewards that the move paid out; absent for every other move. */
  payout?: RewardPayout;
  /** The falls of a case of the kin that give back rewards here; absent for every other move. */
  kinFall?: CutFalls;
}

/** The part of a move that a step commits. `sanction` null leaves the case's sanction as it is. */
export function toLedgerChange(
  snapshot: LedgerSnapshot,
  move: LedgerMove,
  sanction: Sanction | null = null,
): LedgerChange {
  const withdrawals = move.withdrawals.filter((one) => !snapshot.withdrawals.includes(one));
  const rewards = move.rewards.filter((one) => !snapshot.rewards.includes(one));
  return {
    participantId: snapshot.participantId,
    expectedVersion: snapshot.version,
    balances: move.balances,
    transfers: move.transfers,
    entry: move.entry,
    sanction,
    ...(snapshot.group && { group: groupChange(snapshot.group) }),
    ...(withdrawals.length > 0 && { withdrawals }),
    ...(rewards.length > 0 && { rewards }),
    ...(move.payout && { payout: move.payout }),
    ...(move.kinFall && { kinFall: move.kinFall }),
  };
}

/** Every step of a case raises the version of the control group that it read (rule C8). */
function groupChange({ controlGroup, version, joining }: ControlGroup): GroupChange {
  return { controlGroup, expectedVersion: version, ...(joining && { joining }) };
}

/** The snapshot after a move: what the next decision reads. */
export function applyMove(snapshot: LedgerSnapshot, move: LedgerMove): LedgerSnapshot {
  const { kinCutFalls = [] } = snapshot;
  return {
    ...snapshot,
    version: snapshot.version + 1,
    balances: move.balances,
    deposits: move.deposits,
    unpaidRewards: move.unpaidRewards,
    withdrawals: move.withdrawals,
    rewards: move.rewards,
    cases: replaced(snapshot.cases, move.entry),
    ...(move.kinFall && { kinCutFalls: replaced(kinCutFalls, move.kinFall) }),
  };
}

function replaced<Of extends { caseId: string }>(known: readonly Of[], one: Of | null): Of[] {
  if (one === null) return [...known];
  return [...known.filter(({ caseId }) => caseId !== one.caseId), one];
}

/** Which decision of which case a move belongs to, and when. */
export interface DecisionRef {
  caseId: string;
  decisionId: string;
  atMs: number;
}

/** The entry of a case; a step on a case without one is a bug. */
export function entryOf(snapshot: LedgerSnapshot, caseId: string): CaseEntry {
  const entry = snapshot.cases.find((candidate) => candidate.caseId === caseId);
  invariant(entry !== undefined, `Case ${caseId} has no entry in the ledger.`);
  return entry;
}

/** The entry with one part replaced by its successor. */
export function replacePart(entry: CaseEntry, part: ChargePart): CaseEntry {
  return {
    ...entry,
    parts: entry.parts.map((old) => (old.decisionId === part.decisionId ? part : old)),
  };
}

/** Legs of a transfer without the empty ones. */
export function postings(legs: [AccountName | 'outside' | 'reserve', bigint][]): Posting[] {
  return legs.flatMap(([account, deltaUnits]) =>
    deltaUnits === 0n ? [] : [{ account, deltaUnits }],
  );
}

/** One transfer of a decision with its entry and rewards, keyed so that a retry is the same transfer. */
export function settle(
  snapshot: LedgerSnapshot,
  entry: CaseEntry | null,
  ref: DecisionRef,
  kind: TransferKind,
  moved: Posting[],
  unpaidRewards: UnpaidReward[],
  withdrawals: Withdrawal[] = snapshot.withdrawals,
): LedgerMove {
  const transfer: Transfer = {
    transferId: `${ref.caseId}/${ref.decisionId}/${kind}`,
    participantId: snapshot.participantId,
    kind,
    caseId: ref.caseId,
    decisionId: ref.decisionId,
    atMs: ref.atMs,
    postings: moved,
  };
  return {
    ...still(snapshot, entry),
    balances: applyTransfer(snapshot.balances, transfer),
    transfers: moved.length === 0 ? [] : [transfer],
    unpaidRewards,
    withdrawals,
  };
}

/** A move that changes at most the entry. */
export function still(snapshot: LedgerSnapshot, entry: CaseEntry | null): LedgerMove {
  const { balances, unpaidRewards, deposits, withdrawals, rewards } = snapshot;
  return { balances, transfers: [], entry, unpaidRewards, deposits, withdrawals, rewards };
}
