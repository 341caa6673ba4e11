import { DomainError } from '../../domain/errors.ts';

type Sdk = typeof import('@temporalio/client');

/** What the server says of an update that was accepted by a workflow which then ended. */
const ENDED_MEANWHILE = new Set([
  'AcceptedUpdateCompletedWorkflow',
  'workflow execution already completed',
]);

/** Failures of a step that are no refusal: what they say is for the log, not for the caller. */
const OUR_BUGS = new Set([
  'invariant-broken',
  'item-unreadable',
  'step-collision',
  'step-conflict',
]);

/**
 * Turns the client's errors into the domain's. A refusal of the law arrives as an `ApplicationFailure` whose type is the
 * code and whose message is the reason, possibly below other failures.
 */
export function domainErrorOf(
  sdk: Pick<Sdk, 'ApplicationFailure' | 'WorkflowNotFoundError' | 'WorkflowUpdateFailedError'>,
  error: unknown,
): DomainError {
  if (error instanceof DomainError) return error;
  if (error instanceof sdk.WorkflowNotFoundError) return gone();
  if (error instanceof sdk.WorkflowUpdateFailedError) {
    for (let cause = error.cause; cause !== undefined; cause = nextCause(cause)) {
      if (!(cause instanceof sdk.ApplicationFailure)) continue;
      if (ENDED_MEANWHILE.has(cause.type ?? '')) return gone();
      if (OUR_BUGS.has(cause.type ?? '')) break;
      if (cause.type) return new DomainError(cause.type, 'conflict', cause.message);
    }
    return new DomainError('internal-error', 'bug', 'The case could not take this action.');
  }
  if (isRefused(error)) {
    return new DomainError('workflow-refused', 'bug', 'The server refused the message itself.', {
      cause: error instanceof Error ? String(error.cause ?? error.message) : '',
    });
  }
  return new DomainError(
    'workflow-unreachable',
    'dependency',
    'The case could not be asked in time. Repeat the request with the same Idempotency-Key.',
    { cause: rootMessage(error) },
  );
}

/** gRPC's numbers for what repetition cannot mend, and for credentials that the server does not take. */
const INVALID_ARGUMENT = [3];
const DENIED = [7, 16];

function isRefused(error: unknown): boolean {
  return hasGrpcCode(error, INVALID_ARGUMENT);
}

/** Whether the server did not take the credentials that it was shown. */
export function isDenied(error: unknown): boolean {
  return hasGrpcCode(error, DENIED);
}

/** The code may lie below the client's own error. */
function hasGrpcCode(error: unknown, codes: readonly number[]): boolean {
  if (!(error instanceof Error)) return false;
  if ('code' in error && typeof error.code === 'number' && codes.includes(error.code)) return true;
  return hasGrpcCode(error.cause, codes);
}

/** What lies at the bottom: the client's own error says only that it failed. */
function rootMessage(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? rootMessage(error.cause) : error.message;
}

function gone(): DomainError {
  return new DomainError('case-workflow-gone', 'conflict', 'The workflow of this case has ended.');
}

function nextCause(error: Error): Error | undefined {
  return error.cause instanceof Error ? error.cause : undefined;
}
