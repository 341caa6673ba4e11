import type { Principal } from '../principal.ts';
import { rungOrder } from '../violation.ts';
import type { ActionRequest, CaseAction } from './actions.ts';
import { stands } from './disputes.ts';
import { auditorsNeeded, isPaused } from './outlook.ts';
import { affiliation, hasJudged, roleProblem } from './people.ts';
import { readmissionFromMs } from './readmission.ts';
import type { CaseState, Proposal } from './state.ts';
import { refuseDispute, refuseRuling } from './validate-dispute.ts';

/** Why an action is refused. The API answers 409 with this reason; nothing has changed. */
export interface Refusal {
  code: string;
  message: string;
}

/** What is still done in a case whose episode has ended: decisions are disputed as long as they are not final (rules A4, E5). */
const AFTER_THE_END: readonly CaseAction['kind'][] = ['addNote', 'openDispute', 'decideDispute'];

/**
 * Judges an action against the present state; null means it may be done (rules A13, C4, C5, E1–E6). Pure and synchronous: it is the validator
 * of an update. `nowMs` is the instant of the action.
 */
export function refuseAction(
  state: CaseState,
  request: ActionRequest,
  nowMs: number,
): Refusal | null {
  const { action, principal } = request;
  if (action.kind === 'askReadmission') return refuseReadmission(state, nowMs);
  if (state.stage === 'ended' && !AFTER_THE_END.includes(action.kind)) {
    return refusal('case-ended', 'The episode has ended; only notes and disputes can be added.');
  }
  switch (action.kind) {
    case 'acknowledge':
      return hasJudged(state, principal);
    case 'answer':
    case 'addNote':
      return null;
    case 'submitRemediation':
      return refuseRemediation(state);
    case 'confirmRemediation':
      return refuseConfirmation(state, principal);
    case 'requestChecks':
      return state.stage === 'restoring'
        ? null
        : wrongStage(state, 'restoring', 'System checks are run for a case in restoration.');
    case 'appeal':
      return refuseAppeal(state, nowMs);
    case 'recordFinding':
      return refuseFinding(state, principal);
    case 'propose':
      return refuseProposal(state, principal, action);
    case 'approve':
      return refuseApproval(state, principal, action);
    case 'veto':
      return refuseVeto(state, principal, action);
    case 'openDispute':
      return refuseDispute(state, principal, action, nowMs);
    case 'decideDispute':
      return refuseRuling(state, principal, action);
  }
}

function refuseRemediation(state: CaseState): Refusal | null {
  if (state.stage === 'confirming')
    return wrongStage(
      state,
      'correcting',
      'There is nothing to remedy before the violation is confirmed.',
    );
  if (state.remediation?.confirmedBy)
    return refusal(
      'remediation-confirmed',
      'The remediation is already confirmed; go on with the appeal.',
    );
  return null;
}

function refuseConfirmation(state: CaseState, principal: Principal): Refusal | null {
  if (!state.remediation)
    return refusal('remediation-missing', 'The participant has not submitted a remediation yet.');
  if (state.remediation.confirmedBy)
    return refusal('remediation-confirmed', 'The remediation is already confirmed.');
  if (state.stage !== 'restoring')
    return refusal(
      'violation-open',
      'The violation is still open: a remediation is confirmed once the alerts have cleared and the cure check has held.',
    );
  if (
    principal.participantId === state.participantId ||
    (principal.controlGroup !== null && principal.controlGroup === state.controlGroup) ||
    principal.person === state.remediation.by
  ) {
    return refusal(
      'conflict-of-interest',
      'A participant and its control group cannot confirm its remediation; an unaffiliated operator must.',
    );
  }
  return hasJudged(state, principal);
}

/** Rule C5: after an exclusion, when its time is over and its money is settled. */
function refuseReadmission(state: CaseState, nowMs: number): Refusal | null {
  if (state.readmission)
    return refusal('readmission-open', 'The readmission was asked for and is not decided yet.');
  const fromMs = readmissionFromMs(state);
  if (fromMs === null)
    return refusal('not-excluded', 'Only a case that ended in an exclusion is readmitted.');
  const pending = state.imposed.some((step) => step.money === 'pending');
  if (nowMs < fromMs || pending)
    return refusal(
      'readmission-too-early',
      'An excluded participant may ask to return once the time of the law is over and its money is settled.',
    );
  return null;
}

function refuseAppeal(state: CaseState, nowMs: number): Refusal | null {
  if (state.auditCooldownUntilMs != null && nowMs < state.auditCooldownUntilMs)
    return refusal(
      'audit-cooldown',
      'Too many audits failed in a row; there is no appeal before the cooldown is over.',
    );
  if (state.stage !== 'restoring')
    return refusal(
      'violation-open',
      'An appeal for restoration needs a corrected violation: wait until the alerts have cleared and the hold-down has passed.',
    );
  if (!state.remediation)
    return refusal(
      'remediation-missing',
      'Submit the remediation with its cause before you appeal.',
    );
  return state.appeal ? refusal('appeal-open', 'An appeal is already open.') : null;
}

