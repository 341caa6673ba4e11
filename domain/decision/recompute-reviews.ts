import {
  concurredRuling,
  concurring,
  disputedStep,
  rungBelow,
  standingAfter,
} from '../case/disputes.ts';
import type { CaseState, PinnedLaw } from '../case/state.ts';
import { restated } from '../law/restating.ts';
import { differs } from './differs.ts';
import type { Decision } from './record.ts';

/** Reviewers who confirm or lift a veto (rule E3). */
const VETO_REVIEWERS = 2;

/** Where what people decided about earlier decisions does not follow from what they said, one sentence each (rules D7, D10, E3, E5). */
export function reviewingFaults(decision: Decision, law: PinnedLaw): string[] {
  const state: CaseState = { ...decision.inputs.case, law };
  switch (decision.kind) {
    case 'reviewed':
      return reviewFaults(decision, state);
    case 'dropped':
      return dropFaults(decision, state);
    case 'recounted':
      return recountFaults(decision, state);
    default:
      return [];
  }
}

/** Rule E5: as many reviewers as it takes said the same; rule D7: what lapsed had met its hard stop undecided. */
function reviewFaults({ review, decidedAtMs }: Decision, state: CaseState): string[] {
  const dispute = state.disputes?.find(({ disputeId }) => disputeId === review?.disputeId);
  if (!review || !dispute) return ['the case had no such dispute'];
  if (dispute.end !== null) return ['the dispute had an end already'];
  const step = disputedStep(state, dispute);
  const ruling = concurredRuling(dispute);
  if (ruling === null) {
    if (review.result !== 'lapsed') return ['too few reviewers had said the same'];
    const hardStopMs = step.imposedAtMs + (state.law?.pendingHardStopMs ?? 0);
    return [
      ...(decidedAtMs < hardStopMs ? ['it lapsed before its hard stop'] : []),
      ...differs('the rung that stands', rungBelow(state, step.rung), review.standingRung),
    ];
  }
  const standing = ruling.result === 'upheld' ? step.rung : standingAfter(state, dispute, ruling);
  return [
    ...differs('the result', ruling.result, review.result),
    ...differs('the rung that stands', standing, review.standingRung),
    ...differs('the reviewers', concurring(dispute, ruling), review.by),
  ];
}

function dropFaults({ dropped, decidedAtMs }: Decision, { proposal }: CaseState): string[] {
  if (!proposal) return ['the case had no proposal'];
  const { veto, lapsesAtMs } = proposal;
  if (dropped === 'lapsed') return decidedAtMs < lapsesAtMs ? ['it lapsed before its term'] : [];
  if (veto === null) return ['nobody had vetoed it'];
  if (dropped === 'vetoed' && veto.confirmedBy.length < VETO_REVIEWERS)
    return ['fewer than two reviewers had confirmed the veto'];
  const isEarly = dropped === 'veto-not-lifted' && decidedAtMs < veto.dueAtMs;
  return isEarly ? ['the time to lift the veto was not over'] : [];
}

function recountFaults({ recount, inputs }: Decision, state: CaseState): string[] {
  const { recurrence } = inputs;
  if (!recount || !recurrence) return ['it says nothing of what it counted'];
  const again = restated(state, recurrence.found);
  return differs('what the case keeps', again?.parts ?? null, recount.parts);
}
