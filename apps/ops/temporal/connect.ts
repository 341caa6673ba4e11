import { Connection } from '@temporalio/client';
import { DomainError } from '../../../domain/errors.ts';
import { type TemporalAccess, temporalAccess } from './access.ts';
import { explained, GRPC, hasCode, reasonOf } from './grpc-errors.ts';

/** A connection to one namespace of a Temporal server. */
export interface Temporal {
  readonly connection: Connection;
  readonly namespace: string;
}

/** How long a command waits for the server (ms): for the connection, and for everything that it asks. */
export interface Patience {
  readonly connectMs: number;
  readonly workMs: number;
}

/** Longer than `setup` waits for a server that learns its own new namespace. */
const PATIENCE: Patience = { connectMs: 5_000, workMs: 120_000 };

/**
 * Connects as the functions and the worker do (`temporalAccess`) and does the work. Throws what reading the credentials throws,
 * `temporal-unreachable` (dependency) when the server does not answer within `patience`, and `temporal-refused` (conflict).
 */
export async function withTemporal<T>(
  env: Readonly<Record<string, string | undefined>>,
  work: (it: Temporal) => Promise<T>,
  patience: Patience = PATIENCE,
): Promise<T> {
  const access = await temporalAccess(env);
  const { namespace, ...shown } = access;
  const connection = Connection.lazy({ ...shown, connectTimeout: patience.connectMs });
  try {
    await connection.ensureConnected().catch((error: unknown) => {
      throw unconnected(error, access);
    });
    // A server that takes a call and never answers it would keep the command for ever.
    return await connection.withDeadline(Date.now() + patience.workMs, () =>
      work({ connection, namespace }),
    );
  } catch (error) {
    throw explained(error, namespace);
  } finally {
    await connection.close();
  }
}

function unconnected(error: unknown, { address, tls }: TemporalAccess): unknown {
  if (hasCode(error, GRPC.permissionDenied, GRPC.unauthenticated)) return error;
  const secured = tls
    ? 'and that the server takes TLS and what it is shown: the certificate, or an authority that is not public (serverRootCa of TEMPORAL_SECRET)'
    : 'and whether it wants TLS: then set TEMPORAL_SECRET, TEMPORAL_API_KEY or TEMPORAL_TLS=true';
  return new DomainError(
    'temporal-unreachable',
    'dependency',
    `Temporal does not answer at ${address}. Check TEMPORAL_ADDRESS, ${secured}.`,
    { reason: reasonOf(error) },
  );
}
