import * as z from 'zod';
import type { ProblemCode } from '../problem.ts';
import type { OperationId } from './roles.ts';

/** One operation of the HTTP contract: the router, the validation and the OpenAPI document are made from it. */
export interface Operation<
  Params extends z.ZodType = z.ZodType,
  Query extends z.ZodType = z.ZodType,
  Body extends z.ZodType = z.ZodType,
  Reply extends z.ZodType = z.ZodType,
> {
  readonly id: OperationId;
  readonly method: 'GET' | 'POST' | 'PUT';
  /** Path with `{name}` for its parameters. */
  readonly path: `/v1/${string}`;
  readonly tag: string;
  readonly summary: string;
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  readonly reply: Reply;
  /** Statuses of success; the first is the usual one. */
  readonly statuses: readonly number[];
  /** Codes beyond those that every operation may answer with. */
  readonly problems: readonly ProblemCode[];
  /** Answers carry an ETag and honour `If-None-Match`. */
  readonly etag: boolean;
}

/** No parameters, and none tolerated: a misspelt filter must not widen the answer. */
export const none = z.strictObject({});

/** No body. */
export const noBody = z.undefined();

interface Draft<P, Q, B, R> {
  id: OperationId;
  method: Operation['method'];
  path: Operation['path'];
  tag: string;
  summary: string;
  params: P;
  query: Q;
  body: B;
  reply: R;
  statuses?: readonly number[];
  problems?: readonly ProblemCode[];
  etag?: boolean;
}

/** Fills in what most operations leave out and keeps the types of the schemas. */
export function defineOperation<
  P extends z.ZodType,
  Q extends z.ZodType,
  B extends z.ZodType,
  R extends z.ZodType,
>(draft: Draft<P, Q, B, R>): Operation<P, Q, B, R> {
  return { statuses: [200], problems: [], etag: false, ...draft };
}

/** Every POST is a person's act and needs an `Idempotency-Key` (design §7). */
export function needsIdempotencyKey(operation: Pick<Operation, 'method'>): boolean {
  return operation.method === 'POST';
}

/** Whether a request must, may or must not have a body. */
export function bodyOf(operation: Pick<Operation, 'body'>): 'required' | 'optional' | 'none' {
  if (operation.body instanceof z.ZodUndefined) return 'none';
  return operation.body.safeParse(undefined).success ? 'optional' : 'required';
}
