import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { DomainError } from '../../domain/errors.ts';
import type { Clock } from '../../domain/ports/clock.ts';
import type { PlatformSecret } from '../../domain/ports/platform-secret.ts';
import { type AwsPatience, patienceOf } from '../aws-patience.ts';

/** Which secret, and how old it may be. */
export interface SecretsManagerOptions extends Pick<AwsPatience, 'requestTimeoutMs'> {
  readonly region: string;
  /** Name or ARN. */
  readonly secretId: string;
  readonly clock: Clock;
  /** Throws a `DomainError` for a value that is of no use: it is not taken, and what was read before stays in use. */
  readonly check?: (value: unknown) => void;
  /** Told of each read that failed or brought nothing of use; the error says nothing of what is in it. */
  readonly onFault?: (error: unknown) => void;
}

/** A value that is older is read again, behind whoever uses it: a rotation needs no new start. */
const MAX_AGE_MS = 300_000;

/**
 * What is older than this, such as in a function that was frozen, is read again before it is used. Below the ten minutes after which a
 * rotation may end what was there before (docs/operating/secrets.md).
 */
const WAIT_AGE_MS = 480_000;

/** `refresh` asks no oftener than this, however often the value is refused, and nothing asks oftener after a failure. */
const ASK_EVERY_MS = 10_000;

interface Known {
  readonly value: unknown;
  readonly atMs: number;
}

/** A secret of AWS Secrets Manager. While the service is out of reach, what was read last stays in use, and nobody waits for it twice. */
export function createPlatformSecret(options: SecretsManagerOptions): PlatformSecret {
  const { clock } = options;
  let client: SecretsManagerClient | undefined;
  let known: Known | undefined;
  let underway: Promise<unknown> | undefined;
  /** Of the last question, if it was in vain. */
  let failedAtMs: number | undefined;

  const ageOf = (atMs: number) => {
    const ageMs = clock.nowMs() - atMs;
    // A clock that was set back makes everything look young; it counts as old.
    return ageMs < 0 ? Number.POSITIVE_INFINITY : ageMs;
  };

  async function question(): Promise<unknown> {
    client ??= new SecretsManagerClient({ region: options.region, ...patienceOf(options) });
    const atMs = clock.nowMs();
    const command = new GetSecretValueCommand({ SecretId: options.secretId });
    try {
      const { SecretString } = await client.send(command).catch((error: unknown) => {
        throw unreachable(options.secretId, error);
      });
      const value = parse(options.secretId, SecretString);
      options.check?.(value);
      known = { value, atMs };
      failedAtMs = undefined;
      return value;
    } catch (error) {
      failedAtMs = clock.nowMs();
      options.onFault?.(error);
      throw error;
    }
  }

  function ask(): Promise<unknown> {
    underway ??= question().finally(() => {
      underway = undefined;
    });
    return underway;
  }

  const askOr = (before: Known) => ask().catch(() => before.value);

  const mayAsk = () => failedAtMs === undefined || ageOf(failedAtMs) >= ASK_EVERY_MS;

  return {
    async read() {
      if (known === undefined) return ask();
      const ageMs = ageOf(known.atMs);
      if (ageMs < MAX_AGE_MS || !mayAsk()) return known.value;
      const answer = askOr(known);
      return ageMs >= WAIT_AGE_MS && failedAtMs === undefined ? answer : known.value;
    },
    async refresh() {
      if (known === undefined) return ask();
      return ageOf(known.atMs) < ASK_EVERY_MS || !mayAsk() ? known.value : askOr(known);
    },
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
