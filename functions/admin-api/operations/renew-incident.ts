import { renewIncident as operation } from '../../../contracts/http/incidents.ts';
import { renewed } from '../../../domain/incident/acts.ts';
import { once } from '../../shared/once.ts';
import type { Call, Reply } from '../../shared/route.ts';
import { actOf, changed, entryOf, holdLaw } from '../incident-acts.ts';
import type { IncidentDeps } from '../incident-deps.ts';
import { incidentView } from '../incident-view.ts';

type Renew = typeof operation;

/**
 * Gives a clock hold another term (rule A6). Throws `incident-unknown`, `incident-closed`, `incident-changed`, `incident-not-renewable`,
 * `renewal-same-person`, `conflict-of-interest`, `policy-missing`.
 */
export function renewIncident(deps: IncidentDeps, call: Call<Renew>): Promise<Reply<Renew>> {
  return once(deps.keys, operation, call, async () => {
    const { nowMs } = call;
    const act = actOf(call);
    const law = await holdLaw(deps, nowMs);
    const incident = await changed(deps, call.params.incidentId, (before) => {
      const next = renewed(before, law, act);
      return { next, entry: entryOf(next, 'renewed', act) };
    });
    return { body: incidentView(incident, nowMs) };
  });
}
