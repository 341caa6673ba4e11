import { toWire } from '../../contracts/wire.ts';
import { type Incident, type IncidentWord, stands } from '../../domain/incident/incident.ts';

/** An incident as the contract shows it. One whose term is over has ended, whether or not somebody has written that down. */
export function incidentView(incident: Incident, nowMs: number) {
  const { v: _v, revision: _revision, endsAtMs, longestUntilMs, ...rest } = incident;
  const isOpen = incident.closedAtMs === null && stands(incident, nowMs);
  const hasLapsed = incident.closedAtMs === null && !isOpen;
  const shown = hasLapsed ? { ...rest, outcome: 'lapsed' as const, closedAtMs: endsAtMs } : rest;
  const words = { terms: rest.terms.map(wordView), releases: rest.releases.map(wordView) };
  return toWire({ ...shown, ...words, endsAtMs, longestUntilMs, isOpen });
}

function wordView({ request: _request, ...word }: IncidentWord) {
  return word;
}
