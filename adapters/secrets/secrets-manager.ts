import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { DomainError } from '../../domain/errors.ts';
import type { Clock } from '../../domain/ports/clock.ts';
import type { PlatformSecret } from '../../domain/ports/platform-secret.ts';

/** Which secret, and how old it may be. */
export interface SecretsManagerOptions {
  readonly region: string;
  /** Name or ARN. */
  readonly secretId: string;
  readonly clock: Clock;
  /** One question may take this long, and is asked three times. Default 2 s: then there is still time to answer the caller. */
  readonly requestTimeoutMs?: number;
}

/** A value is read again after this long: a rotation needs no new start. */
const MAX_AGE_MS = 300_000;

/** `refresh` asks no oftener than this, however often the value is refused. */
const REFRESH_EVERY_MS = 10_000;

/** A secret of AWS Secrets Manager. While the service is out of reach, what was read last stays in use. */
export function createPlatformSecret(options: SecretsManagerOptions): PlatformSecret {
  const { clock } = options;
  let client: SecretsManagerClient | undefined;
  let known: { readonly value: unknown; readonly atMs: number } | undefined;
  let underway: Promise<unknown> | undefined;

  async function ask(): Promise<unknown> {
    client ??= new SecretsManagerClient({
      region: options.region,
      maxAttempts: 3,
      requestHandler: {
        connectionTimeout: 2_000,
        requestTimeout: options.requestTimeoutMs ?? 2_000,
        // Without it the client only warns, and waits on.
        throwOnRequestTimeout: true,
      },
    });
    const atMs = clock.nowMs();
    const command = new GetSecretValueCommand({ SecretId: options.secretId });
    const { SecretString } = await client.send(command).catch((error: unknown) => {
      throw unreachable(options.secretId, error);
    });
    const value = parse(options.secretId, SecretString);
    known = { value, atMs };
    return value;
  }

  async function readWithin(ageMs: number): Promise<unknown> {
    const before = known;
    const age = before === undefined ? 0 : clock.nowMs() - before.atMs;
    if (before !== undefined && age >= 0 && age < ageMs) return before.value;
    underway ??= ask().finally(() => {
      underway = undefined;
    });
    try {
      return await underway;
    } catch (error) {
      if (before === undefined) throw error;
      return before.value;
    }
  }

  return {
    read: () => readWithin(MAX_AGE_MS),
    refresh: () => readWithin(REFRESH_EVERY_MS),
  };
}

function parse(secretId: string, text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    // The parser's message quotes the text, and the text is secret.
    throw new DomainError(
      'secret-unreadable',
      'bug',
      'The secret is not JSON. Store it as a JSON object.',
      { secretId },
    );
  }
}

function unreachable(secretId: string, cause: unknown): DomainError {
  const reason = cause instanceof Error ? cause.name : 'unknown';
  const error = new DomainError(
    'secret-unreachable',
    'dependency',
    'The secret could not be read. Look whether it exists and who may read it.',
    { secretId, reason },
  );
  error.cause = cause;
  return error;
}
