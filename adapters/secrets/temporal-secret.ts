import { X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { parseTemporalCredentials } from '../../contracts/temporal-credentials.ts';
import { DomainError } from '../../domain/errors.ts';
import type { PlatformSecret } from '../../domain/ports/platform-secret.ts';
import { createPlatformSecret, type SecretsManagerOptions } from './secrets-manager.ts';

/**
 * The credentials for Temporal in Secrets Manager. A value that nobody could connect with is not taken: what was read before stays in use.
 * Before a first value it throws `temporal-secret-invalid` (bug), or what any secret throws.
 */
export function createTemporalSecret(options: SecretsManagerOptions): PlatformSecret {
  return createPlatformSecret({ ...options, check: mustBeUsable });
}

/** Throws `temporal-secret-invalid` without telling what is in it. */
function mustBeUsable(value: unknown): void {
  const { client, serverRootCa } = parseTemporalCredentials(value);
  try {
    if (client !== null) createSecureContext({ cert: client.certificate, key: client.privateKey });
    if (serverRootCa !== null) new X509Certificate(serverRootCa);
  } catch {
    throw new DomainError(
      'temporal-secret-invalid',
      'bug',
      'In the secret for Temporal a certificate or key is no PEM, or the two do not belong together.',
    );
  }
}
