import { randomUUID } from 'node:crypto';
import type { Operation } from '../../contracts/http/operation.ts';
import { needsIdempotencyKey } from '../../contracts/http/operation.ts';
import { ApiProblem, Unreachable } from './failure.ts';

/** Where the API is, and who asks. */
export interface Connection {
  readonly url: string;
  /** Empty for what is public. */
  readonly token: string;
  /** Key of an action; the same one repeats it safely. A new one if absent. */
  readonly idempotencyKey?: string | undefined;
}

/** One call of an operation of the contract. */
export interface ApiCall {
  readonly operation: Pick<Operation, 'method' | 'path'>;
  readonly params?: Readonly<Record<string, string>>;
  /** Undefined values are left out. */
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly body?: unknown;
}

const TIMEOUT_MS = 30_000;

/**
 * Calls one operation and returns the JSON of its answer. Throws `ApiProblem` for an answer that is a problem and `Unreachable` when
 * there is no answer; then the action may have been taken, and its key repeats it safely.
 */
export async function callApi(connection: Connection, call: ApiCall): Promise<unknown> {
  const key = connection.idempotencyKey ?? randomUUID();
  const answer = await send(connection, call, key);
  const text = await answer.text();
  const content = parse(text);
  if (answer.ok && content !== undefined) return content;
  throw new ApiProblem(answer.status, content, text);
}

async function send(connection: Connection, call: ApiCall, key: string): Promise<Response> {
  const { operation, body } = call;
  try {
    return await fetch(addressOf(connection.url, call), {
      method: operation.method,
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
      headers: {
        accept: 'application/json',
        ...(connection.token !== '' && { authorization: `Bearer ${connection.token}` }),
        ...(needsIdempotencyKey(operation) && { 'idempotency-key': key }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  } catch (cause) {
    throw new Unreachable(connection.url, needsIdempotencyKey(operation) ? key : null, cause);
  }
}

function addressOf(base: string, { operation, params = {}, query = {} }: ApiCall): URL {
  const path = operation.path.replace(/\{(\w+)\}/g, (_, name) =>
    encodeURIComponent(params[name] ?? ''),
  );
  const url = new URL(base.replace(/\/+$/, '') + path);
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) url.searchParams.set(name, value);
  }
  return url;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
