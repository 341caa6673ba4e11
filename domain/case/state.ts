import type { NewcomerFacts } from '../law/group.ts';
import type { Inert } from '../ledger/accounts.ts';
import type {
  AuditLaw,
  CheckSpec,
  Guidance,
  NewcomerLaw,
  ReadmissionLaw,
  ReputationLaw,
  Rung,
  StartCell,
} from '../policy.ts';
import type { ShadowBooks } from '../shadow/books.ts';
import type { Family, RungId, Severity, Tier } from '../violation.ts';
import type { Dispute } from './dispute.ts';

/** Where a case is (rule A1). Holds, disputes and money are fields of their own, never folded into it. */
export type Stage = 'confirming' | 'correcting' | 'proposed' | 'restoring' | 'ended';

/** How an episode ended (rule A4). `lapsed` is an outcome of a decision, not of a case. */
export type Outcome = 'unconfirmed' | 'corrected' | 'reinstated' | 'excluded' | 'dismissed';

/**
 * Why the escalation clock stands still (rule A6). `incident` is a clock hold over a whole scope; at the `breaker` an imposition waits for
 * its turn (rule D12). Storm, maintenance and a person's hold of one case follow later and keep their place.
 */
export type HoldCause =
  | 'stale-source'
  | 'lateness'
  | 'insufficient-evidence'
  | 'incident'
  | 'breaker';

/** A clock hold: cause, owner, since when, and the limit after which a human must act (rule A6). */
export interface ClockHold {
  cause: HoldCause;
  owner: 'platform' | 'operators' | 'governors';
  sinceMs: number;
  limitAtMs: number;
}

/** The part of the policy that a case carries for its whole life (rules A4, B4): changing the policy never alters an open case. */
export interface PinnedLaw {
  policyVersion: string;
  policyHash: string;
  publishedBy: string[];
  asset: string;
  family: Family;
  capBps: number;
  capWindowMs: number;
  recurrenceWindowMs: number;
  rungs: Rung[];
  start: Record<Severity, StartCell[]>;
  allowanceMs: number;
  checks: CheckSpec[];
  guidance: Guidance;
  holdDownMs: number;
  reopenMs: number;
  freshMinMs: number;
  latenessMs: number;
  disputeWindowMs: Record<Tier, number>;
  stakeHoldLapseMs: number;
  pendingHardStopMs: number;
  noticeFallbackMs: number;
  staleSourceLimitMs: number;
  governorAskMs: number;
  vetoReviewMs: number;
  dismissedSilenceMs: number;
  minimumStakeUnits: string;
  /*
   * What follows came into the law later. A case that was opened before lives by the law it pinned: where one of these is absent, its rule
   * is not in force for the case.
   */
  /** Rule E5. */
  disputeDueMs?: Record<Tier, number>;
  /** Rules A9, D8. */
  evidenceAgeMs?: number;
  /** Rule C9. */
  causeWindowMs?: number;
  /** Rule C10. */
  topUpMs?: number;
  /** Rule C7. */
  newcomer?: NewcomerLaw;
  /** Rule C5. */
  readmission?: ReadmissionLaw;
  /** Rule E6. */
  audit?: AuditLaw;
  /** Rule D11. */
  rebateBps?: number;
  /** Rules §F: for the review that a decision may open. */
  reputation?: ReputationLaw;
  /** Whether the violation type runs in shadow: decided and recorded, nothing imposed (design §6). */
  shadow?: boolean;
}

/** One notice of an announced rung. Each names its resources and has a clock of its own (rule A2). */
export interface AnnouncedNotice {
  noticeId: string;
  /** Resources the notice names; only they can earn the rung by it. Null stands for the participant as a whole. */
  resourceIds: (string | null)[];
  announcedAtMs: number;
  servedAtMs: number | null;
  /** In shadow a notice is sent to nobody and counts as served at once (design §6). */
  servedBy?: 'shadow';
  /** Time that does not count towards the window because the clock stood still (rules A5, A6). */
  frozenMs: number;
  /** The part of it that lay under clock holds over a scope (rule A6). */
  incidentMs?: number;
  /** When the rung may be due by this notice, as far as known; null until the notice is served. */
  dueAtMs: number | null;
}

/** The next rung as the participant was told it (rule A8). Windows run from each served notice. */
export interface Announcement {
  /** Number of this announcement in the case, part of the step keys that it leads to. */
  no: number;
  rung: RungId;
  /** Set when a person raised the rung (rule D7), not the ladder. */
  byPerson: string | null;
  notices: AnnouncedNotice[];
}

