import type { Sha256 } from '../audit/chain.ts';
import { canonicalJson } from '../canonical-json.ts';
import type { AnnouncedNotice, CaseState, PinnedLaw, Proposal } from '../case/state.ts';
import { invariant } from '../errors.ts';
import type { GateEvidence } from '../law/gate.ts';
import type { LedgerSnapshot } from '../ledger/accounts.ts';
import type { Rung } from '../policy.ts';
import type { Sanction } from '../sanction.ts';
import { boundedPlain, MOST_LISTED } from './bounded.ts';
import type {
  Decision,
  DecisionEvidence,
  DecisionInputs,
  DecisionKind,
  DecisionLook,
  DecisionRecord,
  DecisionWindows,
  GateAsked,
} from './record.ts';

/** What every decision of a case is told by. */
export interface DecisionBasis {
  kind: DecisionKind;
  decisionId: string;
  /** The case as it was before the decision. */
  state: CaseState;
  rung: Rung | null;
  nowMs: number;
  sha256: Sha256;
}

/** The gate's word as a decision rests on it: what it was asked, what passed, and our own looks. */
export interface PassedGate {
  asked: GateAsked;
  groups: string[];
  earning: (string | null)[];
  evidence: GateEvidence[];
  looks: DecisionLook[];
}

/** The parts of a decision that its kind adds to the frame. */
export type DecisionParts = Pick<Decision, 'words'> &
  Partial<
    Omit<Decision, 'inputs' | 'windows' | 'law' | 'words'> & {
      windows: Partial<DecisionWindows>;
      inputs: Partial<DecisionInputs>;
    }
  >;

/** SHA-256 of the canonical JSON of a pinned law. */
export function lawHashOf(law: PinnedLaw, sha256: Sha256): string {
  return sha256(canonicalJson(law));
}

/**
 * The record of a decision: the frame that all have in common, filled with what its kind adds, as plain data within the bounds of a
 * stored item. Throws `invariant-broken` for a case whose law is not pinned.
 */
export function recordDecision(basis: DecisionBasis, parts: DecisionParts): DecisionRecord {
  const { plain, exact } = boundedPlain(frame(basis, parts), basis.sha256);
  return { ...plain, exact };
}

function frame(basis: DecisionBasis, parts: DecisionParts): Decision {
  const { kind, decisionId, state, rung, nowMs, sha256 } = basis;
  const { law, ...rest } = state;
  invariant(law !== null, `The law of case ${state.caseId} is not pinned yet.`);
  const lawHash = lawHashOf(law, sha256);
  const { windows, inputs, ...own } = parts;
  return {
    v: 1,
    decisionId,
    kind,
    networkId: state.networkId,
    caseId: state.caseId,
    participantId: state.participantId,
    controlGroup: state.controlGroup,
    violationType: state.violationType,
    family: law.family,
    severity: state.severity,
    rung: rung?.id ?? null,
    tier: rung?.tier ?? null,
    decidedAtMs: nowMs,
    occurredAtMs: state.occurredAtMs,
    law: {
      policyVersion: law.policyVersion,
      policyHash: law.policyHash,
      lawHash,
      pinned: state.lawHash === lawHash ? null : law,
    },
    evidence: null,
    notices: [],
    windows: { ...NO_WINDOWS, ...windows },
    people: peopleOf(state.proposal),
    calculation: [],
    amount: null,
    sanction: null,
    settled: [],
    restoration: null,
    ...own,
    inputs: {
      case: rest,
      ledger: null,
      sanctions: [],
      gate: null,
      recurrence: null,
      charge: null,
      draft: null,
      cut: [],
      ...inputs,
    },
  };
}

const NO_WINDOWS: DecisionWindows = {
  graceMs: null,
  answerWindowMs: null,
  notBeforeAtMs: null,
  lapsesAtMs: null,
  disputeUntilMs: null,
  suspendedUntilMs: null,
  probationUntilMs: null,
};

function peopleOf(proposal: Proposal | null): Decision['people'] {
  return {
    proposedBy: proposal?.proposedBy ?? null,
    draftHash: proposal?.draftHash ?? null,
    approvals: proposal?.approvals ?? [],
    veto: proposal?.veto ?? null,
  };
}

/** What a gate that passed has seen, with long lists cut for the reader; `inputs` has them whole. */
export function evidenceOf(gate: PassedGate): DecisionEvidence {
  return {
    groups: gate.groups,
    earning: gate.earning,
    alerts: gate.evidence.slice(0, MOST_LISTED),
    alertCount: gate.evidence.length,
    looks: gate.looks,
  };
}

/** The notices of the present announcement that a decision names. */
export function noticesOf(state: CaseState, noticeIds: readonly string[]): AnnouncedNotice[] {
  return (state.announced?.notices ?? []).filter(({ noticeId }) => noticeIds.includes(noticeId));
}

/** What was read of the ledger, for the record. */
export function ledgerOf(snapshot: LedgerSnapshot): NonNullable<DecisionInputs['ledger']> {
  return { version: snapshot.version, balances: snapshot.balances };
}

/** A sanction's part of the terms. */
export function sanctionWindows(sanction: Sanction): Partial<DecisionWindows> {
  return {
    suspendedUntilMs: sanction.access === 'suspended' ? sanction.minimumUntilMs : null,
    probationUntilMs: sanction.probationUntilMs,
  };
}
