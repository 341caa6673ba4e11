import { Logger } from '@aws-lambda-powertools/logger';
import { createCaseReader } from '../../adapters/dynamodb/case-reader.ts';
import { openStore } from '../../adapters/dynamodb/client.ts';
import { createIntakeStore } from '../../adapters/dynamodb/intake-store.ts';
import { composeCaseWorkflows } from '../shared/case-workflows/compose.ts';
import { authConfig, type Env, storeConfig } from '../shared/config.ts';
import { createTokenVerifier } from '../shared/principal.ts';
import { tracedLog } from '../shared/tracing.ts';
import { SERVICE } from './cases-api.ts';
import type { CasesApiDeps } from './deps.ts';

/** Builds the adapters of the cases API from its environment. Throws `config-invalid`. */
export function composeCasesApi(env: Env): CasesApiDeps {
  const config = storeConfig(env);
  const store = openStore(config);
  return {
    networkId: config.networkId,
    cases: createCaseReader(store),
    messages: composeCaseWorkflows(env, tracedLog(new Logger({ serviceName: SERVICE }))),
    receipts: createIntakeStore(store),
    tokens: createTokenVerifier(authConfig(env)),
    clock: { nowMs: () => Date.now() },
  };
}
