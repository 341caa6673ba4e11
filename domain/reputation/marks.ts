import type { CaseEntry, ReputationMark } from '../ledger/accounts.ts';
import type { Rung } from '../policy.ts';
import { type Family, type RungId, rungOrder } from '../violation.ts';

/** What one case means for the reputation of its family: its highest rung that stands (rules §F). */
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

/** The entry with a mark for an imposed rung, and the weights of the ladder that the case pinned. A warning leaves no mark (rule C12). */
export function withMark(
  entry: CaseEntry,
  mark: ReputationMark,
  ladder: readonly Pick<Rung, 'id' | 'reputationWeight'>[],
): CaseEntry {
  const weights = Object.fromEntries(ladder.map((rung) => [rung.id, rung.reputationWeight]));
  if (!weights[mark.rung]) return entry;
  const others = (entry.reputation?.marks ?? []).filter(
    ({ decisionId }) => decisionId !== mark.decisionId,
  );
  return { ...entry, reputation: { weights, marks: [...others, mark] } };
}

/** The entry after decisions became final that charged nothing, so that no money of theirs tells it; the same entry when none has a mark. */
export function withFinalMarks(
  entry: CaseEntry,
  decisionIds: readonly string[],
  atMs: number,
): CaseEntry {
  const isNew = (mark: ReputationMark) =>
    decisionIds.includes(mark.decisionId) && mark.finalAtMs === undefined;
  if (!entry.reputation?.marks.some(isNew)) return entry;
  const marks = entry.reputation.marks.map((mark) =>
    isNew(mark) ? { ...mark, finalAtMs: atMs } : mark,
  );
  return { ...entry, reputation: { ...entry.reputation, marks } };
}

/**
 * The causes of a family's reputation, oldest first, from the ledger's entries in any order: one per case that counts, or the gravest of those
 * with one cause, whose lead may have ended before the others came into force (rule C9). What was overturned, reduced, void or lapsed is not
 * among them, so nothing has to be undone (rules C11, D7, D10). `which` may leave out what is not final yet.
 */
export function causesOf(
  entries: readonly CaseEntry[],
  family: Family,
  which: 'all' | 'final' = 'all',
): ReputationCause[] {
  const gravest = new Map<string, ReputationCause>();
  for (const entry of entries) {
    const isOfCause = entry.counts || entry.inert === 'cause';
    const cause = entry.family === family && isOfCause ? causeOf(entry, which) : null;
    if (cause === null) continue;
    const lead = entry.inert === 'cause' ? (entry.behind ?? entry.caseId) : entry.caseId;
    const known = gravest.get(lead);
    if (known === undefined || isGraver(cause, known)) gravest.set(lead, cause);
  }
  return [...gravest.values()].sort(byInstant);
}

function isGraver(a: ReputationCause, b: ReputationCause): boolean {
  return a.weight !== b.weight ? a.weight > b.weight : byInstant(a, b) < 0;
}

function byInstant(a: ReputationCause, b: ReputationCause): number {
  return a.imposedAtMs - b.imposedAtMs || (a.caseId < b.caseId ? -1 : 1);
}

function causeOf(entry: CaseEntry, which: 'all' | 'final'): ReputationCause | null {
  const mark = standingMark(entry, (one) => which === 'all' || isFinal(entry, one));
  const weight = mark ? (entry.reputation?.weights[mark.rung] ?? 0) : 0;
  if (!mark || weight === 0) return null;
  return {
    caseId: entry.caseId,
    violationType: entry.violationType,
    decisionId: mark.decisionId,
    rung: mark.rung,
    weight,
    imposedAtMs: mark.imposedAtMs,
    isFinal: isFinal(entry, mark),
  };
}

/**
 * The mark of the rung that stands. Where a review lowered a case to a rung at which it had never been, the lowest decision above became one of
 * that rung and keeps its instant (rule D10).
 */
function standingMark(
  entry: CaseEntry,
  accept: (mark: ReputationMark) => boolean,
): ReputationMark | null {
  const { servedRung, reputation } = entry;
  if (servedRung === null || !reputation) return null;
  const marks = reputation.marks
    .filter((mark) => !hasFallen(entry, mark) && accept(mark))
    .sort((a, b) => rungOrder(a.rung) - rungOrder(b.rung));
  const below = marks.findLast((mark) => rungOrder(mark.rung) <= rungOrder(servedRung));
  if (below?.rung === servedRung) return below;
  const above = marks.find((mark) => rungOrder(mark.rung) > rungOrder(servedRung));
  return above ? { ...above, rung: servedRung } : (below ?? null);
}

function hasFallen(entry: CaseEntry, mark: ReputationMark): boolean {
  const status = moneyOf(entry, mark)?.status;
  return status === 'void' || status === 'lapsed';
}

function isFinal(entry: CaseEntry, mark: ReputationMark): boolean {
  const money = moneyOf(entry, mark);
  return money ? money.status === 'final' : mark.finalAtMs !== undefined;
}

function moneyOf(entry: CaseEntry, mark: ReputationMark) {
  return entry.parts.find((part) => part.decisionId === mark.decisionId);
}
