import type { Family, RungId, Severity, Tier } from './violation.ts';

/** How a rung comes into force: by itself, unless a governor vetoes, or only with approvals (rules §G, E2, E3). */
export type Execution = 'automatic' | 'unless-vetoed' | 'on-approval';

/** Access consequence of a rung. `minMs` is a minimum: access returns only through the gate of rule C4. */
export type Suspension =
  | { kind: 'none' }
  | { kind: 'until-corrected'; minMs: number }
  | { kind: 'min'; minMs: number }
  | { kind: 'exclusion' };

/**
 * The weight behind `to-zero`, which policies write for S2 (rules §F): a thousand times the prior of the default policy. It also takes away what
 * was earned, so that the score begins again at nothing.
 */
export const REPUTATION_TO_ZERO = 1_000_000;

/** One step of a family's ladder with its sanction, windows and way of execution (rules §G). Durations in ms, rates in basis points. */
export interface Rung {
  id: RungId;
  tier: Tier;
  slashBps: number;
  suspension: Suspension;
  /** Cut of credited rewards before scaling by severity (rule C3). */
  rewardCutBps: number;
  rewardCutForMs: number;
  /**
   * Cut while the rung suspends, where it is another; then `rewardCutForMs` counts from the end of the suspension: "all, then 50 %"
   * (rules §G). Absent where the cut runs beside the suspension.
   */
  rewardCutSuspendedBps?: number;
  reputationWeight: number;
  probationMs: number;
  /** Time to correct, from the served notice that announces this rung (rule A8). */
  graceBeforeMs: number;
  /** Time to answer, from the same notice; no rung is imposed before its end (rule A8). */
  answerWindowMs: number;
  execution: Execution;
  /** How many approvals `on-approval` needs; from as many organisations when above one (rule E2). */
  approvals: number;
  /** Auditors needed beside system checks before access returns (rule C4). */
  auditors: number;
}

/** Where a case starts for one severity and one count of earlier cases (rules §G, table 2). 10 000 is the plain rate. */
export interface StartCell {
  rung: RungId;
  multiplierBps: number;
}

/** The law of one family: ladder, start matrix, cap and recurrence window. */
export interface FamilyLaw {
  recurrenceWindowMs: number;
  /** Cap of all non-void charges per `capWindowMs` of fault time (rule D4). */
  capBps: number;
  capWindowMs: number;
  /** Most of a case's slash that comes back after a clean probation, in basis points; 0 where nothing does (rule D11). */
  rebateBps: number;
  rungs: Rung[];
  /** Four cells per severity: first, second, third, fourth or later. */
  start: Record<Severity, StartCell[]>;
}

/**
 * A system check (rules A10, B3, C4). As evidence a check *agrees* with a violation when it fails; as a cure check it must pass.
 * `head` looks at the alert heads in the inbox and has no group of its own; the others count as their own independence group.
 */
export type CheckSpec =
  | { kind: 'head' }
  | { kind: 'http'; group: string; path: string; timeoutMs: number }
  | { kind: 'promql'; group: string; server: string; query: string; timeoutMs: number }
  | { kind: 'stake' };

/** What a participant is told to do about a violation (issue "guidance"; the seed's "guidance to resolve the issue"). */
export interface Guidance {
  impact: string;
  steps: string[];
  links: string[];
  contact: string;
}

/**
 * How the network itself watches for a violation: by its own books, or by a query each of whose samples is a resource in violation
 * now, named by its labels.
 */
export type TypeWatch =
  | { kind: 'stake' }
  | {
      kind: 'promql';
      server: string;
      query: string;
      timeoutMs: number;
      participantLabel: string;
      /** Null when the violation is about the participant as a whole. */
      resourceLabel: string | null;
      severity: Severity;
    };

/** One violation type inside a family. */
export interface ViolationTypeLaw {
  type: string;
  family: Family;
  /** `continuing` must still fire at imposition; `occurred` (rule A9) comes later and keeps its place here. */
  evidenceMode: 'continuing';
  /** How long a firing is tolerated before a case confirms (rule A3). */
  allowanceMs: number;
  checks: CheckSpec[];
  guidance: Guidance;
  shadow: boolean;
  /** Absent where only monitors report it. */
  watch?: TypeWatch;
}

