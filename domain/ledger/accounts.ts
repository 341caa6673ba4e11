import type { Family, RungId, Severity } from '../violation.ts';

/**
 * The accounts of one participant in base units (rules §H1). The left three are what came in, the rest is where it is now:
 * deposited + rewardsCredited + rebates = available + held + pending + exiting + withdrawn + slashed + withheld + rewardsUnpaid + rewardsPaid.
 */
export interface Balances {
  deposited: bigint;
  rewardsCredited: bigint;
  rebates: bigint;
  available: bigint;
  held: bigint;
  pending: bigint;
  exiting: bigint;
  withdrawn: bigint;
  slashed: bigint;
  withheld: bigint;
  rewardsUnpaid: bigint;
  rewardsPaid: bigint;
}

/** A participant's account, or one outside it. Slashed money goes to `reserve` and nowhere else (rule D13). */
export type AccountName = Exclude<keyof Balances, 'deposited' | 'rewardsCredited' | 'rebates'>;

/** One leg of a transfer; the legs of a transfer sum to zero, `outside` being the depositor's side. */
export interface Posting {
  account: AccountName | 'outside' | 'reserve';
  deltaUnits: bigint;
}

/** Why money moved. */
export type TransferKind =
  | 'deposit'
  | 'hold'
  | 'release'
  | 'impose'
  | 'charge'
  | 'void'
  | 'finalise'
  | 'lapse'
  | 'rebate'
  | 'reward'
  | 'payout'
  | 'return-cut'
  | 'begin-exit'
  | 'leave'
  | 'cancel-exit';

/** An immutable movement of money, keyed by business facts so that a retry is a no-op. */
export interface Transfer {
  transferId: string;
  participantId: string;
  kind: TransferKind;
  /** The case and decision it belongs to; absent for deposits. */
  caseId?: string;
  decisionId?: string;
  atMs: number;
  postings: Posting[];
}

/** Where the money of one decision is (rule D7). */
export type ChargeStatus = 'held' | 'pending' | 'final' | 'void' | 'lapsed';

/** The money of one decision of a case: what this rung added over what the case had charged before. */
export interface ChargePart {
  decisionId: string;
  rung: RungId;
  status: ChargeStatus;
  stakeUnits: bigint;
  rewardUnits: bigint;
  heldAtMs: number | null;
  imposedAtMs: number | null;
  /** End of the dispute window (rule D7). */
  finalDueAtMs: number | null;
  settledAtMs: number | null;
  /** Where the reward units came from, oldest first, decimal units: giving them back is the exact inverse (rule D10). */
  rewardTranches?: { earnedAtMs: number; units: string }[];
  /** What of the stake units was on its way out, by withdrawal, oldest first, decimal units (rule D6). */
  exitTranches?: { withdrawalId: string; units: string }[];
}

/** Why a case is recorded without a charge: another case leads their cause, or the participant was suspended already (rule C9). */
export type Inert = 'cause' | 'consequential';
/** That a rung was imposed, for the reputation of its family (rules §F). */
export interface ReputationMark {
  decisionId: string;
  rung: RungId;
  imposedAtMs: number;
  /** When its decision became final, if it charged nothing; one that charged is final with its money (rule D7). */
  finalAtMs?: number;
}

/** What a case means for the reputation: its rungs, and what each weighs by the law that the case pinned (rules §F, invariant H8). */
export interface ReputationEntry {
  weights: Partial<Record<RungId, number>>;
  marks: ReputationMark[];
}

/** What one fall of a case leaves of its cuts from the rewards that were credited by then: those of what stands of it (rules C3, D10, ADR 0026). */
export interface CutFall {
  /** The review by which it fell. */
  reviewId: string;
  atMs: number;
  /** Up to here rewards were credited before the fall was written, by whichever clock. */
  creditedByMs: number;
  /** At most this is cut of what was credited before `untilMs`, in basis points, and nothing of what was credited later. */
  bps: number;
  untilMs: number;
  /** What was earned without access up to here stays withheld whole: what stands bars at least until then; 0 where it does not. */
  barsUntilMs: number;
}

/** The falls of one case, oldest first; absent while its cuts stand as booked. */
export interface CutFalls {
  caseId: string;
  cutFalls?: CutFall[];
}

