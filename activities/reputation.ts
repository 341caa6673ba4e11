import type { CaseState, ImposedStep } from '../domain/case/state.ts';
import type { LedgerSnapshot } from '../domain/ledger/accounts.ts';
import type { Rung } from '../domain/policy.ts';
import type { LedgerChange } from '../domain/ports/case-store.ts';
import { withFinalMarks, withMark } from '../domain/reputation/marks.ts';
import { openedReview } from '../domain/reputation/review.ts';
import { auditOf, type PlannedStep } from './step.ts';

/**
 * What an imposed rung does to the reputation (rules §F): its mark, by the weight of the pinned law, and the review that it may open. The mark is
 * part of the case's entry, so an overturn takes it back with everything else.
 */
export function withReputation(
  snapshot: LedgerSnapshot,
  change: LedgerChange,
  step: { state: CaseState; rung: Rung; imposed: ImposedStep },
): LedgerChange {
  const { state, rung, imposed } = step;
  if (change.entry === null) return change;
  const { decisionId, imposedAtMs } = imposed;
  const mark = { decisionId, rung: rung.id, imposedAtMs };
  const entry = withMark(change.entry, mark, state.law?.rungs ?? []);
  const law = state.law?.reputation;
  if (!law) return { ...change, entry };
  const { participantId } = snapshot;
  const opened = { participantId, decisionId, law, nowMs: imposedAtMs };
  const review = openedReview(snapshot.cases, entry, opened);
  return { ...change, entry, ...(review && { review }) };
}

/** Decisions that charged nothing are final with their windows: no money would tell that of their marks (rule D7). */
export function withFinalReputation(
  snapshot: LedgerSnapshot,
  change: LedgerChange,
  settled: { caseId: string; final: readonly ImposedStep[]; nowMs: number },
): LedgerChange {
  const { caseId, final, nowMs } = settled;
  const known = change.entry ?? snapshot.cases.find((entry) => entry.caseId === caseId);
  if (!known) return change;
  const uncharged = final.filter((step) => step.money === 'none').map((step) => step.decisionId);
  const entry = withFinalMarks(known, uncharged, nowMs);
  return entry === known ? change : { ...change, entry };
}

/** The step with a line of the history for the review that it opens: somebody should look, and nothing is sanctioned by it (rules §F). */
export function withReviewNoted(planned: PlannedStep, state: CaseState): PlannedStep {
  const review = planned.commit.ledger?.review;
  if (!review) return planned;
  const { family, score, openedAtMs, decisionId } = review;
  const noted = auditOf(
    state,
    openedAtMs,
    decisionId,
    'reputation-review-opened',
    `Reputation in ${family} fell to ${score}, below the review line: somebody should look. Nothing is sanctioned by it.`,
    { family, score, decisionId },
  );
  return { ...planned, commit: { ...planned.commit, audit: [...planned.commit.audit, noted] } };
}
