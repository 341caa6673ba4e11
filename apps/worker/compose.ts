import type { Client } from '@temporalio/client';
import type { ActivityPorts } from '../../activities/ports.ts';
import type { WatchPorts } from '../../activities/watch/ports.ts';
import { createProbes } from '../../adapters/checks/probes.ts';
import { createUseReports } from '../../adapters/checks/use-reports.ts';
import { createBreaker } from '../../adapters/dynamodb/breaker.ts';
import { createCaseMemory } from '../../adapters/dynamodb/case-memory.ts';
import { createCaseStore } from '../../adapters/dynamodb/case-store.ts';
import { createCaseWatch } from '../../adapters/dynamodb/case-watch.ts';
import { openStore, type Store } from '../../adapters/dynamodb/client.ts';
import { createDirectory } from '../../adapters/dynamodb/directory.ts';
import { createClockHolds } from '../../adapters/dynamodb/incidents.ts';
import { createEvidence } from '../../adapters/dynamodb/intake-evidence.ts';
import { createIntakeStore } from '../../adapters/dynamodb/intake-store.ts';
import { createLedgerBooks } from '../../adapters/dynamodb/ledger-books.ts';
import { createParticipantRegistry } from '../../adapters/dynamodb/participant-registry.ts';
import { createSealedSecrets } from '../../adapters/dynamodb/sealed-secrets.ts';
import { createWebhookNotifier } from '../../adapters/outbound/webhook-notifier.ts';
import { createKmsEnvelope } from '../../adapters/sealing/kms-envelope.ts';
import { createPayloadCodec } from '../../adapters/sealing/payload-codec.ts';
import { createKeyFile } from '../../adapters/secrets/key-file.ts';
import { createSealedRegistry } from '../../adapters/secrets/sealed-registry.ts';
import { createTemporalSecret } from '../../adapters/secrets/temporal-secret.ts';
import { createWorkflowRoll } from '../../adapters/temporal/workflow-roll.ts';
import type { Envelope } from '../../domain/ports/envelope.ts';
import type { SecretStore } from '../../domain/ports/secret-store.ts';
import type { WatchMeter } from '../../domain/ports/watching.ts';
import type { WorkerConfig } from './config.ts';
import type { WorkerSettings } from './worker.ts';

const clock = { nowMs: () => Date.now() };

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
  return {
    cases: createCaseStore(store),
    breaker: createBreaker(store),
    clockHolds: createClockHolds(store),
    evidence: createEvidence(store),
    directory: createDirectory(store, clock),
    probes: createProbes(config.promqlServers),
    notifier: createWebhookNotifier({
      secrets: secretsOf(config, store),
      clock,
      allowPrivate: config.allowPrivateEndpoints,
    }),
    clock,
  };
}

/** Builds what the watch over the network works with, once there is a client of Temporal. */
export function composeWatch(
  config: WorkerConfig,
  meter: WatchMeter,
  store: Store = openWorkerStore(config),
): (client: Client) => WatchPorts {
  return (client) => ({
    participants: createParticipantRegistry(store),
    directory: createDirectory(store, clock),
    intake: createIntakeStore(store),
    evidence: createEvidence(store),
    reports: createUseReports(config.promqlServers),
    books: createLedgerBooks(store),
    cases: createCaseWatch(store),
    memory: createCaseMemory(store),
    workflows: createWorkflowRoll(client, config.store.networkId),
    meter,
    clock,
  });
}

/** Builds how Temporal is reached: its credentials, and what seals the payloads. */
export function composeTemporal(
  config: WorkerConfig,
): Pick<WorkerSettings, 'address' | 'namespace' | 'apiKey' | 'tls' | 'secret' | 'codec'> {
  const { address, namespace, apiKey, secretId, tls } = config.temporal;
  const { region, networkId } = config.store;
  const envelope = envelopeOf(config);
  return {
    address,
    namespace,
    ...(apiKey !== null && { apiKey }),
    ...(tls && { tls }),
    ...(secretId !== null && {
      secret: createTemporalSecret({ region, secretId, clock, onFault }),
    }),
    ...(envelope !== null && { codec: createPayloadCodec(envelope, networkId) }),
  };
}

/** Its code is what the operator's guide lists; the error tells nothing of what is in the secret. */
function onFault(error: unknown): void {
  console.warn('The credentials for Temporal were not read:', error);
}

function envelopeOf({ sealing, store }: WorkerConfig): Envelope | null {
  if (sealing === null) return null;
  const { keyId, openedBy } = sealing;
  const listed = openedBy !== null && { openedBy };
  return createKmsEnvelope({ region: store.region, keyId, clock, ...listed });
}

function secretsOf(config: WorkerConfig, store: Store): SecretStore {
  const envelope = envelopeOf(config);
  if (envelope === null) return createKeyFile(config.keyFile ?? '');
  const { networkId } = config.store;
  return createSealedRegistry({ items: createSealedSecrets(store), envelope, networkId, clock });
}
