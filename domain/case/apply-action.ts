import type { Principal } from '../principal.ts';
import type { CaseAction } from './actions.ts';
import { withDispute, withRuling } from './disputes.ts';
import { auditorsNeeded } from './outlook.ts';
import { withRole } from './people.ts';
import { readmissionAsked } from './readmission.ts';
import type { Ballot, CaseRole, CaseState, Proposal } from './state.ts';

/** What the application of an action needs beside the state: the actor, the time, and ids that only an activity can make. */
export interface ActionFacts {
  principal: Principal;
  atMs: number;
  /** Hash of the draft of a dismissal or readmission; empty for other actions. */
  draftHash: string;
}

/**
 * The state after an accepted action. Pure; `refuseAction` has been asked before. A decided dismissal, a proposal by a person and a
 * decided veto are acted on by the workflow afterwards.
 */
export function applyAction(state: CaseState, action: CaseAction, facts: ActionFacts): CaseState {
  const { principal, atMs } = facts;
  switch (action.kind) {
    case 'acknowledge':
      return withPerson(
        { ...state, acknowledgedBy: state.acknowledgedBy ?? principal.person },
        principal,
        'operated',
      );
    case 'answer':
    case 'addNote':
    case 'requestChecks':
      return state;
    case 'submitRemediation':
      return submitRemediation(state, principal, atMs, action);
    case 'confirmRemediation':
      return confirmRemediation(state, principal, atMs, action.note);
    case 'appeal':
      return {
        ...state,
        appeal: { by: principal.person, grounds: action.grounds, atMs },
        findings: [],
        ...(state.auditsOverdue !== undefined && { auditsOverdue: 0 }),
      };
    case 'askReadmission':
      return readmissionAsked(state, principal, action.grounds, facts);
    case 'recordFinding':
      return recordFinding(state, principal, atMs, action);
    case 'propose':
      return propose(state, facts, action);
    case 'approve':
      return approve(state, principal, atMs, action.reason);
    case 'veto':
      return veto(state, principal, atMs, action);
    case 'openDispute':
      return withDispute(state, principal, action, atMs);
    case 'decideDispute':
      return withPerson(withRuling(state, principal, action, atMs), principal, 'ruled');
  }
}

function submitRemediation(
  state: CaseState,
  principal: Principal,
  atMs: number,
  { cause, actions }: Extract<CaseAction, { kind: 'submitRemediation' }>,
): CaseState {
  const by = principal.person;
  const remediation = { by, cause, actions, atMs, confirmedBy: null, confirmedAtMs: null };
  const submitted = { ...state, remediation };
  // Rule E1: an operator who remedied for the participant is one of the case's operators and judges nothing in it.
  const isOwn = principal.participantId === state.participantId;
  return isOwn ? submitted : withPerson(submitted, principal, 'operated');
}

function confirmRemediation(
  state: CaseState,
  principal: Principal,
  atMs: number,
  note: string,
): CaseState {
  if (!state.remediation) return state;
  const confirmed = { ...state.remediation, confirmedBy: principal.person, confirmedAtMs: atMs };
  // Rule C4: up to P2 the confirmed remediation is the appeal; a severe rung needs the participant's own.
  const appeal =
    state.appeal ??
    (auditorsNeeded(state) === 0 ? { by: confirmed.by, grounds: note, atMs } : null);
  return withPerson(
    { ...state, remediation: confirmed, appeal, recheck: null },
    principal,
    'confirmed',
  );
}

function recordFinding(
  state: CaseState,
  principal: Principal,
  atMs: number,
  action: Extract<CaseAction, { kind: 'recordFinding' }>,
): CaseState {
  const finding = {
    auditor: principal.person,
    organisation: principal.organisation,
    result: action.result,
    note: action.note,
    atMs,
  };
  const audited = withPerson(
    { ...state, findings: [...state.findings, finding] },
    principal,
    'audited',
  );
  if (action.result === 'pass') return audited;
  // A failed audit sends the participant back to the remedy: declare anew, then appeal anew.
  return {
    ...audited,
    remediation: null,
    appeal: null,
    checks: null,
    recheck: null,
    failedAudits: state.failedAudits + 1,
    ...cooldown(state, atMs),
  };
}

