import { openStore } from '../../adapters/dynamodb/client.ts';
import { createDirectory } from '../../adapters/dynamodb/directory.ts';
import { createIdempotencyKeys } from '../../adapters/dynamodb/idempotency-keys.ts';
import { createIncidents } from '../../adapters/dynamodb/incidents.ts';
import { createPolicyRegister } from '../../adapters/dynamodb/policy-register.ts';
import { authConfig, type Env, storeConfig } from '../shared/config.ts';
import { createTokenVerifier } from '../shared/principal.ts';
import type { AdminApiDeps } from './deps.ts';

/** Builds the adapters of the admin API from its environment. Throws `config-invalid`. */
export function composeAdminApi(env: Env): AdminApiDeps {
  const store = openStore(storeConfig(env));
  const clock = { nowMs: () => Date.now() };
  return {
    policies: createPolicyRegister(store),
    keys: createIdempotencyKeys(store),
    tokens: createTokenVerifier(authConfig(env)),
    incidents: createIncidents(store),
    law: createDirectory(store, clock),
    clock,
  };
}
