import type { DisputeEnd } from '../case/dispute.ts';
import type {
  AnnouncedNotice,
  Appeal,
  Ballot,
  CaseState,
  ChecksRun,
  Finding,
  ImposedStep,
  PinnedLaw,
  Remediation,
} from '../case/state.ts';
import type { Calculation, CalculationLine, ChargeInput } from '../law/calculation.ts';
import type { GateEvidence, GateInput, GateVerdict } from '../law/gate.ts';
import type { Recurrence } from '../law/ladder.ts';
import type { Balances, CaseEntry } from '../ledger/accounts.ts';
import type { RestatedPart } from '../ledger/inverse.ts';
import type { StartCell } from '../policy.ts';
import type { Sanction } from '../sanction.ts';
import type { Family, RungId, Severity, Tier } from '../violation.ts';
import type { Exact, Plain } from './exact.ts';

/**
 * What a decision does: it imposes a rung, proposes one or drops the proposal, ends a case without effect, makes money final, gives access
 * back, decides a dispute, or reckons a case anew because an earlier one fell.
 */
export type DecisionKind =
  | 'imposed'
  | 'proposed'
  | 'dropped'
  | 'dismissed'
  | 'settled'
  | 'restored'
  | 'reviewed'
  | 'recounted';

/** Why a proposal ended without effect (rules D7, E3). */
export type ProposalEnd = 'lapsed' | 'vetoed' | 'veto-not-lifted';

/** A decision in words, so that nobody needs the code to understand it. */
export interface DecisionWords {
  what: string;
  why: string;
  /** What it means for the participant, one consequence each. */
  impact: string[];
  /** What the participant can do about it, and until when. */
  objection: string[];
}

/** The law that was applied. `pinned` is there once per case; later records name it by its hash. */
export interface DecisionLaw {
  policyVersion: string;
  policyHash: string;
  /** SHA-256 of the canonical JSON of what the case pinned of the policy. */
  lawHash: string;
  pinned: PinnedLaw | null;
}

/** A look of our own at a resource. */
export interface DecisionLook {
  resourceId: string | null;
  group: string;
  healthy: boolean | null;
  detail: string;
  check: string;
}

/** What was seen. */
export interface DecisionEvidence {
  /** Independent groups that agreed (rule B3). */
  groups: string[];
  /** Resources that earned the rung (rule A2); null is the participant as a whole. */
  earning: (string | null)[];
  /** The alerts that the decision rests on. */
  alerts: GateEvidence[];
  /** All that they were, should the list have been cut. */
  alertCount: number;
  looks: DecisionLook[];
}

/** Every term that matters: the lengths that the law sets, and the instants that follow. */
export interface DecisionWindows {
  graceMs: number | null;
  answerWindowMs: number | null;
  /** A proposed rung is not imposed before this instant. */
  notBeforeAtMs: number | null;
  /** Undecided, a proposal lapses here. */
  lapsesAtMs: number | null;
  /** Until then the decision may be disputed; then its money is final. */
  disputeUntilMs: number | null;
  suspendedUntilMs: number | null;
  probationUntilMs: number | null;
}

/** The people behind a decision. */
export interface DecisionPeople {
  /** Null when the ladder proposed it. */
  proposedBy: string | null;
  /** What approvals and vetoes named (rule E2). */
  draftHash: string | null;
  approvals: Ballot[];
  veto: NonNullable<CaseState['proposal']>['veto'];
}

/** The decision's money in base units. */
export interface DecisionAmount {
  asset: string;
  units: bigint;
  fromRewardsUnits: bigint;
  fromStakeUnits: bigint;
  money: 'none' | 'held' | 'pending' | 'final';
}

/** What made one decision final (rule D7). */
export interface SettledDecision {
  decisionId: string;
  rung: RungId;
  units: bigint;
  finalDueAtMs: number;
}

/** What access came back on (rule C4). */
export interface DecisionRestoration {
  remediation: Remediation | null;
  appeal: Appeal | null;
  findings: Finding[];
  checks: ChecksRun | null;
}

