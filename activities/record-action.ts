import type { ActionRequest, ActionResult, CaseAction } from '../domain/case/actions.ts';
import { applyAction } from '../domain/case/apply-action.ts';
import type { CaseState } from '../domain/case/state.ts';
import type { ActivityPorts } from './ports.ts';
import {
  asFailure,
  type CaseChange,
  hashOf,
  outcomeOf,
  plainCommit,
  runStep,
  type StepOutcome,
} from './step.ts';

/** Input of `recordAction`: the case, the admitted request, and the instant it is recorded at. */
export interface RecordActionInput {
  state: CaseState;
  request: ActionRequest;
  nowMs: number;
}

/** The recorded action: the case after it, and what the API answers. */
export interface RecordedAction {
  outcome: StepOutcome;
  result: ActionResult;
}

/** Writes a person's action into record and audit (design §5, messages); the request's own key makes a retry a no-op. */
export function recordAction(ports: ActivityPorts) {
  return async (input: RecordActionInput): Promise<RecordedAction> =>
    asFailure(async () => {
      const { state, request, nowMs } = input;
      const stepKey = `${state.caseId}/action/${request.principal.account}/${request.action.kind}/${request.key}`;
      const outcome = await runStep(ports, stepKey, input, async () => {
        const draftHash =
          request.action.kind === 'propose' || request.action.kind === 'askReadmission'
            ? hashOf({ caseId: state.caseId, action: request.action })
            : '';
        const next = applyAction(state, request.action, {
          principal: request.principal,
          atMs: nowMs,
          draftHash,
        });
        const audit = {
          entryId: stepKey,
          participantId: state.participantId,
          caseId: state.caseId,
          atMs: nowMs,
          kind: `action-${request.action.kind}`,
          actor: request.principal.person,
          summary: summaryOf(request.action),
          data: {
            account: request.principal.account,
            organisation: request.principal.organisation,
            action: { ...request.action },
          },
        };
        return { commit: plainCommit(next, [audit]), outcome: outcomeOf('recorded', next) };
      });
      const { kind } = request.action;
      const proposes = kind === 'propose' || kind === 'askReadmission';
      const made = proposes ? outcome.change.proposal : null;
      const disputeId = disputeIdIn(request.action, outcome.change);
      return {
        outcome,
        result: {
          v: 1,
          caseId: state.caseId,
          action: kind,
          atMs: nowMs,
          proposalId: made?.proposalId ?? null,
          draftHash: made?.draftHash ?? null,
          ...(disputeId !== null && { disputeId }),
        },
      };
    });
}

/** The dispute that an action opened or ruled on. */
function disputeIdIn(action: CaseAction, after: CaseChange): string | null {
  if (action.kind === 'decideDispute') return action.disputeId;
  if (action.kind !== 'openDispute') return null;
  const { decisionId } = action;
  return after.disputes?.find((dispute) => dispute.decisionId === decisionId)?.disputeId ?? null;
}

function summaryOf(action: CaseAction): string {
  switch (action.kind) {
    case 'acknowledge':
      return 'The case was acknowledged; its clocks run on.';
    case 'answer':
      return 'The participant answered; no window stops or shortens.';
    case 'submitRemediation':
      return `Remediation submitted. Cause: ${action.cause}`;
    case 'confirmRemediation':
      return 'The remediation was confirmed.';
    case 'requestChecks':
      return 'The system checks were asked for.';
    case 'appeal':
      return `Appeal for restoration: ${action.grounds}`;
    case 'askReadmission':
      return `Readmission was asked for: ${action.grounds}`;
    case 'recordFinding':
      return `Audit finding: ${action.result}.`;
    case 'propose':
      return action.what === 'rung'
        ? `${action.rung} was proposed: ${action.reason}`
        : `Dismissal was proposed (${action.reasonCode}): ${action.reason}`;
    case 'approve':
      return `Proposal ${action.proposalId} was approved.`;
    case 'veto':
      return `Proposal ${action.proposalId}: ${action.stance === 'veto' ? 'vetoed' : `${action.stance} of the veto`}.`;
    case 'openDispute':
      return `Decision ${action.decisionId} is disputed: ${action.grounds}`;
    case 'decideDispute':
      return `Dispute ${action.disputeId}: ${action.result}${action.toRung ? ` to ${action.toRung}` : ''} (${action.reasonCode}). ${action.reason}`;
    case 'addNote':
      return 'A note was added.';
  }
}
