import type { Clock } from '../../domain/ports/clock.ts';
import type { IdempotencyKeys } from '../../domain/ports/idempotency-keys.ts';
import type { PolicyRegister } from '../../domain/ports/policy-register.ts';
import type { TokenVerifier } from '../shared/principal.ts';

/** What the admin API is made from. */
export interface AdminApiDeps {
  readonly policies: PolicyRegister;
  readonly keys: IdempotencyKeys;
  readonly tokens: TokenVerifier;
  readonly clock: Clock;
}