function refuseFinding(state: CaseState, principal: Principal): Refusal | null {
  if (state.stage !== 'restoring' || !state.appeal)
    return refusal(
      'appeal-missing',
      'An auditor records a finding on an open appeal; there is none.',
    );
  if (!state.remediation?.confirmedBy)
    return refusal('remediation-unconfirmed', 'The remediation is not confirmed yet.');
  if (auditorsNeeded(state) === 0)
    return refusal('audit-not-needed', 'This rung is restored by system checks alone.');
  if (state.findings.some((finding) => finding.auditor === principal.person))
    return refusal(
      'already-recorded',
      'This auditor has already recorded a finding on this appeal.',
    );
  return roleProblem(state, principal, 'audited');
}

function refuseProposal(
  state: CaseState,
  principal: Principal,
  action: Extract<CaseAction, { kind: 'propose' }>,
): Refusal | null {
  if (state.proposal) return refusal('proposal-open', 'Another proposal is open; decide it first.');
  if (action.what === 'dismiss') {
    const imposed = state.imposed.some((step) => step.rung !== 'W' && stands(step));
    if (imposed)
      return refusal('already-imposed', 'A penalty has been imposed; only a dispute can undo it.');
    // Rule E4: both persons of a dismissal come from outside the conflict set, the one who proposes too.
    return state.stage === 'confirming' || state.stage === 'correcting'
      ? roleProblem(state, principal, 'approved')
      : wrongStage(state, 'correcting', 'A case is dismissed before a penalty is imposed.');
  }
  if (state.stage !== 'correcting' || state.correctedAtMs !== null)
    return wrongStage(state, 'correcting', 'A rung is raised while the violation is uncorrected.');
  if (state.announced)
    return refusal('rung-announced', `${state.announced.rung} is already announced.`);
  if (state.rung !== null && rungOrder(action.rung) <= rungOrder(state.rung))
    return refusal('rung-not-higher', `The case already stands at ${state.rung}.`);
  return affiliation(state, principal) ?? hasJudged(state, principal);
}

function refuseApproval(
  state: CaseState,
  principal: Principal,
  action: Extract<CaseAction, { kind: 'approve' }>,
): Refusal | null {
  const proposal = openProposal(state, action.proposalId, action.draftHash);
  if ('code' in proposal) return proposal;
  if (proposal.kind === 'rung' && isPaused(proposal))
    return refusal(
      'proposal-vetoed',
      'The proposal is vetoed; two reviewers must lift the veto first.',
    );
  if (proposal.proposedBy === principal.person)
    return refusal('conflict-of-interest', 'Who proposed cannot approve; another person must.');
  if (proposal.approvals.some((ballot) => ballot.person === principal.person))
    return refusal('already-approved', 'This person has already approved this proposal.');
  const sameOrganisation = proposal.approvals.some(
    (ballot) => ballot.organisation === principal.organisation,
  );
  if (sameOrganisation)
    return refusal('same-organisation', 'Approvals must come from different organisations.');
  return roleProblem(state, principal, 'approved');
}

function refuseVeto(
  state: CaseState,
  principal: Principal,
  action: Extract<CaseAction, { kind: 'veto' }>,
): Refusal | null {
  const proposal = openProposal(state, action.proposalId, action.draftHash);
  if ('code' in proposal) return proposal;
  if (action.stance === 'veto') {
    if (!principal.roles.includes('governor'))
      return refusal('governor-needed', 'Only a governor vetoes.');
    if (proposal.veto)
      return refusal(
        'already-vetoed',
        proposal.veto.lifted
          ? 'The veto was lifted by two reviewers and cannot be repeated.'
          : 'The proposal is already vetoed.',
      );
    return roleProblem(state, principal, 'reviewed'); // A governor who approved cannot veto the same draft.
  }
  if (!principal.roles.includes('reviewer'))
    return refusal('reviewer-needed', 'Only reviewers confirm or lift a veto.');
  if (!proposal.veto || proposal.veto.lifted)
    return refusal('not-vetoed', 'The proposal is not vetoed.');
  if (proposal.veto.by.person === principal.person)
    return refusal('conflict-of-interest', 'Who vetoed cannot review the veto.');
  const voted = [...proposal.veto.confirmedBy, ...proposal.veto.liftedBy].some(
    (ballot) => ballot.person === principal.person,
  );
  if (voted) return refusal('already-reviewed', 'This reviewer has already voted on the veto.');
  return roleProblem(state, principal, 'reviewed');
}

function openProposal(state: CaseState, proposalId: string, draftHash: string): Proposal | Refusal {
  const proposal = state.proposal;
  if (!proposal)
    return refusal(
      'rung-superseded',
      'The proposal is no longer open: it was imposed, lapsed, or dropped because the violation was corrected.',
    );
  if (proposal.proposalId !== proposalId)
    return refusal('proposal-unknown', 'The case has no open proposal with this id.');
  return proposal.draftHash === draftHash
    ? proposal
    : refusal('draft-changed', 'The draft has changed; read it again and name its present hash.');
}

function wrongStage(state: CaseState, wanted: string, message: string): Refusal {
  return refusal('wrong-stage', `${message} The case is in "${state.stage}", not in "${wanted}".`);
}

function refusal(code: string, message: string): Refusal {
  return { code, message };
}
