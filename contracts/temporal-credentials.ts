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
