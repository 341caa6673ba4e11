import type { AuditEntry, CaseRecord } from '../case/record.ts';
import type {
  Balances,
  CaseEntry,
  CutFalls,
  LedgerSnapshot,
  RewardCredit,
  RewardPayout,
  Transfer,
  Withdrawal,
} from '../ledger/accounts.ts';
import type { StoredNotice } from '../notice.ts';
import type { ReputationReview } from '../reputation/review.ts';
import type { Sanction } from '../sanction.ts';
import type { BreakerChange } from './breaker.ts';
import type { WithdrawalStart } from './withdrawal-starts.ts';

/** The control group that a step reads and whose version it raises (rule C8, design §4). */
export interface GroupChange {
  controlGroup: string;
  expectedVersion: number;
  /** Enters the participant into the group: it registered before groups were kept. */
  joining?: { registeredAtMs: number; checksPassed: number };
}

/** What a step does to money and access; conditional on the versions of the participant and of its control group (design §4). */
export interface LedgerChange {
  participantId: string;
  expectedVersion: number;
  balances: Balances;
  transfers: Transfer[];
  /** The case's new entry in the ledger; null leaves it. */
  entry: CaseEntry | null;
  /** The case's new sanction; null leaves it. */
  sanction: Sanction | null;
  /** Absent only where no group was read. */
  group?: GroupChange;
  /** The review of a reputation that this change opens (rules §F); absent where it opens none. */
  review?: ReputationReview;
  /** Withdrawals that are new or have changed. */
  withdrawals?: Withdrawal[];
  /** Rewards that are credited. */
  rewards?: RewardCredit[];
  /** Rewards that are paid out. */
  payout?: RewardPayout;
  /** The falls of a case of the kin that give back rewards here (rule D10). */
  kinFall?: CutFalls;
}

/** One step of a case: everything in it is written in one transaction or not at all (design §4). */
export interface StepCommit {
  /** From business facts; at most one commit per key, ever (invariant H3). */
  stepKey: string;
  /** SHA-256 of the activity's recorded input: the same key with another input is a conflict. */
  inputHash: string;
  /** The computed result, stored with the step and returned on a retry. */
  resultJson: string;
  record: CaseRecord | null;
  /** The record must not exist yet: `openCase` refuses an id that has one. */
  recordIsNew: boolean;
  ledger: LedgerChange | null;
  notices: StoredNotice[];
  audit: AuditEntry[];
  /** Frees `SLOT#participant#type` if it still names this case. */
  freeSlot: { participantId: string; violationType: string; caseId: string } | null;
  /** System checks that the participant passed in this step: its group is a newcomer until it has enough (rule C7). */
  checksPassed?: { participantId: string; controlGroup: string; count: number };
  /** What the step takes from the network breaker, or where it waits at it (rule D12); absent where it asks for nothing. */
  breaker?: BreakerChange | null;
  /** A withdrawal whose workflow is to be started once this is written. */
  withdrawalStart?: WithdrawalStart;
}

/** `stale`: the participant or the breaker changed meanwhile, re-read and recompute. `repeat`: this step was committed before, here is its result. */
export type CommitResult =
  | { status: 'committed' }
  | { status: 'stale' }
  | { status: 'repeat'; resultJson: string }
  | { status: 'record-exists' };

/** Registry, ledger and audit as the steps of a case use them. All reads are consistent. */
export interface CaseStore {
  readCase(caseId: string): Promise<CaseRecord | null>;
  /** Ids of the participant's cases that were opened at an instant or later; the list may lag behind a moment. */
  casesSince(participantId: string, openedFromMs: number): Promise<string[]>;
  /** The stored step, if it was committed. */
  findStep(stepKey: string): Promise<{ inputHash: string; resultJson: string } | null>;
  /** With its control group (rule C8). Throws `participant-unknown` when the participant has no ledger. */
  snapshot(participantId: string): Promise<LedgerSnapshot>;
  /** The sanctions of the participant's whole control group, ended ones included (rule C8). Who knows the group saves a look. */
  sanctions(participantId: string, controlGroup?: string): Promise<Sanction[]>;
  /** Throws `step-conflict` (bug, never retried) when the key was committed with another input. */
  commit(step: StepCommit): Promise<CommitResult>;
  readNotice(participantId: string, noticeId: string): Promise<StoredNotice | null>;
  /** Records a failed try, or that the notice was served; the first served instant stays. Returns what is stored. */
  recordNoticeTry(
    participantId: string,
    noticeId: string,
    outcome: {
      servedAtMs: number | null;
      servedBy: StoredNotice['servedBy'];
      reason: string | null;
    },
  ): Promise<StoredNotice>;
  /**
   * Shows in the case record that its announcement was served: only while the record still names that notice, so that a
   * late call changes nothing.
   */
  showServed(served: {
    caseId: string;
    noticeId: string;
    servedAtMs: number;
    nextDeadlineMs: number;
    waitsFor: string;
  }): Promise<void>;
}
