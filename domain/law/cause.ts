import type { PinnedLaw } from '../case/state.ts';
import type { CaseEntry } from '../ledger/accounts.ts';
import type { Sanction } from '../sanction.ts';
import { higherRung, type RungId, SEVERITIES } from '../violation.ts';

/** Resources that an entry names; a violation of more of them counts as one of the whole participant. */
const MAX_NAMED = 100;

/** The resources of a violation as its entry keeps them (rule C9). */
export function namedResources(resourceIds: readonly (string | null)[]): (string | null)[] {
  return resourceIds.length > MAX_NAMED ? [null] : [...resourceIds];
}

/** Whether two violations have a resource in common; one of the whole participant has it with every other. */
export function overlap(
  a: readonly (string | null)[] | undefined,
  b: readonly (string | null)[] | undefined,
): boolean {
  if (a === undefined || b === undefined) return false;
  if (a.includes(null)) return b.length > 0;
  return b.includes(null) || b.some((resourceId) => a.includes(resourceId));
}

/**
 * The case that leads each case's cause, by case id; who leads itself is its own (rule C9). Violations of two types of one family with a
 * common resource, which occurred within the cause window of each other, have one cause. It is led by the graver one, then the earlier,
 * then the smaller id: the same whichever was confirmed first (invariant H2). What was dismissed, overturned or consequential leads
 * nothing and follows nothing, so that the next one leads as soon as a lead falls.
 */
export function leadsOf(
  entries: readonly CaseEntry[],
  causeWindowMs: number | undefined,
): ReadonlyMap<string, CaseEntry> {
  const leads = new Map<string, CaseEntry>();
  const found: CaseEntry[] = [];
  for (const entry of entries.filter(stands).sort(byLead)) {
    const lead = found.find((earlier) => isOneCause(earlier, entry, causeWindowMs));
    if (lead === undefined) found.push(entry);
    leads.set(entry.caseId, lead ?? entry);
  }
  return leads;
}

/** The case that this one follows, null when it leads its own cause or stands for nothing (rule C9). */
export function leadBefore(
  entries: readonly CaseEntry[],
  caseId: string,
  causeWindowMs: number | undefined,
): CaseEntry | null {
  const lead = leadsOf(entries, causeWindowMs).get(caseId);
  return lead === undefined || lead.caseId === caseId ? null : lead;
}

/** The case that leads the cause once the case that led it has fallen; null when nobody followed it (rules C9, D10). */
export function nextLead(
  entries: readonly CaseEntry[],
  fallenCaseId: string,
  causeWindowMs: number | undefined,
): CaseEntry | null {
  const before = leadsOf(
    entries.map((entry) => (entry.caseId === fallenCaseId ? { ...entry, counts: true } : entry)),
    causeWindowMs,
  );
  const followers = entries.filter(
    ({ caseId }) => caseId !== fallenCaseId && before.get(caseId)?.caseId === fallenCaseId,
  );
  return [...followers].sort(byLead)[0] ?? null;
}

/**
 * The entries of which one counts for each cause (rules C9, C11): the lead's, whether its case was recorded as the lead or became it, with the
 * highest rung that any case of the cause has come to.
 */
export function countingEntries(
  entries: readonly CaseEntry[],
  causeWindowMs: number | undefined,
): CaseEntry[] {
  const leads = leadsOf(entries, causeWindowMs);
  return entries
    .filter(({ caseId }) => leads.get(caseId)?.caseId === caseId)
    .map((lead) => ({ ...lead, servedRung: highestOf(entries, lead, leads) }));
}

function highestOf(
  entries: readonly CaseEntry[],
  lead: CaseEntry,
  leads: ReadonlyMap<string, CaseEntry>,
): RungId | null {
  let highest: RungId | null = null;
  for (const { caseId, servedRung } of entries)
    if (servedRung !== null && leads.get(caseId)?.caseId === lead.caseId)
      highest = highest === null ? servedRung : higherRung(highest, servedRung);
  return highest;
}

/**
 * Ids of all cases with the cause of this one, itself included (rule C9). What fell keeps what had become final (invariant H14): that was charged
 * for the cause, so it is of it still.
 */
export function casesOfCause(
  entries: readonly CaseEntry[],
  caseId: string,
  causeWindowMs: number | undefined,
): ReadonlySet<string> {
  const leads = leadsOf(entries, causeWindowMs);
  const lead = leads.get(caseId);
  const ids = [...leads].flatMap(([id, one]) => (one.caseId === lead?.caseId ? [id] : []));
  const members = entries.filter((entry) => ids.includes(entry.caseId));
  const fallen = entries
    .filter((entry) => !stands(entry) && entry.parts.some(({ status }) => status === 'final'))
    .filter((entry) => members.some((member) => isOneCause(member, entry, causeWindowMs)));
  return new Set([caseId, ...ids, ...fallen.map((entry) => entry.caseId)]);
}

/**
 * The case whose suspension makes this one consequential: performance and operational alerts on resources of a participant that is
 * suspended for them already are recorded, not charged (rule C9). Null when there is none.
 */
export function suspendedFor(
  law: Pick<PinnedLaw, 'family' | 'causeWindowMs'>,
  entries: readonly CaseEntry[],
  sanctions: readonly Sanction[],
  violation: Pick<CaseEntry, 'caseId' | 'resourceIds'> & { participantId: string },
): string | null {
  if (law.family === 'security' || law.causeWindowMs === undefined) return null;
  const { participantId, resourceIds } = violation;
  const cause = sanctions.find(
    ({ caseId, access, participantId: owner }) =>
      access === 'suspended' &&
      owner === participantId &&
      caseId !== violation.caseId &&
      entries.some((entry) => entry.caseId === caseId && overlap(entry.resourceIds, resourceIds)),
  );
  return cause?.caseId ?? null;
}

function stands(entry: CaseEntry): boolean {
  return entry.counts || entry.inert === 'cause';
}

function isOneCause(a: CaseEntry, b: CaseEntry, causeWindowMs: number | undefined): boolean {
  return (
    causeWindowMs !== undefined &&
    a.family === b.family &&
    a.violationType !== b.violationType &&
    Math.abs(a.occurredAtMs - b.occurredAtMs) <= causeWindowMs &&
    overlap(a.resourceIds, b.resourceIds)
  );
}

function byLead(a: CaseEntry, b: CaseEntry): number {
  const graver = SEVERITIES.indexOf(b.severity) - SEVERITIES.indexOf(a.severity);
  if (graver !== 0) return graver;
  if (a.occurredAtMs !== b.occurredAtMs) return a.occurredAtMs - b.occurredAtMs;
  return a.caseId < b.caseId ? -1 : 1;
}
