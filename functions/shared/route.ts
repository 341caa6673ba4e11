import type * as z from 'zod';
import { needsIdempotencyKey, type Operation } from '../../contracts/http/operation.ts';
import { rolesOf } from '../../contracts/http/roles.ts';
import type { Principal, Role } from '../../domain/principal.ts';
import { canonicalJson } from './canonical.ts';
import { etagOf, matchesEtag } from './etag.ts';
import { HttpProblem } from './http-problem.ts';
import { type BodyCarrier, jsonBody } from './json-body.ts';
import type { TokenVerifier } from './principal.ts';
import { validate } from './validate.ts';

/** What an operation is called with: who asks, and the request as its schemas give it. */
export interface Call<O extends Operation> {
  readonly principal: Principal;
  /** Set when the caller may touch only this participant's records. */
  readonly ownOnly: string | null;
  readonly params: z.output<O['params']>;
  readonly query: z.output<O['query']>;
  readonly body: z.output<O['body']>;
  /** The `Idempotency-Key`; empty where none is needed. */
  readonly key: string;
  readonly nowMs: number;
}

/** What an operation answers; the status is the operation's usual one unless it says otherwise. */
export interface Reply<O extends Operation> {
  readonly body: z.input<O['reply']>;
  readonly status?: number;
}

/** One operation with what serves it; the router and the log need no more of the operation. */
export interface BoundRoute {
  readonly operation: Pick<Operation, 'method' | 'path'> & { readonly id: string };
  serve(request: RouteRequest): Promise<RouteAnswer>;
}

/** A request as the router hands it on, headers in lower case. */
export interface RouteRequest extends BodyCarrier {
  readonly pathParameters: Readonly<Record<string, string | undefined>>;
  readonly queryStringParameters: Readonly<Record<string, string | undefined>>;
  readonly tokens: TokenVerifier;
  readonly nowMs: number;
  /** Told who asks, for the log. */
  onPrincipal(principal: Principal): void;
}

/** Status, headers and body of a success. */
export interface RouteAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const NOBODY: Principal = {
  account: '',
  person: '',
  organisation: '',
  roles: [],
  participantId: null,
  controlGroup: null,
};

/**
 * Binds an operation to what serves it. The order is fixed: who asks, may they, is the request well-formed, and only then
 * the operation; so nobody without a role learns anything, and a refused request has changed nothing.
 */
export function route<O extends Operation>(
  operation: O,
  handle: (call: Call<O>) => Promise<Reply<O>>,
): BoundRoute {
  return {
    operation,
    async serve(request) {
      const { principal, ownOnly } = await admit(operation, request);
      const params = validate(operation.params, decoded(request.pathParameters), '/path');
      const query = validate(operation.query, request.queryStringParameters, '/query');
      const key = idempotencyKey(operation, request.headers['idempotency-key']);
      const body = validate(operation.body, jsonBody(request), '/body');
      const reply = await handle({
        principal,
        ownOnly,
        // The schemas of an operation and the types of its call are the same thing twice; here they meet.
        params: params as z.output<O['params']>,
        query: query as z.output<O['query']>,
        body: body as z.output<O['body']>,
        key,
        nowMs: request.nowMs,
      });
      return answerOf(operation, reply, request.headers['if-none-match']);
    },
  };
}

async function admit(
  operation: Operation,
  request: RouteRequest,
): Promise<{ principal: Principal; ownOnly: string | null }> {
  const allowed = rolesOf(operation.id);
  if (allowed === 'public') return { principal: NOBODY, ownOnly: null };
  const principal = await request.tokens.verify(request.headers['authorization'], request.nowMs);
  request.onPrincipal(principal);
  const matching = principal.roles.filter((role) => allowed.includes(role));
  if (matching.length === 0) {
    const wanted = allowed.join(', ');
    throw new HttpProblem('role-missing', `This needs one of the roles: ${wanted}.`);
  }
  return { principal, ownOnly: ownRecordsOnly(matching) ? principal.participantId : null };
}

/** Whoever has no other role for this sees own records only (design §7). */
function ownRecordsOnly(matching: readonly Role[]): boolean {
  return matching.every((role) => role === 'participant');
}

/** The path's values without percent escapes; what cannot be read back stays as it is and fits no id. */
function decoded(values: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const result: Record<string, string> = {};
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined || name === 'proxy') continue;
    try {
      result[name] = decodeURIComponent(value);
    } catch {
      result[name] = value;
    }
  }
  return result;
}

/** Printable ASCII without spaces, 8 to 128 characters. */
const IDEMPOTENCY_KEY = /^[\x21-\x7e]{8,128}$/;

function idempotencyKey(operation: Operation, header: string | undefined): string {
  if (!needsIdempotencyKey(operation)) return '';
  const pointer = '/headers/idempotency-key';
  if (header === undefined) {
    throw new HttpProblem(
      'idempotency-key-missing',
      'Send an `Idempotency-Key` with every action.',
      { errors: [{ pointer, code: 'idempotency-key-missing' }] },
    );
  }
  if (IDEMPOTENCY_KEY.test(header)) return header;
  throw new HttpProblem(
    'idempotency-key-invalid',
    'The `Idempotency-Key` must have 8 to 128 printable ASCII characters without spaces.',
    { errors: [{ pointer, code: 'idempotency-key-invalid' }] },
  );
}

function answerOf<O extends Operation>(
  operation: O,
  reply: Reply<O>,
  ifNoneMatch: string | undefined,
): RouteAnswer {
  const status = reply.status ?? operation.statuses[0] ?? 200;
  if (!operation.etag) {
    const headers = { 'cache-control': 'no-store' };
    return { status, headers, body: JSON.stringify(reply.body) };
  }
  // The store returns the fields of an item in any order; the tag of the same facts must be the same.
  const body = canonicalJson(reply.body);
  const etag = etagOf(body);
  const headers = { etag, 'cache-control': 'private, no-cache' };
  return matchesEtag(ifNoneMatch, etag)
    ? { status: 304, headers, body: '' }
    : { status, headers, body };
}
