import type { PinnedLaw } from '../case/state.ts';
import type { CaseEntry } from '../ledger/accounts.ts';
import type { Sanction } from '../sanction.ts';
import type { Family } from '../violation.ts';
import { casesOfCause, countingEntries } from './cause.ts';
import type { Recurrence } from './ladder.ts';

/**
 * Counts the earlier cases of the family that lift the start of this one: occurred before it and within the family's window,
 * served W or more, and still counting, one per cause; undecided ones count provisionally (rules C9, C11). `probation` says whether the
 * violation occurred in a probation of the same family (rule C6). Entries and sanctions are those of the whole control group (rule C8:
 * `casesOfGroup`).
 */
export function countRecurrence(
  law: PinnedLaw,
  entries: readonly CaseEntry[],
  caseId: string,
  family: Family,
  occurredAtMs: number,
  sanctions: readonly Sanction[],
  nowMs: number,
): Recurrence {
  const ownCause = casesOfCause(entries, caseId, law.causeWindowMs);
  const earlier = countingEntries(entries, law.causeWindowMs).filter(
    (entry) =>
      !ownCause.has(entry.caseId) &&
      entry.family === family &&
      entry.servedRung !== null &&
      entry.occurredAtMs < occurredAtMs &&
      entry.occurredAtMs >= occurredAtMs - law.recurrenceWindowMs,
  );
  return {
    counted: earlier.length,
    onlyWarnings: earlier.length > 0 && earlier.every((entry) => entry.servedRung === 'W'),
    probation: sanctions.some(
      (sanction) =>
        sanction.caseId !== caseId &&
        sanction.family === family &&
        inProbation(sanction, occurredAtMs, nowMs),
    ),
  };
}

/** Only what occurred in a probation is lifted by it, not what began before; one that has run out by now still covers what occurred in it. */
function inProbation(sanction: Sanction, occurredAtMs: number, nowMs: number): boolean {
  const { access, sinceMs, probationUntilMs } = sanction;
  if (probationUntilMs === null || occurredAtMs >= probationUntilMs || occurredAtMs < sinceMs)
    return false;
  return access === 'probation' || (access === 'active' && nowMs >= probationUntilMs);
}
