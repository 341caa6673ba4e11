import { openStore, type Store } from '../../adapters/dynamodb/client.ts';
import { createSealedSecrets } from '../../adapters/dynamodb/sealed-secrets.ts';
import { createKmsEnvelope } from '../../adapters/sealing/kms-envelope.ts';
import { createSealedRegistry, type SecretKeeper } from '../../adapters/secrets/sealed-registry.ts';
import { DomainError } from '../../domain/errors.ts';

type Env = Readonly<Record<string, string | undefined>>;

const clock = { nowMs: () => Date.now() };

/**
 * Works on the tables of an installation: `TABLE_PREFIX`, `AWS_REGION`, `NETWORK_ID` (default `main`), `DYNAMODB_ENDPOINT` where it is
 * not AWS. Throws `config-invalid` (caller) that names what is missing or wrong.
 */
export async function withStore<T>(env: Env, work: (store: Store) => Promise<T>): Promise<T> {
  const [tablePrefix, region] = needed(env, 'TABLE_PREFIX', 'AWS_REGION');
  const endpoint = env['DYNAMODB_ENDPOINT'];
  if (endpoint && !/^https?:$/.test(URL.parse(endpoint)?.protocol ?? ''))
    throw new DomainError(
      'config-invalid',
      'caller',
      `DYNAMODB_ENDPOINT is no URL: ${endpoint}. On AWS leave it out.`,
    );
  const store = openStore({
    tablePrefix: tablePrefix ?? '',
    region: region ?? '',
    networkId: env['NETWORK_ID'] || 'main',
    ...(endpoint && { endpoint }),
  });
  try {
    return await work(store);
  } finally {
    store.client.destroy();
  }
}

/** The secrets of an installation: sealed by `SEALING_KEY`. Throws `config-invalid` (caller). */
export function secretsOf(env: Env, store: Store): SecretKeeper {
  const [keyId = '', region = ''] = needed(env, 'SEALING_KEY', 'AWS_REGION');
  const { networkId } = store;
  const envelope = createKmsEnvelope({ keyId, region, clock });
  return createSealedRegistry({ items: createSealedSecrets(store), envelope, networkId, clock });
}

function needed(env: Env, ...names: readonly string[]): string[] {
  const missing = names.filter((name) => !env[name]);
  if (missing.length === 0) return names.map((name) => env[name] ?? '');
  throw new DomainError(
    'config-invalid',
    'caller',
    `Set ${missing.join(' and ')} as the functions of the installation have it.`,
    { missing },
  );
}