/** One imposed rung: its decision, its money and when that becomes final (rule D7). */
export interface ImposedStep {
  decisionId: string;
  rung: RungId;
  imposedAtMs: number;
  /** What this step added, decimal units. */
  chargedUnits: string;
  finalDueAtMs: number;
  money: 'none' | 'pending' | 'final' | 'void' | 'lapsed';
  /** In the record of a case in shadow: what the step would have added. */
  wouldChargeUnits?: string;
  /** What its target was computed from; absent for a warning, and for decisions made before this was kept. */
  basis?: StepBasis;
  /** The rung it was imposed as, when a review or a fallen earlier case lowered it (rule D10). */
  reducedFrom?: RungId;
  /** What went back of it while the rest stands, decimal units. */
  returnedUnits?: string;
}

/** What a decision's target was computed from: enough to compute it anew without looking at anything else (rules D1, D10). */
export interface StepBasis {
  /** Stake at the fault times the share of the earning resources, as an exact fraction of decimal numbers. */
  numerator: string;
  denominator: string;
  severity: Severity;
  earning: (string | null)[];
  /** What other cases of its cause had charged, decimal units: that much less was left to charge (rule C9). Absent when they had nothing. */
  byCauseUnits?: string;
  /** A person raised this rung, so that it does not depend on earlier cases. */
  byPerson: boolean;
}

/** A person's approval or veto of one draft (rules E2, E3). */
export interface Ballot {
  person: string;
  organisation: string;
  atMs: number;
  reason: string;
}

/** What needs two persons or an approval: a rung, the dismissal of the case, or the return of an excluded participant (rules C5, E2–E4). */
export interface Proposal {
  proposalId: string;
  kind: 'rung' | 'dismiss' | 'readmit';
  /** The rung to impose; null for a dismissal or a readmission. */
  rung: RungId | null;
  draftHash: string;
  proposedAtMs: number;
  /** Null when the ladder proposed it. */
  proposedBy: string | null;
  reason: string;
  /** Stake and rewards set aside, decimal units; may only fall (rule E2). */
  heldUnits: string;
  /** In the record of a case in shadow: what would be set aside. */
  wouldHoldUnits?: string;
  /** Resources that earned the rung, fixed here (rule E2). */
  resourceIds: (string | null)[];
  /** Not imposed before this instant (rule A8). */
  windowEndsAtMs: number;
  /** Undecided, it lapses here (rule D7). */
  lapsesAtMs: number;
  approvals: Ballot[];
  /** Set where the amount asks for more approvals than the rung (rule D12). */
  approvalsNeeded?: number;
  veto: {
    by: Ballot;
    dueAtMs: number;
    confirmedBy: Ballot[];
    liftedBy: Ballot[];
    lifted: boolean;
  } | null;
}

/** A hold-down in progress: every head is clear and the cure check was positive at its start (rule A10). */
export interface HoldDown {
  startedAtMs: number;
  endsAtMs: number;
  /** Latest `endsAt` of the heads: the instant of correction if it stands. */
  clearedAtMs: number;
}

/** What a participant declared it did, and who confirmed it (rule C4). */
export interface Remediation {
  by: string;
  cause: string;
  actions: string;
  atMs: number;
  confirmedBy: string | null;
  confirmedAtMs: number | null;
}

/** The request for restoration (the seed's word). For penalties it is filed by the confirmed remediation (rule C4). */
export interface Appeal {
  by: string;
  grounds: string;
  atMs: number;
}

/** An auditor's finding on the present appeal (rule C4). */
export interface Finding {
  auditor: string;
  organisation: string;
  result: 'pass' | 'fail';
  note: string;
  atMs: number;
}

/** Result of the last run of the system checks (rule C4). */
export interface ChecksRun {
  atMs: number;
  passed: boolean;
  results: { check: string; passed: boolean; detail: string }[];
}

/** Roles a person has taken in a case; conflicting ones are refused (rules E1, H11). */
export type CaseRole =
  | 'configured'
  | 'operated'
  | 'confirmed'
  | 'proposed'
  | 'approved'
  | 'audited'
  | 'reviewed'
  | 'ruled';

/** Why a case charges nothing for now: another one leads its cause, or suspended the participant for the same resources (rule C9). */
export interface Inertness {
  because: Inert;
  /** The other case. */
  caseId: string;
}

