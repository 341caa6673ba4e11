import type { ActivityPorts } from '../../activities/ports.ts';
import { createProbes } from '../../adapters/checks/probes.ts';
import { createCaseStore } from '../../adapters/dynamodb/case-store.ts';
import { openStore, type Store } from '../../adapters/dynamodb/client.ts';
import { createDirectory } from '../../adapters/dynamodb/directory.ts';
import { createEvidence } from '../../adapters/dynamodb/intake-evidence.ts';
import { createWebhookNotifier } from '../../adapters/outbound/webhook-notifier.ts';
import { createKeyFile } from '../../adapters/secrets/key-file.ts';
import type { WorkerConfig } from './config.ts';

/** Opens the store that a worker writes to. */
export function openWorkerStore(config: WorkerConfig): Store {
  const { region, endpoint, tablePrefix, networkId } = config.store;
  return openStore({ region, tablePrefix, networkId, ...(endpoint !== null && { endpoint }) });
}

/** Builds the adapters behind the activities. */
export function composePorts(
  config: WorkerConfig,
  store: Store = openWorkerStore(config),
): ActivityPorts {
  const clock = { nowMs: () => Date.now() };
  return {
    cases: createCaseStore(store),
    evidence: createEvidence(store),
    directory: createDirectory(store, clock),
    probes: createProbes(config.promqlServers),
    notifier: createWebhookNotifier({
      secrets: createKeyFile(config.keyFile),
      clock,
      allowPrivate: config.allowPrivateEndpoints,
    }),
    clock,
  };
}
