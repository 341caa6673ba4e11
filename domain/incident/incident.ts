import type { AuditEntry } from '../case/record.ts';
import type { Family } from '../violation.ts';

const INSTANT_DIGITS = 9;

/** Which cases a clock hold is about. */
export type IncidentScope =
  | { kind: 'network' }
  | { kind: 'family'; family: Family }
  | { kind: 'violation-type'; violationType: string }
  | { kind: 'source'; sourceId: string }
  | { kind: 'control-group'; controlGroup: string }
  | { kind: 'participant'; participantId: string };

/** A person's word on an incident. */
export interface IncidentWord {
  person: string;
  organisation: string;
  atMs: number;
  reason: string;
  /** Which request it came with: sent again, it is the same word. */
  request: string;
}

/** How an incident ended: by people, by the end of its term, or because nothing waits any more. */
export type IncidentOutcome = 'released' | 'lapsed' | 'passed';

/**
 * Something that stops many cases at once (rules A6, D12): a `clock-hold` over a scope, or the network `breaker`. It is for the whole
 * network and belongs to no case.
 */
export interface Incident {
  v: 1;
  /** Sorts by the instant it was opened. */
  incidentId: string;
  kind: 'clock-hold' | 'breaker';
  scope: IncidentScope;
  reason: string;
  openedBy: string;
  openedAtMs: number;
  /** From here on it is a task of people (rule A6). */
  attentionAtMs: number;
  /** A clock hold ends here by itself; null where only an act ends it. */
  endsAtMs: number | null;
  /** No renewal goes beyond it; null where nothing is renewed. */
  longestUntilMs: number | null;
  /** Who holds the clocks, one word for each term (rule A6). */
  terms: IncidentWord[];
  /** Who wants it released (rule D12: two for the breaker). */
  releases: IncidentWord[];
  outcome: IncidentOutcome | null;
  closedAtMs: number | null;
  /** Raised with every change; a change conditions on it. */
  revision: number;
}

/** Until when an incident stands, or stood; null while nobody can say. */
export function endMs(incident: Incident): number | null {
  return incident.closedAtMs ?? incident.endsAtMs;
}

/** Whether an incident stands at an instant. The end of its term ends a clock hold, whether or not somebody has written it down. */
export function stands(incident: Incident, nowMs: number): boolean {
  const untilMs = endMs(incident);
  return incident.openedAtMs <= nowMs && (untilMs === null || nowMs < untilMs);
}

/** What of a case says whether a clock hold is about it. */
export interface CaseInScope {
  participantId: string;
  controlGroup: string;
  violationType: string;
  family: Family | null;
  /** Sources of its alerts. */
  sourceIds: readonly string[];
}

/** Whether a scope has the case in it. */
export function covers(scope: IncidentScope, one: CaseInScope): boolean {
  switch (scope.kind) {
    case 'network':
      return true;
    case 'family':
      return one.family === scope.family;
    case 'violation-type':
      return one.violationType === scope.violationType;
    case 'source':
      return one.sourceIds.includes(scope.sourceId);
    case 'control-group':
      return one.controlGroup === scope.controlGroup;
    case 'participant':
      return one.participantId === scope.participantId;
  }
}

/** How much of a stretch of time lay under any of the incidents; where several overlapped, once. */
export function overlapMs(incidents: readonly Incident[], fromMs: number, toMs: number): number {
  const spans = incidents
    .map((incident) => ({
      from: Math.max(fromMs, incident.openedAtMs),
      to: Math.min(toMs, endMs(incident) ?? toMs),
    }))
    .filter(({ from, to }) => to > from)
    .sort((a, b) => a.from - b.from);
  let sum = 0;
  let reachedMs = fromMs;
  for (const { from, to } of spans) {
    sum += Math.max(0, to - Math.max(from, reachedMs));
    reachedMs = Math.max(reachedMs, to);
  }
  return sum;
}

/** Id of an incident: its instant first, so that ids sort by it. */
export function incidentIdOf(openedAtMs: number, suffix: string): string {
  return `${openedAtMs.toString(36).padStart(INSTANT_DIGITS, '0')}-${suffix}`;
}

/** The line in the network's history about what was done to an incident. */
export function incidentEntry(
  incident: Incident,
  what: 'opened' | 'renewed' | 'release-asked' | 'closed',
  actor: string,
  atMs: number,
  reason: string,
): AuditEntry {
  return {
    entryId: `incident/${incident.incidentId}/${incident.revision}`,
    // It belongs to no participant: the history of the network itself.
    participantId: null,
    caseId: null,
    atMs,
    kind: `incident-${what}`,
    actor,
    summary: `${incident.kind === 'breaker' ? 'Breaker' : 'Clock hold'} ${what}: ${reason}`,
    data: { incident },
  };
}