/** What one case has done to its participant: the memory that caps, slashable stake and recurrence read. */
export interface CaseEntry extends CutFalls {
  family: Family;
  violationType: string;
  severity: Severity;
  occurredAtMs: number;
  /** Highest rung imposed so far, null before W. */
  servedRung: RungId | null;
  /** False once overturned, dismissed, consequential, platform's fault or shadow (rule C11). */
  counts: boolean;
  parts: ChargePart[];
  /** What fired when the case confirmed; null is the participant as a whole. Absent in entries from before rule C9: they share no cause. */
  resourceIds?: (string | null)[];
  /** Set while the case charges nothing because of another one, and while it counts for nothing because that one leads its cause (rule C9). */
  inert?: Inert;
  /** The other case; absent where it leads nothing any more. */
  behind?: string;
  /** Absent for cases from before reputation, and while the case has only warned. */
  reputation?: ReputationEntry;
  /** What came back of its final money after a clean probation, decimal units (rule D11). */
  rebate?: { units: string; atMs: number };
  /** The most that the case could charge in all at the confirmation it has; 0 or absent when it blocks no withdrawal (rule D8). */
  blockUnits?: bigint;
}

/** Stake that came in or went out at an instant. */
export interface StakeMovement {
  atMs: number;
  units: bigint;
}

/**
 * Stake on its way out, or gone (rule D8). Until it has left it is the participant's, and slashable (rule D6). Where several are
 * touched, the oldest comes first.
 */
export interface Withdrawal {
  /** Unique in the participant's ledger. */
  withdrawalId: string;
  /** The participant's own name for it. */
  externalRef: string;
  requestedAtMs: number;
  requestedUnits: bigint;
  /** What of it is still on its way: without what charges took from it and what has left. */
  exitingUnits: bigint;
  /** End of unbonding, by the policy in force at the request. */
  dueAtMs: number;
  /** What has left, and when: in parts where cases needed the rest. */
  left: StakeMovement[];
  outcome: 'left' | 'cancelled' | null;
  endedAtMs: number | null;
}

/** What one case cuts from one reward, in basis points (rule C3). */
export interface RewardCut {
  caseId: string;
  bps: number;
  /** Set where the reward was earned while the case kept the participant from the network: all of it is cut (rule C3). */
  barred?: true;
}

/** One credited reward with every case that cuts it; never changed, so that each cut can be undone by itself (rules C3, D10). */
export interface RewardCredit {
  rewardId: string;
  earnedAtMs: number;
  creditedAtMs: number;
  units: bigint;
  cuts: RewardCut[];
}

/** Rewards that were paid out, by the instants they were earned at. */
export interface RewardPayout {
  payoutId: string;
  atMs: number;
  tranches: UnpaidReward[];
}

/** Rewards credited and still unpaid, with the instant they were earned (rule D5). */
export interface UnpaidReward {
  earnedAtMs: number;
  units: bigint;
}

/** What the law reads of another participant of the same control group (rule C8). */
export type Kin = Pick<LedgerSnapshot, 'participantId' | 'deposits' | 'withdrawals' | 'cases'>;

/** The control group of a participant as one decision reads it: it carries sanctions, recurrence, caps and the newcomer's grace (rule C8). */
export interface ControlGroup {
  controlGroup: string;
  /** Every step of a case of any member raises it; 0 before the first. */
  version: number;
  /** Set for a participant from before groups were kept: its next step enters it into its group. */
  joining?: { registeredAtMs: number; checksPassed: number };
  /** When the first of the group registered: its age as a newcomer (rule C7). */
  firstRegisteredAtMs: number;
  /** System checks that its members passed, together (rule C7). */
  checksPassed: number;
  /** The other members. */
  kin: Kin[];
}

/** All that a money decision about one participant reads, from one consistent version. */
export interface LedgerSnapshot {
  participantId: string;
  /** Every step that moves money or access, and every opening, raises it (design §4, rule D8). */
  version: number;
  asset: string;
  balances: Balances;
  deposits: StakeMovement[];
  withdrawals: Withdrawal[];
  /** Every reward that was ever credited. */
  rewards: RewardCredit[];
  unpaidRewards: UnpaidReward[];
  cases: CaseEntry[];
  /** Falls of the kin's cases that gave back rewards here; absent: none has (rules C8, D10). */
  kinCutFalls?: CutFalls[];
  /** The participant's control group (rule C8); absent where a ledger is looked at alone. */
  group?: ControlGroup;
}
