import { Logger } from '@aws-lambda-powertools/logger';
import { openStore } from '../../adapters/dynamodb/client.ts';
import { createDirectory } from '../../adapters/dynamodb/directory.ts';
import { decodeInbox, isUndelivered } from '../../adapters/dynamodb/intake-observations.ts';
import { createRelayStore } from '../../adapters/dynamodb/intake-relay.ts';
import { fromImage, type WireImage } from '../../adapters/dynamodb/stream-image.ts';
import { composeCaseWorkflows } from '../shared/case-workflows/compose.ts';
import { type Env, storeConfig } from '../shared/config.ts';
import { openMeter } from '../shared/metrics.ts';
import type { CaseWorkflows } from '../shared/temporal.ts';
import { tracedLog } from '../shared/tracing.ts';
import type { RelayDeps } from './deps.ts';

/** Builds the adapters of the relay from its environment. Throws `config-invalid`. */
export function composeRelay(
  env: Env,
  serviceName = 'relay-observations',
): RelayDeps & { readonly cases: CaseWorkflows } {
  const config = storeConfig(env);
  const store = openStore(config);
  const logger = tracedLog(new Logger({ serviceName }));
  const clock = { nowMs: () => Date.now() };
  const directory = createDirectory(store, clock);
  return {
    networkId: config.networkId,
    store: createRelayStore(store),
    cases: composeCaseWorkflows(env, logger),
    clock,
    maxAttempts: async () => (await directory.policyAt(clock.nowMs())).relayAttempts,
    readImage: (image) => readImage(image, config.networkId),
    logger,
    meter: openMeter(serviceName, env),
  };
}

/** Reads an image of the inbox's stream; null for what the relay does not concern. */
export function readImage(image: unknown, networkId: string) {
  if (image === undefined || image === null) return null;
  const item = fromImage(image as WireImage);
  return isUndelivered(item, networkId) ? decodeInbox(item, networkId) : null;
}
