import type { Client, Connection } from '@temporalio/client';
import {
  needsNewConnection,
  parseTemporalCredentials,
  type TemporalCredentials,
} from '../../contracts/temporal-credentials.ts';
import { DomainError } from '../../domain/errors.ts';
import type { PlatformSecret } from '../../domain/ports/platform-secret.ts';
import { domainErrorOf, isDenied } from './temporal-errors.ts';

/** What a link is kept by beyond the server's address. */
export interface LinkOptions {
  /** Where the credentials are kept; when they are rotated, calls go on with the new ones. */
  readonly secret?: PlatformSecret;
}

/** A connection that was opened, and the key that it shows with each call. */
export interface OpenedLink {
  readonly sdk: typeof import('@temporalio/client');
  readonly connection: Connection;
  readonly client: Client;
  readonly shown: { apiKey: string | null };
}

/** A connection in use. */
export interface Link extends OpenedLink {
  /** What it was opened with, or shows by now. */
  credentials: TemporalCredentials | null;
  /** Calls under way. */
  calls: number;
  /** No new call takes it; the last one that does closes it. */
  isRetired: boolean;
}

/** A frozen function's connection is dead after a few minutes; a new one is cheaper than a call that hangs. */
const IDLE_LIMIT_MS = 240_000;

/**
 * Keeps one connection for all calls, and opens another when it is dead, idle for long, or made with credentials that were replaced.
 * A call whose credentials are refused is made once more with those of now, if they are others.
 */
export function keepLink(
  options: LinkOptions,
  open: (credentials: TemporalCredentials | null) => Promise<OpenedLink>,
) {
  const { secret } = options;
  let link: Promise<Link> | null = null;
  let lastUsed = 0;
  /** A server that asks for certificates closes the door on an old one without a word. */
  let isDoubtful = false;

  async function drop(): Promise<void> {
    const old = link;
    link = null;
    await old?.then(retire).catch(() => undefined);
  }

  /** A link with one call more: counted before anybody can close it. */
  async function take(): Promise<{ mine: Promise<Link>; it: Link }> {
    const credentials =
      secret === undefined ? null : await credentialsIn(secret, isDoubtful ? 'now' : 'lately');
    if (link !== null && Date.now() - lastUsed > IDLE_LIMIT_MS) await drop();
    lastUsed = Date.now();
    link ??= open(credentials).then((opened) => ({
      ...opened,
      credentials,
      calls: 0,
      isRetired: false,
    }));
    const mine = link;
    const it = await mine.catch((error: unknown) => {
      if (link === mine) link = null;
      throw notAsked(error);
    });
    // Another call found it dead while we waited for it.
    if (it.isRetired) return take();
    if (it.credentials !== null && credentials !== null) {
      if (needsNewConnection(it.credentials, credentials)) {
        if (link === mine) await drop();
        return take();
      }
      it.shown.apiKey = credentials.apiKey;
      it.credentials = credentials;
    }
    it.calls += 1;
    return { mine, it };
  }

  async function attempt<T>(
    deadlineMs: number,
    work: (link: Link) => Promise<T>,
  ): Promise<{ value: T } | { error: DomainError; refused: TemporalCredentials | null }> {
    const { mine, it } = await take();
    const { credentials } = it;
    try {
      const value = await it.client.withDeadline(Date.now() + deadlineMs, () => work(it));
      isDoubtful = false;
      return { value };
    } catch (caught) {
      const error = domainErrorOf(it.sdk, caught);
      if (error.code === 'workflow-unreachable') {
        it.isRetired = true;
        if (link === mine) link = null;
        isDoubtful = true;
      }
      return { error, refused: isDenied(caught) ? credentials : null };
    } finally {
      it.calls -= 1;
      if (it.isRetired) await retire(it);
    }
  }

  return {
    async call<T>(deadlineMs: number, work: (link: Link) => Promise<T>): Promise<T> {
      const first = await attempt(deadlineMs, work);
      if ('value' in first) return first.value;
      if (first.refused === null || secret === undefined) throw first.error;
      const now = await credentialsIn(secret, 'now');
      if (JSON.stringify(now) === JSON.stringify(first.refused)) throw first.error;
      const second = await attempt(deadlineMs, work);
      if ('value' in second) return second.value;
      throw second.error;
    },
    close: drop,
  };
}

/** Throws `workflow-unreachable`: what can be wrong with the secret is for its keeper to mend, and no fault of what waits. */
async function credentialsIn(
  secret: PlatformSecret,
  when: 'now' | 'lately',
): Promise<TemporalCredentials> {
  try {
    return parseTemporalCredentials(await (when === 'now' ? secret.refresh() : secret.read()));
  } catch (error) {
    throw notAsked(error);
  }
}

/** Nothing reached the server. The reason is a code or a name: a message might quote what is secret. */
function notAsked(cause: unknown): DomainError {
  const name = cause instanceof Error ? cause.name : 'unknown';
  const error = new DomainError(
    'workflow-unreachable',
    'dependency',
    'The case could not be asked. Repeat the request with the same Idempotency-Key.',
    { reason: cause instanceof DomainError ? cause.code : name },
  );
  error.cause = cause;
  return error;
}

/**
 * Closes a link once nobody uses it. The client's own retries run in timers: one that finds its channel closed throws where nobody
 * can catch it, and takes the whole process down.
 */
async function retire(it: Link): Promise<void> {
  it.isRetired = true;
  if (it.calls === 0) await it.connection.close().catch(() => undefined);
}