/** The whole of a case as its workflow carries it: plain data, money as decimal strings, instants in epoch ms. */
export interface CaseState {
  v: 1;
  networkId: string;
  caseId: string;
  participantId: string;
  violationType: string;
  controlGroup: string;
  stage: Stage;
  openedAtMs: number;
  /** When the allowance is used up (rule A3). */
  confirmAtMs: number | null;
  law: PinnedLaw | null;
  /** Hash of the law as the decision record of the confirmation has it: later records name it by this. Absent where none has it. */
  lawHash?: string;
  severity: Severity;
  occurredAtMs: number | null;
  /**
   * Verified capacity as it was when the case opened: of all resources, and of those that fired, at the opening or when it confirmed.
   * Declaring more or less during a case changes no share (rule D1, invariant H8).
   */
  capacity?: { whole: number; firing: Record<string, number> };
  /** Resources that are confirmed well enough to cost, and a hash of all that the case's block on withdrawals rests on (rule D8). */
  exposure?: { resourceIds: (string | null)[]; key: string };
  /** Earlier cases that count (rule C11), and the rung and rate that followed. */
  recurrence: { counted: number; onlyWarnings: boolean; probation: boolean } | null;
  /** Whether the participant's control group was new when the case confirmed (rule C7); absent where the law knows no newcomers. */
  newcomer?: NewcomerFacts;
  /** Set while the case is recorded and not charged (rule C9). */
  inert?: Inertness | null;
  /** The stake is short by our own slash: until then it may be topped up (rule C10). */
  topUpUntilMs?: number;
  /** Asked for after an exclusion: the case is in restoration again, in a workflow of its own (rule C5). */
  readmission?: { askedAtMs: number; askedBy: string };
  /** No appeal before this instant: too many audits failed (rule E6). */
  auditCooldownUntilMs?: number | null;
  /** How often the audit of the present appeal has been called overdue (rule E6). */
  auditsOverdue?: number;
  startRung: RungId | null;
  multiplierBps: number;
  rung: RungId | null;
  imposed: ImposedStep[];
  announced: Announcement | null;
  holds: ClockHold[];
  /** Its place among those that wait at the breaker; absent while it waits for something else (rule D12). */
  queued?: { severity: Severity; sinceMs: number };
  /**
   * Next look while the case is held or a check failed; the interval doubles so that waiting stays cheap. `sinceMs`: since when a cure, or the
   * checks of a restoration that waits for nothing else, have been looked at in vain.
   */
  recheck: { atMs: number; everyMs: number; sinceMs?: number } | null;
  /** Total time the escalation clock stood still (rule A5). */
  frozenMs: number;
  proposal: Proposal | null;
  /** Rungs that lapsed or were refused: only a person's proposal raises them again (rule D7). */
  refusedRungs: RungId[];
  holdDown: HoldDown | null;
  correctedAtMs: number | null;
  /** While quiet after a correction: a re-fire before this instant resumes the same rung (rule A4). */
  reopenUntilMs: number | null;
  /** No access before this instant (rule C4). */
  suspendedUntilMs: number | null;
  remediation: Remediation | null;
  appeal: Appeal | null;
  findings: Finding[];
  checks: ChecksRun | null;
  failedAudits: number;
  /** When the governors were last asked what to do at the ceiling (rule A12). */
  governorsAskedAtMs: number | null;
  acknowledgedBy: string | null;
  people: { person: string; role: CaseRole }[];
  probationUntilMs: number | null;
  /** Disputes of decisions, oldest first (rules A1, E5). Absent until there is one. */
  disputes?: Dispute[];
  /** Control groups other than the participant's own that own sources of this case: its complainants (rule E1). */
  complainants?: string[];
  /** An exclusion was overturned; access returns into probation here, when what still stands has been served (rule C5). */
  accessReturnsAtMs?: number | null;
  /** When probation ran out, set for the rebate (rule D11). */
  probationOverAtMs?: number;
  /** When the rebate is looked at again: open cases may yet show that the probation was not clean (rule D11). */
  rebateLookAtMs?: number;
  /** The rebate, once it was decided; decimal units, "0" for none (rule D11). */
  rebateUnits?: string;
  outcome: Outcome | null;
  endedAtMs: number | null;
  /** How many steps the case has taken; part of the keys of steps that have no business fact of their own. */
  steps: number;
  /** Counters behind notice, proposal and step ids. */
  announcements: number;
  notices: number;
  proposals: number;
  /** What the case would have done to ledger and access; only in shadow (design §6). */
  shadow?: ShadowBooks;
}
