import { createCaseStore } from '../../adapters/dynamodb/case-store.ts';
import { openStore } from '../../adapters/dynamodb/client.ts';
import { createDirectory } from '../../adapters/dynamodb/directory.ts';
import { createIdempotencyKeys } from '../../adapters/dynamodb/idempotency-keys.ts';
import { createParticipantRegistry } from '../../adapters/dynamodb/participant-registry.ts';
import { authConfig, type Env, storeConfig } from '../shared/config.ts';
import { createTokenVerifier } from '../shared/principal.ts';
import type { ParticipantsApiDeps } from './deps.ts';

/** Builds the adapters of the participants API from its environment. Throws `config-invalid`. */
export function composeParticipantsApi(env: Env): ParticipantsApiDeps {
  const store = openStore(storeConfig(env));
  const ledger = createCaseStore(store);
  const clock = { nowMs: () => Date.now() };
  return {
    participants: createParticipantRegistry(store),
    ledger,
    notices: ledger,
    law: createDirectory(store, clock),
    keys: createIdempotencyKeys(store),
    tokens: createTokenVerifier(authConfig(env)),
    clock,
  };
}