/** How a dispute ended, and what the case stands at since (rules D7, D10, E5). */
export interface DecisionReview {
  disputeId: string;
  /** The decision that was disputed. */
  decisionId: string;
  disputedBy: string;
  grounds: string;
  result: DisputeEnd['result'];
  /** Null when the whole case fell. */
  standingRung: RungId | null;
  reasonCode: DisputeEnd['reasonCode'];
  reason: string;
  /** Reviewers who concurred; nobody where it lapsed. */
  by: string[];
  returnedUnits: bigint;
  /** All decisions of the case as they are afterwards. */
  imposed: ImposedStep[];
}

/** What a case keeps after earlier ones fell (rule D10). */
export interface DecisionRecount {
  /** The cases that fell, by id. */
  fallen: string[];
  parts: RestatedPart[];
  /** All decisions of the case as they are afterwards. */
  imposed: ImposedStep[];
}

/** The gate's question without what all its questions of one decision share, and its answer. */
export interface GateQuestion {
  /** Null while confirming: then no notice is needed. */
  noticeId: string | null;
  named: GateInput['named'];
  verdict: GateVerdict;
}

/** What the gate was asked for one decision. */
export interface GateAsked {
  /** The law by which it was asked, where that is not the pinned one: before the confirmation another policy may have been in force. */
  law: PinnedLaw | null;
  input: Omit<GateInput, 'law' | 'named'>;
  questions: GateQuestion[];
}

/** What the count of earlier cases was taken from (rules C6, C11). */
export interface RecurrenceInput {
  entries: CaseEntry[];
  caseId: string;
  family: Family;
  occurredAtMs: number;
  sanctions: Sanction[];
  nowMs: number;
}

/** Everything that was read, whole: from it and the pinned law the decision is computed again. */
export interface DecisionInputs {
  /** The case as it was before the decision, without its law. */
  case: Omit<CaseState, 'law'>;
  /** The participant's ledger as it was read. */
  ledger: { version: number; balances: Balances } | null;
  sanctions: Sanction[];
  gate: GateAsked | null;
  recurrence: {
    input: RecurrenceInput;
    severity: Severity;
    found: Recurrence;
    start: StartCell;
  } | null;
  charge: { input: Omit<ChargeInput, 'law'>; calculation: Calculation } | null;
  /** The draft that was hashed for approval. */
  draft: Record<string, unknown> | null;
  /** Lists that were too long to keep, with their length and hash. What needs them is not computed again. */
  cut: {
    list: 'heads' | 'unpaidRewards' | 'deposits' | 'withdrawals' | 'cases';
    count: number;
    sha256: string;
  }[];
}

/** One decision with everything it rests on, as the law sees it. */
export interface Decision {
  v: 1;
  decisionId: string;
  kind: DecisionKind;
  networkId: string;
  caseId: string;
  participantId: string;
  controlGroup: string;
  violationType: string;
  family: Family;
  severity: Severity;
  rung: RungId | null;
  tier: Tier | null;
  decidedAtMs: number;
  occurredAtMs: number | null;
  words: DecisionWords;
  law: DecisionLaw;
  evidence: DecisionEvidence | null;
  /** The served notices by which the rung was earned. */
  notices: AnnouncedNotice[];
  windows: DecisionWindows;
  people: DecisionPeople;
  /** Each step of the calculation with its rule. */
  calculation: CalculationLine[];
  amount: DecisionAmount | null;
  sanction: Sanction | null;
  settled: SettledDecision[];
  restoration: DecisionRestoration | null;
  /** Only where a dispute was decided. */
  review?: DecisionReview;
  /** Only where a proposal ended without effect. */
  dropped?: ProposalEnd;
  /** Only where the case was reckoned anew. */
  recount?: DecisionRecount;
  inputs: DecisionInputs;
}

/** A decision as it is stored and hashed: plain data, amounts as decimal strings; `exact` says how to read it back without loss. */
export type DecisionRecord = Plain<Decision> & { exact: Exact };
