import { DomainError } from '../domain/errors.ts';

/** What a Temporal server asks for, as its secret holds it: an API key, or a client certificate with its key (both PEM). */
export interface TemporalCredentials {
  readonly apiKey: string | null;
  readonly client: { readonly certificate: string; readonly privateKey: string } | null;
  /** Whose certificates the server has, where it is none that everybody knows (PEM). */
  readonly serverRootCa: string | null;
}

/**
 * Reads the secret that `TEMPORAL_SECRET` names: `{"apiKey"}` or `{"certificate", "privateKey"}`, each optionally with
 * `"serverRootCa"`. Throws `temporal-secret-invalid` (bug) without telling what is in it.
 */
export function parseTemporalCredentials(value: unknown): TemporalCredentials {
  const apiKey = textIn(value, 'apiKey');
  const certificate = textIn(value, 'certificate');
  const privateKey = textIn(value, 'privateKey');
  const client = certificate !== null && privateKey !== null ? { certificate, privateKey } : null;
  const hasHalf = (certificate === null) !== (privateKey === null);
  if (hasHalf || (apiKey === null) === (client === null)) {
    throw new DomainError(
      'temporal-secret-invalid',
      'bug',
      'The secret for Temporal must hold either "apiKey" or both "certificate" and "privateKey".',
    );
  }
  return { apiKey, client, serverRootCa: textIn(value, 'serverRootCa') };
}

function textIn(value: unknown, name: string): string | null {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return null;
  const text: unknown = Reflect.get(value, name);
  return typeof text === 'string' && text !== '' ? text : null;
}

/** Whether a connection that was made with the one must be made anew for the other; a changed API key needs none. */
export function needsNewConnection(before: TemporalCredentials, now: TemporalCredentials): boolean {
  return (
    (before.apiKey === null) !== (now.apiKey === null) ||
    before.client?.certificate !== now.client?.certificate ||
    before.client?.privateKey !== now.client?.privateKey ||
    before.serverRootCa !== now.serverRootCa
  );
}

/** What a client of Temporal encrypts with: an authority that is not public, and its own certificate. */
export interface TemporalTls {
  readonly serverRootCACertificate?: Buffer;
  readonly clientCertPair?: { readonly crt: Buffer; readonly key: Buffer };
}

/**
 * The TLS settings of a connection that shows these credentials, or without them of what it is told plainly. `true`: TLS with nothing
 * of its own; undefined: no TLS.
 */
export function temporalTls(
  plain: { readonly apiKey?: string; readonly tls?: boolean },
  credentials: TemporalCredentials | null,
): TemporalTls | true | undefined {
  if (credentials === null) return plain.tls || plain.apiKey !== undefined ? true : undefined;
  const { client, serverRootCa } = credentials;
  return {
    ...(serverRootCa !== null && { serverRootCACertificate: Buffer.from(serverRootCa) }),
    ...(client !== null && {
      clientCertPair: { crt: Buffer.from(client.certificate), key: Buffer.from(client.privateKey) },
    }),
  };
}
