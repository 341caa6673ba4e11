import { openStore } from '../../adapters/dynamodb/client.ts';
import { UNDELIVERED_SHARDS } from '../../adapters/dynamodb/keys.ts';
import { createWithdrawalStarts } from '../../adapters/dynamodb/withdrawal-starts.ts';
import { composeRelay } from '../relay-observations/compose.ts';
import type { RelayDeps } from '../relay-observations/deps.ts';
import { type Env, redeliverConfig, storeConfig } from '../shared/config.ts';
import type { RedeliverOptions } from './redeliver.ts';
import type { StartDeps } from './start-withdrawals.ts';

/** Builds the relay and its rhythm from the environment. Throws `config-invalid`. */
export function composeRedeliver(env: Env): {
  deps: RelayDeps;
  starts: StartDeps;
  options: RedeliverOptions;
} {
  const deps = composeRelay(env, 'redeliver');
  return {
    deps,
    starts: { ...deps, starts: createWithdrawalStarts(openStore(storeConfig(env))) },
    options: { shards: UNDELIVERED_SHARDS, ageMs: redeliverConfig(env).ageMs },
  };
}
