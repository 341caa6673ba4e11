import type { CaseEntry, ReputationMark } from '../ledger/accounts.ts';
import { type Family, type RungId, rungOrder } from '../violation.ts';

/** What one case means for the reputation of its family: its highest imposed rung that stands (rules §F). */
export interface ReputationCause {
  caseId: string;
  violationType: string;
  decisionId: string;
  rung: RungId;
  weight: number;
  imposedAtMs: number;
  /** Money and mark of a decision become final together (rule D7). */
  isFinal: boolean;
}

/** The entry with what an imposed rung weighs. A warning weighs nothing and leaves no mark (rule C12). */
export function withMark(entry: CaseEntry, mark: ReputationMark): CaseEntry {
  if (mark.weight === 0) return entry;
  const others = (entry.marks ?? []).filter(({ decisionId }) => decisionId !== mark.decisionId);
  return { ...entry, marks: [...others, mark] };
}

/**
 * The causes of a family's reputation, oldest first, from the ledger's entries in any order: one per case that counts. What was overturned,
 * reduced, void or lapsed is not among them, so nothing has to be undone (rules C11, D7, D10). `which` may leave out what is not final yet.
 */
export function causesOf(
  entries: readonly CaseEntry[],
  family: Family,
  nowMs: number,
  which: 'all' | 'final' = 'all',
): ReputationCause[] {
  return entries
    .filter((entry) => entry.family === family && entry.counts)
    .flatMap((entry) => {
      const [highest] = standingMarks(entry)
        .map((mark) => causeOf(entry, mark, nowMs))
        .filter((cause) => which === 'all' || cause.isFinal)
        .sort((a, b) => rungOrder(b.rung) - rungOrder(a.rung));
      return highest ? [highest] : [];
    })
    .sort((a, b) => a.imposedAtMs - b.imposedAtMs || (a.caseId < b.caseId ? -1 : 1));
}

function standingMarks(entry: CaseEntry): ReputationMark[] {
  const { servedRung } = entry;
  if (servedRung === null) return [];
  return (entry.marks ?? []).filter((mark) => {
    if (rungOrder(mark.rung) > rungOrder(servedRung)) return false;
    const status = moneyOf(entry, mark)?.status;
    return status !== 'void' && status !== 'lapsed';
  });
}

function causeOf(entry: CaseEntry, mark: ReputationMark, nowMs: number): ReputationCause {
  const money = moneyOf(entry, mark);
  return {
    caseId: entry.caseId,
    violationType: entry.violationType,
    decisionId: mark.decisionId,
    rung: mark.rung,
    weight: mark.weight,
    imposedAtMs: mark.imposedAtMs,
    isFinal: money ? money.status === 'final' : nowMs >= mark.finalDueAtMs,
  };
}

/** A rung that charged nothing has no money whose status could tell; then its dispute window does. */
function moneyOf(entry: CaseEntry, mark: ReputationMark) {
  return entry.parts.find((part) => part.decisionId === mark.decisionId);
}