/** When a participant counts as new: until both its age and its passed checks are reached (rule C7). */
export interface NewcomerLaw {
  ageMs: number;
  checks: number;
}

/** The way back from an exclusion (rule C5). */
export interface ReadmissionLaw {
  afterMs: number;
  /** Governors who must approve, of as many organisations. */
  approvals: number;
}

/** How long an audit may take, and what failing it means (rule E6). */
export interface AuditLaw {
  dueMs: number;
  /** So many failed audits in a row start the cooldown. */
  failures: number;
  cooldownMs: number;
}

/** The beta track behind a reputation (rules §F). */
export interface ReputationLaw {
  alpha: number;
  beta: number;
  halfLifeMs: number;
  /** From this score on, in basis points, a participant is scheduled as usual. */
  normalBps: number;
  /** Below this score a review is opened. */
  reviewBps: number;
}

/** The network breaker: in any window impositions touch at most so much (rule D12). It delays and never cancels. */
export interface BreakerLaw {
  windowMs: number;
  /** Share of the network's stake, and of its participants. */
  shareBps: number;
  /** Participants that may be touched in a window however small the network is. */
  atLeast: number;
  /** Share of participants that may be suspended at the same time. */
  suspendedBps: number;
  /** A single case above this share of the network's stake takes two approvers. */
  twoApproversBps: number;
}

/** The versioned law as data, durations in ms. A case keeps the version in force at its `occurredAt` (rule B4). */
export interface Policy {
  version: string;
  /** SHA-256 of the policy's canonical JSON, hex. */
  hash: string;
  /** Persons who published it: they are in the conflict set of every case under it (rule E1). */
  publishedBy: string[];
  asset: string;
  /** Stake a participant must have bonded to be restored (rule C4). Decimal units. */
  minimumStakeUnits: string;
  families: Record<Family, FamilyLaw>;
  violationTypes: Record<string, ViolationTypeLaw>;
  holdDownMs: number;
  reopenMs: number;
  /** Lower bound of evidence freshness; the rest follows the source's repeat interval (rules §G). */
  freshMinMs: number;
  latenessMs: number;
  relayAttempts: number;
  /** Dispute windows per tier: how long money stays pending (rule D7). */
  disputeWindowMs: Record<Tier, number>;
  /** A stake hold lapses this long after its answer window (rule D7). */
  stakeHoldLapseMs: number;
  /** Pending money that nobody decided goes back this long after imposition (rule D7). */
  pendingHardStopMs: number;
  /** After this long in the API inbox with failed tries a notice counts as served (rule A7). */
  noticeFallbackMs: number;
  /** A clock hold for a silent source waits this long before it becomes a human's task (rule A6). */
  staleSourceLimitMs: number;
  /** At the ceiling of rule A12 the governors are asked this often. */
  governorAskMs: number;
  /** Two reviewers confirm or lift a veto within this time (rule E3). */
  vetoReviewMs: number;
  /** A dismissed case stays silent for this long while its alerts go on firing (rule B6). */
  dismissedSilenceMs: number;
  /** A dispute is decided within this time; overdue, a second panel takes it over (rule E5). */
  disputeDueMs: Record<Tier, number>;
  /** Evidence older than this moves no money (rules A9, §G). */
  evidenceAgeMs: number;
  /** Stake on its way out stays slashable for this long (rule D8). */
  unbondingMs: number;
  /** A declaration that shrinks a share acts after this long (rule C8). */
  shrinkNoticeMs: number;
  /** A published policy comes into force no sooner than this after its publication (design §6). */
  policyNoticeMs: number;
  /** Violations of the same resources that begin within this time of each other have one cause (rule C9). */
  causeWindowMs: number;
  /** Time to top up a stake that is short by our own hold or slash (rule C10). */
  topUpMs: number;
  newcomer: NewcomerLaw;
  readmission: ReadmissionLaw;
  audit: AuditLaw;
  reputation: ReputationLaw;
  breaker: BreakerLaw;
  /** How often the network looks at its own books and monitors. */
  watchEveryMs: number;
  /** A clock hold over a whole scope waits this long for a human (rule A6). */
  incidentHoldMs: number;
  /** A person's clock hold ends after this long unless another person renews it (rule A6). */
  personHoldMs: number;
  /** All terms of one clock hold together last at most this long (rule A6). */
  personHoldTotalMs: number;
}
