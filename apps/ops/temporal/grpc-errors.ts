import { DomainError } from '../../../domain/errors.ts';

/** Codes of gRPC that we act on. */
export const GRPC = {
  cancelled: 1,
  unknown: 2,
  invalidArgument: 3,
  deadlineExceeded: 4,
  notFound: 5,
  alreadyExists: 6,
  permissionDenied: 7,
  resourceExhausted: 8,
  failedPrecondition: 9,
  aborted: 10,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  unauthenticated: 16,
} as const;

/** What may pass by itself. */
const PASSING: readonly number[] = [
  GRPC.cancelled,
  GRPC.unknown,
  GRPC.deadlineExceeded,
  GRPC.resourceExhausted,
  GRPC.aborted,
  GRPC.internal,
  GRPC.unavailable,
];

const DENIED: readonly number[] = [GRPC.permissionDenied, GRPC.unauthenticated];

/** Whether an error of the server has one of these gRPC codes. */
export function hasCode(error: unknown, ...codes: readonly number[]): boolean {
  return codes.includes(answerIn(error)?.code ?? -1);
}

/** The server's own words for a failure, else the client's. */
export function reasonOf(error: unknown): string {
  return answerIn(error)?.words ?? (error instanceof Error ? error.message : String(error));
}

/** Whether the server has no namespace of this name; other things that it does not find have the same code. */
export function isNamespaceUnknown(error: unknown): boolean {
  return hasCode(error, GRPC.notFound) && /^namespace /i.test(reasonOf(error));
}

/** What the server answered: its code and its own words. The client may have put it below an error of its own. */
function answerIn(error: unknown): { readonly code: number; readonly words: string } | null {
  if (!(error instanceof Error)) return null;
  if (!('code' in error) || typeof error.code !== 'number') return answerIn(error.cause);
  const isTold = 'details' in error && typeof error.details === 'string' && error.details !== '';
  return { code: error.code, words: isTold ? String(error.details) : error.message };
}

/**
 * What a failed call means to whoever runs the command: `temporal-refused` (conflict) with what to look at, or `temporal-unreachable`
 * (dependency) for what may pass. Errors that no server answered with are returned unchanged.
 */
export function explained(error: unknown, namespace: string): unknown {
  const answer = error instanceof DomainError ? null : answerIn(error);
  if (answer === null) return error;
  const { code, words: reason } = answer;
  if (DENIED.includes(code)) return refused(askedBy(namespace), reason);
  if (PASSING.includes(code)) {
    const message =
      'Temporal did not answer in time, or could not. Run the command again: what is already done stays so.';
    return new DomainError('temporal-unreachable', 'dependency', message, { reason });
  }
  if (code === GRPC.unimplemented)
    return refused('This server does not know what was asked of it: it is too old.', reason);
  if (isNamespaceUnknown(error))
    return refused(`There is no namespace ${namespace}: ${MAKE_IT}.`, reason);
  return refused('Temporal refuses this. Check what the command was given.', reason);
}

const MAKE_IT = 'check TEMPORAL_NAMESPACE, or make it with `ops temporal setup`';

function askedBy(namespace: string): string {
  return `Temporal does not let these credentials do this in the namespace ${namespace}. Check TEMPORAL_NAMESPACE, that TEMPORAL_SECRET or TEMPORAL_API_KEY holds what Temporal has issued for it, and what its account may do.`;
}

function refused(message: string, reason: string): DomainError {
  return new DomainError('temporal-refused', 'conflict', message, { reason });
}
