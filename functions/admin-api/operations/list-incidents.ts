import type { listIncidents as operation } from '../../../contracts/http/incidents.ts';
import type { Call, Reply } from '../../shared/route.ts';
import type { IncidentDeps } from '../incident-deps.ts';
import { incidentView } from '../incident-view.ts';

type List = typeof operation;

/** Lists incidents, open ones first. */
export async function listIncidents(
  deps: Pick<IncidentDeps, 'incidents'>,
  { query, nowMs }: Call<List>,
): Promise<Reply<List>> {
  const page = await deps.incidents.list(query.cursor, query.limit);
  const items = page.items.map((incident) => incidentView(incident, nowMs));
  return { body: { items, nextCursor: page.nextCursor } };
}
