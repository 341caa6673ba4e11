import { Logger } from '@aws-lambda-powertools/logger';
import { createCaseWatch } from '../../adapters/dynamodb/case-watch.ts';
import { openStore } from '../../adapters/dynamodb/client.ts';
import { createDirectory } from '../../adapters/dynamodb/directory.ts';
import { type Env, storeConfig, watchConfig } from '../shared/config.ts';
import { openMeter } from '../shared/metrics.ts';
import type { WatchCasesDeps } from './deps.ts';

const SERVICE = 'watch-cases';

/** Builds what the watch needs from its environment. Throws `config-invalid`. */
export function composeWatchCases(env: Env): WatchCasesDeps {
  const store = openStore(storeConfig(env));
  const clock = { nowMs: () => Date.now() };
  return {
    cases: createCaseWatch(store),
    law: createDirectory(store, clock),
    clock,
    meter: openMeter(SERVICE, env),
    logger: new Logger({ serviceName: SERVICE }),
    ...watchConfig(env),
  };
}
