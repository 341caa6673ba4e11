import { openIncident as operation } from '../../../contracts/http/incidents.ts';
import { openClockHold } from '../../../domain/incident/acts.ts';
import { incidentIdOf } from '../../../domain/incident/incident.ts';
import { once } from '../../shared/once.ts';
import type { Call, Reply } from '../../shared/route.ts';
import { actOf, entryOf, holdLaw } from '../incident-acts.ts';
import type { IncidentDeps } from '../incident-deps.ts';
import { incidentView } from '../incident-view.ts';

type Open = typeof operation;

/** Holds the clocks of a scope from now on (rule A6). Throws `conflict-of-interest`, `policy-missing`. */
export function openIncident(deps: IncidentDeps, call: Call<Open>): Promise<Reply<Open>> {
  return once(deps.keys, operation, call, async () => {
    const { nowMs, body, key } = call;
    const { account } = call.principal;
    const act = actOf(call);
    const id = incidentIdOf(nowMs, act.request);
    const fresh = openClockHold(id, body.scope, await holdLaw(deps, nowMs), act);
    const entry = entryOf(fresh, 'opened', act);
    const incident = await deps.incidents.open(fresh, { account, key }, entry);
    return { status: 201, body: incidentView(incident, nowMs) };
  });
}
