import { openStore } from '../../adapters/dynamodb/client.ts';
import { createDirectory } from '../../adapters/dynamodb/directory.ts';
import { createIntakeStore } from '../../adapters/dynamodb/intake-store.ts';
import { type Env, storeConfig } from '../shared/config.ts';
import { newReceiptId } from '../shared/short-id.ts';
import { composeSecrets } from '../shared/source-secrets/compose.ts';
import type { ReceiveAlertDeps } from './deps.ts';

/** Builds the adapters of the reception from its environment. Throws `config-invalid`. */
export function composeReceiveAlert(env: Env): ReceiveAlertDeps {
  const store = openStore(storeConfig(env));
  const clock = { nowMs: () => Date.now() };
  return {
    intake: createIntakeStore(store),
    directory: createDirectory(store, clock),
    secrets: composeSecrets(env, store, clock),
    clock,
    newReceiptId,
  };
}
