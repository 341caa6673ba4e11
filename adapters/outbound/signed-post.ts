import { lookup as resolveName } from 'node:dns';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { isPrivateAddress } from './private-addresses.ts';

/** One POST to an address that somebody else chose. */
export interface OutboundPost {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly timeoutMs: number;
  /** Refuse addresses that are not public, also when a name resolves to one: the address that was checked is the one called. */
  readonly refusePrivate: boolean;
}

class PrivateAddressError extends Error {
  override readonly name = 'PrivateAddressError';
}

/**
 * Sends a POST to an http or https address and returns the status of the answer, whose body is not read. Redirects are not
 * followed, and connections are not kept: each is checked anew. Throws with a message that says why nothing was answered.
 */
export function post(options: OutboundPost): Promise<number> {
  const url = URL.canParse(options.url) ? new URL(options.url) : null;
  if (url === null || !['http:', 'https:'].includes(url.protocol)) {
    return Promise.reject(new Error('the address is no http or https URL'));
  }
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (options.refusePrivate && isIP(host) !== 0 && isPrivateAddress(host)) {
    return Promise.reject(new PrivateAddressError(`${host} is not a public address`));
  }
  const send = url.protocol === 'https:' ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const request = send(
      url,
      {
        method: 'POST',
        headers: { ...options.headers, 'content-length': Buffer.byteLength(options.body) },
        signal: AbortSignal.timeout(options.timeoutMs),
        agent: false,
        ...(options.refusePrivate && { lookup: publicOnly }),
      },
      (answer) => {
        resolve(answer.statusCode ?? 0);
        answer.destroy();
      },
    );
    request.on('error', (error) => reject(new Error(reasonOf(error, options.timeoutMs))));
    request.end(options.body);
  });
}

/** Resolves a name and refuses it when any of its addresses is not public. */
const publicOnly: LookupFunction = (hostname, options, callback) => {
  resolveName(hostname, { ...options, all: true }, (error, addresses) => {
    if (error) return callback(error, '', 0);
    const [first] = addresses;
    const bad = addresses.find(({ address }) => isPrivateAddress(address));
    if (bad !== undefined || first === undefined) {
      const why = `${hostname} resolves to ${bad?.address ?? 'nothing'}, which is not public`;
      return callback(new PrivateAddressError(why), '', 0);
    }
    if (options.all) return callback(null, addresses);
    return callback(null, first.address, first.family);
  });
};

function reasonOf(error: Error, timeoutMs: number): string {
  if (error instanceof PrivateAddressError) return error.message;
  const cause: unknown = error.cause;
  const timedOut =
    error.name === 'TimeoutError' || (cause instanceof Error && cause.name === 'TimeoutError');
  if (timedOut) return `no answer within ${timeoutMs} ms`;
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}
