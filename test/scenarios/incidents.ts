import { createIncidents } from '../../adapters/dynamodb/incidents.ts';
import { openClockHold, released } from '../../domain/incident/acts.ts';
import {
  type Incident,
  type IncidentScope,
  incidentEntry,
  incidentIdOf,
} from '../../domain/incident/incident.ts';
import type { Principal } from '../../domain/principal.ts';
import type { CaseWorld } from './case-world.ts';

let requests = 0;

function actBy(person: string, nowMs: number) {
  requests += 1;
  const principal: Principal = {
    account: person,
    person,
    organisation: `org-of-${person}`,
    roles: ['governor'],
    participantId: null,
    controlGroup: null,
  };
  return { principal, reason: 'because', request: `request-${requests}`, nowMs };
}

/** A governor holds the clocks of a scope. */
export async function holdClocks(
  world: CaseWorld,
  scope: IncidentScope,
  person = 'governor-1',
): Promise<Incident> {
  const act = actBy(person, await world.clock.follow());
  const id = incidentIdOf(act.nowMs, act.request);
  const incident = openClockHold(id, scope, world.policy, act);
  const entry = incidentEntry(incident, 'opened', person, act.nowMs, act.reason);
  return createIncidents(world.store).open(incident, { account: person, key: act.request }, entry);
}

/** A governor releases an incident. Returns it as it is then. */
export async function releaseIncident(
  world: CaseWorld,
  incidentId: string,
  person: string,
): Promise<Incident> {
  const incidents = createIncidents(world.store);
  const before = await incidents.read(incidentId);
  if (before === null) throw new Error(`There is no incident ${incidentId}.`);
  const act = actBy(person, await world.clock.follow());
  const after = released(before, act);
  const entry = incidentEntry(after, 'closed', person, act.nowMs, act.reason);
  if (!(await incidents.replace(before, after, entry))) throw new Error('It has changed.');
  return after;
}

/** All incidents, open ones first. */
export async function incidentsOf(world: CaseWorld): Promise<Incident[]> {
  return (await createIncidents(world.store).list(undefined, 100)).items;
}
