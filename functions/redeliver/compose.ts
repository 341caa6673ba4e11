import { UNDELIVERED_SHARDS } from '../../adapters/dynamodb/keys.ts';
import { composeRelay } from '../relay-observations/compose.ts';
import type { RelayDeps } from '../relay-observations/deps.ts';
import { type Env, redeliverConfig } from '../shared/config.ts';
import type { RedeliverOptions } from './redeliver.ts';

/** Builds the relay and its rhythm from the environment. Throws `config-invalid`. */
export function composeRedeliver(env: Env): { deps: RelayDeps; options: RedeliverOptions } {
  return {
    deps: composeRelay(env, 'redeliver'),
    options: { shards: UNDELIVERED_SHARDS, ageMs: redeliverConfig(env).ageMs },
  };
}
