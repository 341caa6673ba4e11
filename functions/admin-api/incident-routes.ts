import * as incidents from '../../contracts/http/incidents.ts';
import { type BoundRoute, route } from '../shared/route.ts';
import type { IncidentDeps } from './incident-deps.ts';
import { listIncidents } from './operations/list-incidents.ts';
import { openIncident } from './operations/open-incident.ts';
import { releaseIncident } from './operations/release-incident.ts';
import { renewIncident } from './operations/renew-incident.ts';

/** The operations on incidents. */
export function incidentRoutes(deps: IncidentDeps): BoundRoute[] {
  return [
    route(incidents.listIncidents, (call) => listIncidents(deps, call)),
    route(incidents.openIncident, (call) => openIncident(deps, call)),
    route(incidents.renewIncident, (call) => renewIncident(deps, call)),
    route(incidents.releaseIncident, (call) => releaseIncident(deps, call)),
  ];
}
