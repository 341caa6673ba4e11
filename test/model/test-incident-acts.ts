import { rolesOf } from '../../contracts/http/roles.ts';
import { DomainError } from '../../domain/errors.ts';
import { openClockHold, released, renewed } from '../../domain/incident/acts.ts';
import type { IncidentScope } from '../../domain/incident/incident.ts';
import type { Principal } from '../../domain/principal.ts';
import type { Network } from './test-network.ts';
import { STAFF } from './test-people.ts';

function mayDo(principal: Principal, what: 'openIncident' | 'renewIncident' | 'releaseIncident') {
  const roles = rolesOf(what);
  return roles !== 'public' && principal.roles.some((role) => roles.includes(role));
}

/** A person holds the clocks of a scope, or gives a hold that stands there another term (rule A6). */
export async function holdClocks(
  network: Network,
  person: number,
  scope: IncidentScope,
): Promise<void> {
  const principal = STAFF[person % STAFF.length];
  if (!principal) return;
  const act = { principal, reason: 'caution', request: `i-${network.next()}`, nowMs: network.now };
  const standing = network.incidents
    .open()
    .find((one) => one.kind === 'clock-hold' && one.scope.kind === scope.kind);
  const law = network.policyAt(network.now);
  refused(network, () => {
    if (standing) {
      if (!mayDo(principal, 'renewIncident')) return;
      network.incidents.put(renewed(standing, law, act), 'renewed', principal.person);
      network.count('hold renewed');
    } else {
      if (!mayDo(principal, 'openIncident')) return;
      const id = network.incidents.nextId(network.now);
      network.incidents.put(openClockHold(id, scope, law, act), 'opened', principal.person);
      network.count('hold opened');
    }
  });
}

/** A governor releases the oldest open incident: a hold at once, the breaker with another's word (rules A6, D12). */
export async function releaseIncident(network: Network, person: number): Promise<void> {
  const principal = STAFF[person % STAFF.length];
  const incident = network.incidents.open()[0];
  if (!principal || !incident || !mayDo(principal, 'releaseIncident')) return;
  const act = { principal, reason: 'seen', request: `i-${network.next()}`, nowMs: network.now };
  refused(network, () => {
    const next = released(incident, act);
    network.incidents.put(
      next,
      next.closedAtMs === null ? 'release-asked' : 'closed',
      principal.person,
    );
    network.count(`release of ${incident.kind}`);
  });
}

function refused(network: Network, run: () => void): void {
  try {
    run();
  } catch (error) {
    if (!(error instanceof DomainError) || error.fault !== 'conflict') throw error;
    network.count('incident act refused');
  }
}