/** Rule E6: so many failed audits in a row, and nobody appeals for a while; then the row begins anew. */
function cooldown({ law, failedAudits }: CaseState, atMs: number): Partial<CaseState> {
  const audit = law?.audit;
  if (!audit || (failedAudits + 1) % audit.failures !== 0) return {};
  return { auditCooldownUntilMs: atMs + audit.cooldownMs };
}

function propose(
  state: CaseState,
  facts: ActionFacts,
  action: Extract<CaseAction, { kind: 'propose' }>,
): CaseState {
  const proposed = withPerson(state, facts.principal, 'proposed');
  if (action.what === 'rung') return proposed; // The workflow announces the rung with its full windows first (rules A8, D7).
  const no = state.proposals + 1;
  const proposal: Proposal = {
    proposalId: `${state.caseId}-d${no}`,
    kind: 'dismiss',
    rung: null,
    draftHash: facts.draftHash,
    proposedAtMs: facts.atMs,
    proposedBy: facts.principal.person,
    reason: `${action.reasonCode}: ${action.reason}`,
    heldUnits: '0',
    resourceIds: [],
    windowEndsAtMs: facts.atMs,
    lapsesAtMs: facts.atMs + (state.law?.vetoReviewMs ?? 0),
    approvals: [],
    veto: null,
  };
  return { ...proposed, proposal, proposals: no };
}

function approve(state: CaseState, principal: Principal, atMs: number, reason: string): CaseState {
  if (!state.proposal) return state;
  const approvals = [...state.proposal.approvals, ballotOf(principal, atMs, reason)];
  const proposal = {
    ...state.proposal,
    approvals,
    windowEndsAtMs: notBefore(state.proposal, atMs),
  };
  return withPerson({ ...state, proposal }, principal, 'approved');
}

/** People may decide after the answer window: the rung is then due at their word, and the system is not late. */
function notBefore(proposal: Proposal, atMs: number): number {
  return Math.max(proposal.windowEndsAtMs, atMs);
}

function veto(
  state: CaseState,
  principal: Principal,
  atMs: number,
  action: Extract<CaseAction, { kind: 'veto' }>,
): CaseState {
  const proposal = state.proposal;
  if (!proposal) return state;
  const ballot = ballotOf(principal, atMs, action.reason);
  const reviewed = withPerson(state, principal, 'reviewed');
  if (action.stance === 'veto' || !proposal.veto) {
    const dueAtMs = atMs + (state.law?.vetoReviewMs ?? 0);
    return {
      ...reviewed,
      proposal: {
        ...proposal,
        veto: { by: ballot, dueAtMs, confirmedBy: [], liftedBy: [], lifted: false },
      },
    };
  }
  const confirmedBy =
    action.stance === 'confirm'
      ? [...proposal.veto.confirmedBy, ballot]
      : proposal.veto.confirmedBy;
  const liftedBy =
    action.stance === 'lift' ? [...proposal.veto.liftedBy, ballot] : proposal.veto.liftedBy;
  const veto = { ...proposal.veto, confirmedBy, liftedBy, lifted: liftedBy.length >= 2 };
  return {
    ...reviewed,
    proposal: { ...proposal, windowEndsAtMs: notBefore(proposal, atMs), veto },
  };
}

function ballotOf(principal: Principal, atMs: number, reason: string): Ballot {
  return { person: principal.person, organisation: principal.organisation, atMs, reason };
}

function withPerson(state: CaseState, principal: Principal, role: CaseRole): CaseState {
  return { ...state, people: withRole(state.people, principal.person, role) };
}
