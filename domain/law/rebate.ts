import type { CaseState } from '../case/state.ts';
import type { CaseEntry, LedgerSnapshot } from '../ledger/accounts.ts';
import { FULL_BPS, floorDiv } from '../money.ts';
import { casesOfGroup } from './group.ts';
import { partUnits } from './slashable.ts';

/**
 * What comes back of a case's final money after a clean probation, in base units, rounded down (rules D3, D11): nothing for security, for
 * exclusion, and for a repeated S1. Clean means that no other case of the family with more than a warning occurred in the probation, to
 * this participant or to its kin, whose probation it is too (rule C8): a warning costs nothing (rule C12), so it does not cost the rebate either.
 */
export function rebateUnitsOf(state: CaseState, snapshot: LedgerSnapshot): bigint {
  const { law, caseId, endedAtMs, probationOverAtMs } = state;
  const rateBps = law?.rebateBps ?? 0;
  if (!law || law.family === 'security' || rateBps === 0) return 0n;
  if (endedAtMs === null || probationOverAtMs === undefined) return 0n;
  if (occurredInProbation(state, snapshot).some(isPenalised)) return 0n;
  const own = snapshot.cases.find((entry) => entry.caseId === caseId);
  const final = (own?.parts ?? []).filter((part) => part.status === 'final');
  const isRepeated = (state.recurrence?.counted ?? 0) > 0;
  const isKept = final.some(({ rung }) => rung === 'S2' || (rung === 'S1' && isRepeated));
  if (isKept) return 0n;
  const units = final.reduce((sum, part) => sum + partUnits(part), 0n);
  return floorDiv(units * BigInt(rateBps), BigInt(FULL_BPS));
}

/**
 * Cases by which the probation may yet turn out not to have been clean: they occurred in it, and have come to no more than a warning so far. The
 * rebate waits for those that are still open (rule D11). Empty where there is none to wait for.
 */
export function undecidedInProbation(state: CaseState, snapshot: LedgerSnapshot): string[] {
  if (rebateUnitsOf(state, snapshot) === 0n) return [];
  return occurredInProbation(state, snapshot)
    .filter((entry) => !isPenalised(entry))
    .map(({ caseId }) => caseId);
}

/** Other cases of the family that count and occurred in the probation, of the participant or its kin, whose probation it is too (rule C8). */
function occurredInProbation(
  { law, caseId, endedAtMs, probationOverAtMs }: CaseState,
  snapshot: LedgerSnapshot,
): CaseEntry[] {
  const [fromMs, untilMs] = [endedAtMs ?? 0, probationOverAtMs ?? 0];
  return casesOfGroup(snapshot, law?.causeWindowMs).filter(
    (entry) =>
      entry.caseId !== caseId &&
      entry.family === law?.family &&
      entry.counts &&
      entry.occurredAtMs >= fromMs &&
      entry.occurredAtMs < untilMs,
  );
}

function isPenalised({ servedRung }: CaseEntry): boolean {
  return servedRung !== null && servedRung !== 'W';
}
