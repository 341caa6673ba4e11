import type { AuditEntry } from '../../domain/case/record.ts';
import type { Incident } from '../../domain/incident/incident.ts';
import { bodyOf, type Item, makeItem } from './items.ts';
import type { ItemKey } from './keys.ts';

const INSTANT_DIGITS = 9;

/** Id of an incident: its instant first, so that ids sort by it. */
export function incidentIdOf(openedAtMs: number, suffix: string): string {
  return `${openedAtMs.toString(36).padStart(INSTANT_DIGITS, '0')}-${suffix}`;
}

/** An incident at one of its places. */
export function incidentItem(key: ItemKey, incident: Incident): Item {
  return makeItem(key, 'incident', incident, { revision: incident.revision });
}

/** Reads a stored incident. */
export function decodeIncident(item: Item): Incident {
  return bodyOf<Incident>(item, 'incident');
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
    participantId: '',
    caseId: null,
    atMs,
    kind: `incident-${what}`,
    actor,
    summary: `${incident.kind === 'breaker' ? 'Breaker' : 'Clock hold'} ${what}: ${reason}`,
    data: { incident },
  };
}
