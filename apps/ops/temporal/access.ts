import { createTemporalSecret } from '../../../adapters/secrets/temporal-secret.ts';
import {
  parseTemporalCredentials,
  type TemporalCredentials,
  type TemporalTls,
  temporalTls,
} from '../../../contracts/temporal-credentials.ts';
import { DomainError } from '../../../domain/errors.ts';

/** Environment: names and texts. */
type Env = Readonly<Record<string, string | undefined>>;

/** Where a server is, and what it is shown. */
export interface TemporalAccess {
  readonly address: string;
  readonly namespace: string;
  readonly apiKey?: string;
  readonly tls?: TemporalTls | true;
}

const clock = { nowMs: () => Date.now() };

/**
 * Reads where Temporal is and what it is shown from what functions and worker have in their environment: `TEMPORAL_ADDRESS`,
 * `TEMPORAL_NAMESPACE` (default `default`), and `TEMPORAL_SECRET` with `AWS_REGION`, or `TEMPORAL_API_KEY`, or `TEMPORAL_TLS=true`
 * alone. Throws `config-invalid` (caller) with all that is wrong, and what the secret throws.
 */
export async function temporalAccess(env: Env): Promise<TemporalAccess> {
  const faults = faultsOf(env);
  if (faults.length > 0)
    throw new DomainError('config-invalid', 'caller', `${faults.join('. ')}.`, { faults });
  const apiKey = env['TEMPORAL_API_KEY'] || undefined;
  const plain = { ...(apiKey && { apiKey }), ...(env['TEMPORAL_TLS'] === 'true' && { tls: true }) };
  const credentials = await credentialsIn(env);
  const shown = credentials === null ? apiKey : (credentials.apiKey ?? undefined);
  const tls = temporalTls(plain, credentials);
  return {
    address: env['TEMPORAL_ADDRESS'] ?? '',
    namespace: env['TEMPORAL_NAMESPACE'] || 'default',
    ...(shown !== undefined && { apiKey: shown }),
    ...(tls !== undefined && { tls }),
  };
}

function faultsOf(env: Env): string[] {
  const { TEMPORAL_SECRET: secret, TEMPORAL_TLS: tls } = env;
  const faults: string[] = [];
  if (!env['TEMPORAL_ADDRESS']) faults.push('Set TEMPORAL_ADDRESS to host:port of the server');
  if (secret && env['TEMPORAL_API_KEY'])
    faults.push('Set either TEMPORAL_SECRET or TEMPORAL_API_KEY, not both');
  if (secret && !env['AWS_REGION']) faults.push('Set AWS_REGION to where TEMPORAL_SECRET lies');
  if (tls && tls !== 'true' && tls !== 'false')
    faults.push(`Set TEMPORAL_TLS to true or false, not ${tls}`);
  return faults;
}

async function credentialsIn(env: Env): Promise<TemporalCredentials | null> {
  const { TEMPORAL_SECRET: secretId, AWS_REGION: region = '' } = env;
  if (!secretId) return null;
  return parseTemporalCredentials(await createTemporalSecret({ region, secretId, clock }).read());
}
