import type { CaseRecord } from '../case/record.ts';
import type { Outcome } from '../case/state.ts';
import { parseUnits } from '../money.ts';
import { type Family, RUNG_IDS, type RungId, type Severity } from '../violation.ts';

/** How many cases of each type a report names. */
const CASES_NAMED = 10;

/** Counts of cases by rung. */
export type ByRung = Record<RungId, number>;

/** One case of a report. */
export interface ShadowCase {
  caseId: string;
  participantId: string;
  severity: Severity;
  openedAtMs: number;
  outcome: Outcome | null;
  /** The highest rung that it would have imposed. */
  rung: RungId | null;
  wouldChargeUnits: bigint;
}

/** What a violation type would have done, had it not run in shadow (design §6). */
export interface ShadowTypeReport {
  violationType: string;
  /** Null while none of its cases has been confirmed. */
  family: Family | null;
  cases: number;
  /** Cases that have not ended. */
  open: number;
  /** Distinct participants. */
  participants: number;
  /** Impositions that would have been, each rung of each case once. */
  wouldImpose: ByRung;
  wouldChargeUnits: bigint;
  /** Cases that were corrected, by the highest rung before it: those at W cost nobody anything. */
  corrected: ByRung;
  /** Ended without confirmation, and by two persons: what the rule saw and should not have. */
  unconfirmed: number;
  dismissed: number;
  /** The latest ones, newest first. */
  latest: ShadowCase[];
}

/** Sums up the records of cases in shadow by violation type, in the order of the types' names. Real cases are left out. */
export function shadowReport(records: readonly CaseRecord[]): ShadowTypeReport[] {
  const byType = new Map<string, CaseRecord[]>();
  for (const record of records) {
    if (!record.shadow) continue;
    byType.set(record.violationType, [...(byType.get(record.violationType) ?? []), record]);
  }
  return [...byType]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([violationType, ofType]) => reportOf(violationType, ofType));
}

function reportOf(violationType: string, records: readonly CaseRecord[]): ShadowTypeReport {
  const ended = (outcome: Outcome) => records.filter((record) => record.outcome === outcome);
  const imposed = records.flatMap((record) => record.imposed.map((step) => step.rung));
  const correctedAt = ended('corrected').flatMap(({ rung }) => rung ?? []);
  const cases = records.map(lineOf).sort(newestFirst);
  return {
    violationType,
    family: records.find(({ family }) => family !== null)?.family ?? null,
    cases: records.length,
    open: records.filter(({ stage }) => stage !== 'ended').length,
    participants: new Set(records.map(({ participantId }) => participantId)).size,
    wouldImpose: countedByRung(imposed),
    wouldChargeUnits: cases.reduce((sum, one) => sum + one.wouldChargeUnits, 0n),
    corrected: countedByRung(correctedAt),
    unconfirmed: ended('unconfirmed').length,
    dismissed: ended('dismissed').length,
    latest: cases.slice(0, CASES_NAMED),
  };
}

function lineOf(record: CaseRecord): ShadowCase {
  const { caseId, participantId, severity, openedAtMs, outcome, rung } = record;
  const wouldChargeUnits = record.imposed.reduce(
    (sum, step) => sum + parseUnits(step.wouldChargeUnits ?? '0'),
    0n,
  );
  return { caseId, participantId, severity, openedAtMs, outcome, rung, wouldChargeUnits };
}

function newestFirst(a: ShadowCase, b: ShadowCase): number {
  return b.openedAtMs - a.openedAtMs || (a.caseId < b.caseId ? -1 : 1);
}

function countedByRung(rungs: readonly RungId[]): ByRung {
  const count = (rung: RungId) => rungs.filter((one) => one === rung).length;
  return Object.fromEntries(RUNG_IDS.map((rung) => [rung, count(rung)])) as ByRung;
}
