import { NativeConnection, type NativeConnectionOptions } from '@temporalio/worker';
import {
  needsNewConnection,
  parseTemporalCredentials,
  type TemporalCredentials,
  temporalTls,
} from '../../contracts/temporal-credentials.ts';
import type { PlatformSecret } from '../../domain/ports/platform-secret.ts';

/** Where the Temporal server is and what it is shown. */
export interface TemporalAccess {
  readonly address: string;
  readonly apiKey?: string;
  /** The server is asked over TLS though it wants no credentials. */
  readonly tls?: true;
  /** Where its credentials are kept. */
  readonly secret?: PlatformSecret;
}

/** A connection, and how it is kept up with its credentials. */
export interface OwnConnection {
  readonly connection: NativeConnection;
  /**
   * Looks for rotated credentials until `stop`. A new API key is shown from then on; a new certificate needs a new connection, which a
   * running worker cannot take: `onReplaced` is called once, some time after it was seen.
   */
  watch(onReplaced: () => void, rhythm?: WatchRhythm): { stop(): void };
}

/** How often credentials are looked at, and over what time workers that see a new certificate spread their stops. */
export interface WatchRhythm {
  readonly everyMs?: number;
  readonly spreadMs?: number;
  /** From 0 to below 1: which part of the spread this worker waits. */
  readonly random?: () => number;
}

const LOOK_EVERY_MS = 60_000;

/** All workers see a new certificate in the same minute, and must not all stop in it; within ten minutes none shows the old one. */
const SPREAD_MS = 300_000;

/** Connects a worker to Temporal. Throws `temporal-secret-invalid`, `secret-unreachable`, or what the connection says. */
export async function connectTemporal(access: TemporalAccess): Promise<OwnConnection> {
  const { secret } = access;
  const credentials = secret === undefined ? null : parseTemporalCredentials(await secret.read());
  const connection = await NativeConnection.connect({
    address: access.address,
    ...shownBy(access, credentials),
  });
  return {
    connection,
    watch: (onReplaced, rhythm = {}) =>
      secret === undefined || credentials === null
        ? { stop: () => {} }
        : watchSecret(connection, secret, credentials, onReplaced, rhythm),
  };
}

function shownBy(
  access: TemporalAccess,
  credentials: TemporalCredentials | null,
): Pick<NativeConnectionOptions, 'apiKey' | 'tls'> {
  const apiKey = credentials === null ? access.apiKey : (credentials.apiKey ?? undefined);
  const tls = temporalTls(access, credentials);
  return { ...(apiKey !== undefined && { apiKey }), ...(tls !== undefined && { tls }) };
}

/** Looks at the secret again and again; see `OwnConnection.watch`. */
export function watchSecret(
  connection: Pick<NativeConnection, 'setApiKey'>,
  secret: PlatformSecret,
  first: TemporalCredentials,
  onReplaced: () => void,
  rhythm: WatchRhythm,
): { stop(): void } {
  const { everyMs = LOOK_EVERY_MS, spreadMs = SPREAD_MS, random = Math.random } = rhythm;
  let present = first;
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;

  /** Says whether there is more to look for. */
  async function look(): Promise<boolean> {
    const now = parseTemporalCredentials(await secret.refresh());
    if (isOver) return false;
    if (needsNewConnection(present, now)) {
      timer = setTimeout(onReplaced, random() * spreadMs);
      timer.unref();
      return false;
    }
    if (now.apiKey !== null && now.apiKey !== present.apiKey) {
      await connection.setApiKey(now.apiKey);
      present = now;
    }
    return true;
  }

  /** One look after the other: two at a time would tell of the same thing twice. */
  function lookLater(): void {
    timer = setTimeout(async () => {
      const goesOn = await look().catch((error: unknown) => {
        // What was shown so far may still be good.
        console.warn('The credentials for Temporal were not read:', error);
        return true;
      });
      if (goesOn && !isOver) lookLater();
    }, everyMs);
    timer.unref();
  }

  lookLater();
  return {
    stop() {
      isOver = true;
      clearTimeout(timer);
    },
  };
}
