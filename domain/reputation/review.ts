import type { CaseEntry } from '../ledger/accounts.ts';
import type { ReputationLaw } from '../policy.ts';
import type { Family } from '../violation.ts';
import { reputationIn } from './track.ts';

/**
 * A participant whose reputation in one family fell below the review line (rules §F). It sanctions nobody: somebody should look. It ends by
 * itself when the score is back, by forgetting or because the case that caused it fell.
 */
export interface ReputationReview {
  participantId: string;
  family: Family;
  openedAtMs: number;
  /** The decision that made it fall. */
  caseId: string;
  decisionId: string;
  score: string;
}

/** The review that a step opens: the case's new entry takes the score below the line, and without it the score is not below. Null otherwise. */
export function openedReview(
  before: readonly CaseEntry[],
  entry: CaseEntry,
  step: { participantId: string; decisionId: string; law: ReputationLaw; nowMs: number },
): ReputationReview | null {
  const { law, nowMs, participantId, decisionId } = step;
  const { family, caseId } = entry;
  if (reputationIn(family, before, law, nowMs).band === 'review') return null;
  const after = [...before.filter((other) => other.caseId !== caseId), entry];
  const { band, score } = reputationIn(family, after, law, nowMs);
  if (band !== 'review') return null;
  return { participantId, family, openedAtMs: nowMs, caseId, decisionId, score };
}
