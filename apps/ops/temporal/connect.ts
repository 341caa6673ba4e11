import { Connection } from '@temporalio/client';
import { DomainError } from '../../../domain/errors.ts';

/** Environment: names and texts. */
type Env = Readonly<Record<string, string | undefined>>;

/** A connection to one namespace of a Temporal server. */
export interface Temporal {
  readonly connection: Connection;
  readonly namespace: string;
}

/** What a client proves itself with. */
interface Credentials {
  readonly apiKey?: string;
  readonly tls?: true;
}

/**
 * Connects as the functions and the worker do: `TEMPORAL_ADDRESS`, `TEMPORAL_NAMESPACE` (default `default`), `TEMPORAL_API_KEY` (with
 * TLS) or `TEMPORAL_TLS=true` alone. Throws `config-invalid` (caller) without an address and `temporal-unreachable` (dependency).
 */
export async function withTemporal<T>(env: Env, work: (it: Temporal) => Promise<T>): Promise<T> {
  const address = env['TEMPORAL_ADDRESS'];
  if (!address)
    throw new DomainError('config-invalid', 'caller', 'TEMPORAL_ADDRESS=host:port is missing.');
  const connection = await connect(address, credentialsOf(env));
  try {
    return await work({ connection, namespace: env['TEMPORAL_NAMESPACE'] || 'default' });
  } finally {
    await connection.close();
  }
}

function credentialsOf(env: Env): Credentials {
  const apiKey = env['TEMPORAL_API_KEY'];
  if (apiKey) return { apiKey, tls: true };
  return env['TEMPORAL_TLS'] === 'true' ? { tls: true } : {};
}

async function connect(address: string, credentials: Credentials): Promise<Connection> {
  try {
    return await Connection.connect({ address, connectTimeout: '5s', ...credentials });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new DomainError(
      'temporal-unreachable',
      'dependency',
      `Temporal does not answer at ${address}: ${why}. Check TEMPORAL_ADDRESS, and TEMPORAL_API_KEY or TEMPORAL_TLS if it wants TLS.`,
    );
  }
}

/** Codes of gRPC that we act on. */
export const GRPC = {
  notFound: 5,
  alreadyExists: 6,
  permissionDenied: 7,
  failedPrecondition: 9,
  unimplemented: 12,
} as const;

/** Whether an error of the server has one of these gRPC codes. */
export function hasCode(error: unknown, ...codes: readonly number[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(Number(error.code));
}
