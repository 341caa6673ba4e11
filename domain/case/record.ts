import type { DecisionRecord } from '../decision/record.ts';
import type { Family, RungId, Severity, Tier } from '../violation.ts';
import type { Dispute } from './dispute.ts';
import type {
  Appeal,
  CaseState,
  ChecksRun,
  ClockHold,
  Finding,
  ImposedStep,
  Inertness,
  Outcome,
  Proposal,
  Remediation,
  Stage,
} from './state.ts';

/** What the registry stores and the API shows of a case: its four fields (rule A1), and what it waits for (invariant H10). */
export interface CaseRecord {
  v: 1;
  networkId: string;
  caseId: string;
  participantId: string;
  /** What the case is about, once it is confirmed; null among them is the participant as a whole. Absent before that. */
  resourceIds?: (string | null)[];
  violationType: string;
  /** Decided and recorded, and nothing is imposed (design §6); absent in records from before shadow mode. */
  shadow?: boolean;
  family: Family | null;
  severity: Severity;
  stage: Stage;
  tier: Tier | null;
  rung: RungId | null;
  announcedRung: RungId | null;
  announcementServedAtMs: number | null;
  /** The first notice of the announced rung; serving it sets the deadline that is shown. */
  announcementNoticeId: string | null;
  holds: ClockHold[];
  disputes: Dispute[];
  /** Decimal units of this case's own money. */
  money: {
    asset: string | null;
    heldUnits: string;
    pendingUnits: string;
    finalUnits: string;
    returnedUnits: string;
  };
  outcome: Outcome | null;
  openedAtMs: number;
  occurredAtMs: number | null;
  correctedAtMs: number | null;
  suspendedUntilMs: number | null;
  probationUntilMs: number | null;
  endedAtMs: number | null;
  waitsFor: string;
  nextDeadlineMs: number | null;
  /** The workflow that messages to this case go to (rule A4). */
  workflowId: string;
  policyVersion: string | null;
  policyHash: string | null;
  recurrence: CaseState['recurrence'];
  startRung: RungId | null;
  imposed: ImposedStep[];
  proposal: Proposal | null;
  remediation: Remediation | null;
  appeal: Appeal | null;
  findings: Finding[];
  checks: ChecksRun | null;
  acknowledgedBy: string | null;
  /** Who has which role in the case: a readmission, long after its end, still knows whom rule E1 bars. */
  people?: CaseState['people'];
  /** Who asked when for the return of an excluded participant (rule C5). */
  readmission?: CaseState['readmission'];
  /** The case because of which this one charges nothing for now (rule C9). */
  inert?: Inertness;
}

/** One line of a case's or participant's history: a decision, an action of a person, or a step of the system. */
export interface AuditEntry {
  /** From business facts, so that a retry writes the same entry. */
  entryId: string;
  /** Whose chain it belongs to; null for what concerns no participant, such as a policy: that is the network's chain. */
  participantId: string | null;
  caseId: string | null;
  atMs: number;
  kind: string;
  /** `system`, or the person who acted. */
  actor: string;
  summary: string;
  data: Record<string, unknown>;
  /** The machine-readable why; only decisions have it. */
  decision?: DecisionRecord;
}

/** An audit entry as lists show it: without its decision record, and with its place in the chain, null where it is older than chains. */
export interface TimelineEntry extends Omit<AuditEntry, 'decision'> {
  /** Names the decision record, if the entry is a decision. */
  decisionId: string | null;
  seq: number | null;
  prevHash: string | null;
  hash: string | null;
}
