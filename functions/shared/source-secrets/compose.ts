import type { Store } from '../../../adapters/dynamodb/client.ts';
import { createSealedSecrets } from '../../../adapters/dynamodb/sealed-secrets.ts';
import { createKmsEnvelope } from '../../../adapters/sealing/kms-envelope.ts';
import { createKeyFile } from '../../../adapters/secrets/key-file.ts';
import { createSealedRegistry } from '../../../adapters/secrets/sealed-registry.ts';
import type { Clock } from '../../../domain/ports/clock.ts';
import type { SecretStore } from '../../../domain/ports/secret-store.ts';
import { type Env, secretsConfig } from '../config.ts';

/** Builds where the secrets of sources are from the environment: a key file, or sealed in the registry. Throws `config-invalid`. */
export function composeSecrets(env: Env, store: Store, clock: Clock): SecretStore {
  const config = secretsConfig(env);
  if ('keyFile' in config) return createKeyFile(config.keyFile);
  const { sealing } = config;
  return createSealedRegistry({
    items: createSealedSecrets(store),
    envelope: createKmsEnvelope({ ...sealing, clock }),
    networkId: sealing.networkId,
    clock,
  });
}
