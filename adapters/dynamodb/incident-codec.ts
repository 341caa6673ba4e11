import type { Incident } from '../../domain/incident/incident.ts';
import { bodyOf, type Item, makeItem } from './items.ts';
import type { ItemKey } from './keys.ts';

/** An incident at one of its places. */
export function incidentItem(key: ItemKey, incident: Incident): Item {
  return makeItem(key, 'incident', incident, { revision: incident.revision });
}

/** Reads a stored incident. */
export function decodeIncident(item: Item): Incident {
  return bodyOf<Incident>(item, 'incident');
}
