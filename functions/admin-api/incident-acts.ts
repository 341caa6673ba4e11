import { createHash } from 'node:crypto';
import type { AuditEntry } from '../../domain/case/record.ts';
import { DomainError } from '../../domain/errors.ts';
import type { HoldLaw, IncidentAct } from '../../domain/incident/acts.ts';
import { type Incident, incidentEntry } from '../../domain/incident/incident.ts';
import type { Principal } from '../../domain/principal.ts';
import { HttpProblem } from '../shared/http-problem.ts';
import type { IncidentDeps } from './incident-deps.ts';

/** What every call on an incident has: who, why, and when. */
interface ActCall {
  readonly principal: Principal;
  readonly nowMs: number;
  readonly key: string;
  readonly body: { readonly reason: string };
}

/** The call as the law judges it. */
export function actOf({ principal, nowMs, key, body }: ActCall): IncidentAct {
  return { principal, nowMs, reason: body.reason, request: requestOf(principal.account, key) };
}

/** The limits of clock holds in force now. Throws `policy-missing` where the policy was stored before there were any. */
export async function holdLaw(deps: Pick<IncidentDeps, 'law'>, nowMs: number): Promise<HoldLaw> {
  const law = await deps.law.policyAt(nowMs);
  if (law.personHoldMs > 0 && law.personHoldTotalMs > 0 && law.incidentHoldMs > 0) return law;
  throw new DomainError(
    'policy-missing',
    'dependency',
    'The policy in force has no limits for clock holds. Publish one that has.',
  );
}

/** A short word that is the same for every try of one request and for no other. */
function requestOf(account: string, key: string): string {
  return createHash('sha256')
    .update(JSON.stringify([account, key]))
    .digest('hex')
    .slice(0, 16);
}

/** Reads the incident, changes it and stores that. Throws `incident-unknown`, and `incident-changed` when somebody was quicker. */
export async function changed(
  deps: Pick<IncidentDeps, 'incidents'>,
  incidentId: string,
  change: (incident: Incident) => { next: Incident; entry: AuditEntry },
): Promise<Incident> {
  const before = await deps.incidents.read(incidentId);
  if (before === null)
    throw new HttpProblem('incident-unknown', `There is no incident ${incidentId}.`);
  const { next, entry } = change(before);
  if (next === before) return before;
  if (await deps.incidents.replace(before, next, entry)) return next;
  throw new HttpProblem('incident-changed', 'Somebody has changed the incident meanwhile.');
}

/** The line of the network's history about an act. */
export function entryOf(
  incident: Incident,
  what: Parameters<typeof incidentEntry>[1],
  act: IncidentAct,
): AuditEntry {
  return incidentEntry(incident, what, act.principal.person, act.nowMs, act.reason);
}
