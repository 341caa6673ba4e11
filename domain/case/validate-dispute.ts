import type { Principal } from '../principal.ts';
import { rungOrder, type Tier } from '../violation.ts';
import type { CaseAction } from './actions.ts';
import { disputedStep, disputeOf, stands, tierOfRung } from './disputes.ts';
import { roleProblem } from './people.ts';
import type { CaseState, ImposedStep } from './state.ts';
import type { Refusal } from './validate-action.ts';

/**
 * Whether a decision may be disputed: by the participant itself, within the dispute window, W and P together once and each S once
 * (rules D7, E5).
 */
export function refuseDispute(
  state: CaseState,
  principal: Principal,
  action: Extract<CaseAction, { kind: 'openDispute' }>,
  nowMs: number,
): Refusal | null {
  if (principal.participantId !== state.participantId)
    return refusal('participant-needed', 'Only the participant disputes its decisions.');
  if (state.outcome === 'dismissed')
    return refusal('case-ended', 'The case was dismissed; nothing of it stands.');
  const step = state.imposed.find((one) => one.decisionId === action.decisionId);
  if (!step) return refusal('decision-unknown', 'The case has no imposed decision with this id.');
  if (!state.law?.disputeDueMs)
    return refusal(
      'dispute-not-in-force',
      'The policy of this case is older than disputes; answer the notice instead.',
    );
  // Before the window: a decision that was disputed and upheld is usually final by then, and the reader wants the true reason.
  if (isDisputedBefore(state, step))
    return refusal(
      'already-disputed',
      'A decision is disputed once; warning and penalties of a case together once.',
    );
  if (!stands(step)) return refusal('decision-fallen', 'The decision no longer stands.');
  if (step.money === 'final' || nowMs >= step.finalDueAtMs)
    return refusal('dispute-window-over', 'The dispute window of this decision has passed.');
  return null;
}

function isDisputedBefore(state: CaseState, step: ImposedStep): boolean {
  // What became milder because an earlier case fell was severe when it was decided, and nobody has heard about it (rule D10).
  const isSevere = tierOfRung(state, step.reducedFrom ?? step.rung) === 'severe';
  return (state.disputes ?? []).some((dispute) => {
    if (dispute.decisionId === step.decisionId) return true;
    return !isSevere && tierOfRung(state, dispute.rung) !== ('severe' satisfies Tier);
  });
}

/**
 * Whether a person may rule on a dispute: a reviewer from outside the conflict set who took no part in deciding, of the present panel
 * (rules E1, E5).
 */
export function refuseRuling(
  state: CaseState,
  principal: Principal,
  action: Extract<CaseAction, { kind: 'decideDispute' }>,
): Refusal | null {
  if (!principal.roles.includes('reviewer'))
    return refusal('reviewer-needed', 'Only reviewers decide a dispute.');
  const dispute = disputeOf(state, action.disputeId);
  if (!dispute) return refusal('dispute-unknown', 'The case has no dispute with this id.');
  if (dispute.end) return refusal('dispute-decided', `The dispute is over: ${dispute.end.result}.`);
  if (dispute.replaced.includes(principal.person))
    return refusal('panel-replaced', 'This panel was overdue; people of another one decide now.');
  if (dispute.rulings.some((ruling) => ruling.person === principal.person))
    return refusal('already-reviewed', 'This reviewer has already ruled on this dispute.');
  if (dispute.rulings.some((ruling) => ruling.organisation === principal.organisation))
    return refusal(
      'same-organisation',
      'The reviewers of a dispute are of different organisations.',
    );
  const isReduction = action.result === 'reduced';
  if (isReduction !== (action.toRung !== null))
    return refusal(
      'rung-not-lower',
      'Name the rung that stands for a reduction, and only for one.',
    );
  const { rung } = disputedStep(state, dispute);
  if (action.toRung !== null && rungOrder(action.toRung) >= rungOrder(rung))
    return refusal('rung-not-lower', `A decision of ${rung} is reduced to a rung below it.`);
  const final = state.imposed.filter((step) => step.money === 'final').at(-1)?.rung ?? 'W';
  if (action.toRung !== null && rungOrder(action.toRung) < rungOrder(final))
    return refusal('rung-final', `${final} is final: the decision is reduced to it or above it.`);
  return roleProblem(state, principal, 'ruled');
}

function refusal(code: string, message: string): Refusal {
  return { code, message };
}
