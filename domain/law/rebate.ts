import { standingSteps } from '../case/disputes.ts';
import type { CaseRecord } from '../case/record.ts';
import type { CaseState } from '../case/state.ts';
import type { LedgerSnapshot } from '../ledger/accounts.ts';
import { FULL_BPS, floorDiv } from '../money.ts';
import { partUnits } from './slashable.ts';

/**
 * What may come back of a case's final money, in base units, rounded down (rules D3, D11): nothing for security, for exclusion, and for a
 * repeated S1. Whether it does is for the probation to show.
 */
export function rebateUnitsOf(state: CaseState, snapshot: LedgerSnapshot): bigint {
  const { law, caseId } = state;
  const rateBps = law?.rebateBps ?? 0;
  if (!law || law.family === 'security' || rateBps === 0) return 0n;
  const own = snapshot.cases.find((entry) => entry.caseId === caseId);
  const final = (own?.parts ?? []).filter((part) => part.status === 'final');
  const isRepeated = (state.recurrence?.counted ?? 0) > 0;
  // A rung that charged nothing has no money, and was imposed all the same.
  const imposed = standingSteps(state).map(({ rung }) => rung);
  const rungs = [...final.map(({ rung }) => rung), ...imposed];
  const isKept = rungs.some((rung) => rung === 'S2' || (rung === 'S1' && isRepeated));
  if (isKept) return 0n;
  const units = final.reduce((sum, part) => sum + partUnits(part), 0n);
  return floorDiv(units * BigInt(rateBps), BigInt(FULL_BPS));
}

/** How a probation went, as far as it is known. */
export interface ProbationResult {
  isClean: boolean;
  /** Cases by which it may yet turn out otherwise: open, or with a penalty that is not final. */
  waitsFor: string[];
}

/**
 * Whether a probation was clean (rule D11): no other case of the family with more than a warning occurred in it, to the participant or to its
 * kin, whose probation it is too (rule C8). A warning costs nothing (rule C12), so it does not cost the rebate either; a penalty costs it
 * once it is final, for until then it may fall (rule D10). `records` are cases of the whole group.
 */
export function probationResult(state: CaseState, records: readonly CaseRecord[]): ProbationResult {
  const { law, caseId, endedAtMs, probationOverAtMs } = state;
  const [fromMs, untilMs] = [endedAtMs ?? 0, probationOverAtMs ?? 0];
  const inIt = records.filter((record) => {
    const atMs = record.occurredAtMs ?? record.openedAtMs;
    const isOther = record.caseId !== caseId && record.family === law?.family && !record.shadow;
    const stands = record.outcome !== 'dismissed' && record.outcome !== 'unconfirmed';
    return isOther && stands && atMs >= fromMs && atMs < untilMs;
  });
  const monies = ({ imposed }: CaseRecord) =>
    imposed.filter(({ rung }) => rung !== 'W').map(({ money }) => money);
  const isUndecided = (record: CaseRecord) =>
    record.stage !== 'ended' ||
    monies(record).some((money) => money === 'pending' || money === 'none');
  return {
    isClean: inIt.every((record) => !monies(record).includes('final')),
    waitsFor: inIt.filter(isUndecided).map((record) => record.caseId),
  };
}
