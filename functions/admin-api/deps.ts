import type { Clock } from '../../domain/ports/clock.ts';
import type { PolicyRegister } from '../../domain/ports/policy-register.ts';
import type { TokenVerifier } from '../shared/principal.ts';
import type { IncidentDeps } from './incident-deps.ts';

/** What the admin API is made from. */
export interface AdminApiDeps extends IncidentDeps {
  readonly policies: PolicyRegister;
  readonly tokens: TokenVerifier;
  readonly clock: Clock;
}
