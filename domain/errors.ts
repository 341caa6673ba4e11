/** Whose fault a failure is; each border maps it once (HTTP status, ApplicationFailure, exit code). */
export type Fault = 'caller' | 'conflict' | 'dependency' | 'bug';

/** Data that explains an error to its reader; never secrets, never whole payloads. */
export type ErrorDetails = Record<string, string | number | boolean | null | string[]>;

/** A failure with a stable code. `message` says what is wrong and what to do next. */
export class DomainError extends Error {
  readonly code: string;
  readonly fault: Fault;
  readonly details: ErrorDetails;

  constructor(code: string, fault: Fault, message: string, details: ErrorDetails = {}) {
    super(message);
    this.name = 'DomainError';
    this.code = code;
    this.fault = fault;
    this.details = details;
  }
}

/** Fails loudly when the law's own reasoning is broken: a bug, never a caller's mistake. */
export function invariant(condition: boolean, message: string): asserts condition {
  if (!condition) throw new DomainError('invariant-broken', 'bug', message);
}
