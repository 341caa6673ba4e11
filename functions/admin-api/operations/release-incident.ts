import { releaseIncident as operation } from '../../../contracts/http/incidents.ts';
import { released } from '../../../domain/incident/acts.ts';
import { once } from '../../shared/once.ts';
import type { Call, Reply } from '../../shared/route.ts';
import { actOf, changed, entryOf } from '../incident-acts.ts';
import type { IncidentDeps } from '../incident-deps.ts';
import { incidentView } from '../incident-view.ts';

type Release = typeof operation;

/**
 * A governor releases an incident (rules A6, D12). Throws `incident-unknown`, `incident-closed`, `incident-changed`, `already-approved`,
 * `same-organisation`, `conflict-of-interest`.
 */
export function releaseIncident(
  deps: Pick<IncidentDeps, 'incidents' | 'keys'>,
  call: Call<Release>,
): Promise<Reply<Release>> {
  return once(deps.keys, operation, call, async () => {
    const act = actOf(call);
    const incident = await changed(deps, call.params.incidentId, (before) => {
      const next = released(before, act);
      const what = next.closedAtMs === null ? 'release-asked' : 'closed';
      return { next, entry: entryOf(next, what, act) };
    });
    return { body: incidentView(incident, call.nowMs) };
  });
}
