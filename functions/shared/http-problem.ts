import {
  isProblemCode,
  PROBLEM_MEDIA_TYPE,
  PROBLEMS,
  type Problem,
  type ProblemCode,
  type ProblemItem,
  problemType,
} from '../../contracts/problem.ts';
import { DomainError, type Fault } from '../../domain/errors.ts';

/** An error that the HTTP border itself finds: a listed code, and where the request is wrong. */
export class HttpProblem extends Error {
  readonly code: ProblemCode;
  readonly errors: readonly ProblemItem[];
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    code: ProblemCode,
    detail: string,
    more: { errors?: readonly ProblemItem[]; headers?: Readonly<Record<string, string>> } = {},
  ) {
    super(detail);
    this.name = 'HttpProblem';
    this.code = code;
    this.errors = more.errors ?? [];
    this.headers = more.headers ?? {};
  }
}

/** What an answer needs to know of its request. */
export interface RequestTrace {
  requestId: string;
  path: string;
}

/** An answer as API Gateway takes it (payload 2.0). */
export interface HttpAnswer {
  statusCode: number;
  headers: Record<string, string>;
  body: string;
}

const RETRY_AFTER_S = '5';

/** Unlisted codes are answered by whose fault they are. A refusal of the law is a conflict (design §5). */
const STATUS_BY_FAULT: Record<Fault, number> = {
  caller: 400,
  conflict: 409,
  dependency: 503,
  bug: 500,
};

const TITLE_BY_FAULT: Record<Fault, string> = {
  caller: 'The request cannot be served',
  conflict: 'The request does not fit what has happened',
  dependency: 'Something this needs is not there right now',
  bug: PROBLEMS['internal-error'].title,
};

/** The store's failures by the names that its client gives them: later is better than never. */
const STORE_FAILURES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ETIMEDOUT',
  'EPIPE',
  'ENOTFOUND',
  'InternalServerError',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'ServiceUnavailable',
  'ThrottlingException',
  'TransactionInProgressException',
]);

/** The one map from errors to problem answers. Bugs keep their words to themselves: they go to the log. */
export function problemAnswer(error: unknown, trace: RequestTrace): HttpAnswer {
  const { code, status, title, detail, errors, faults, headers } = describe(error);
  const problem: Problem = {
    type: problemType(code),
    title,
    status,
    detail,
    instance: trace.path,
    code,
    requestId: trace.requestId,
    ...(errors.length > 0 && { errors }),
    ...(faults.length > 0 && { faults }),
  };
  return {
    statusCode: status,
    headers: {
      'content-type': PROBLEM_MEDIA_TYPE,
      ...(status === 503 && { 'retry-after': RETRY_AFTER_S }),
      ...(status === 401 && { 'www-authenticate': challenge(code) }),
      ...headers,
    },
    body: JSON.stringify(problem),
  };
}

interface Described {
  code: string;
  status: number;
  title: string;
  detail: string;
  errors: readonly ProblemItem[];
  faults: readonly string[];
  headers: Readonly<Record<string, string>>;
}

const PLAIN = { errors: [], faults: [], headers: {} } as const;

function describe(error: unknown): Described {
  if (error instanceof HttpProblem)
    return listed(error.code, error.message, { ...error, faults: [] });
  if (error instanceof DomainError) {
    const isBug = error.fault === 'bug';
    if (!isBug && isProblemCode(error.code))
      return listed(error.code, error.message, { ...PLAIN, faults: faultsOf(error) });
    if (!isBug) return unlisted(error);
    return internalError();
  }
  const name = nameOf(error);
  if (name === 'TimeoutError') {
    return listed('timed-out', 'The answer took longer than it may take.');
  }
  if (STORE_FAILURES.has(name)) {
    return listed('store-unreachable', 'The store did not answer in time.');
  }
  return internalError();
}

function listed(
  code: ProblemCode,
  detail: string,
  more: Pick<Described, 'errors' | 'faults' | 'headers'> = PLAIN,
): Described {
  const { status, title } = PROBLEMS[code];
  const { errors, faults, headers } = more;
  return { code, status, title, detail, errors, faults, headers };
}

/** What is wrong with a policy, fault by fault; nobody else says it in words. */
function faultsOf({ code, details }: DomainError): readonly string[] {
  const { faults } = details;
  return code === 'policy-invalid' && Array.isArray(faults) ? faults : [];
}

function unlisted(error: DomainError): Described {
  return {
    code: error.code,
    status: STATUS_BY_FAULT[error.fault],
    title: TITLE_BY_FAULT[error.fault],
    detail: error.message,
    ...PLAIN,
  };
}

function internalError(): Described {
  return listed('internal-error', 'This is not your fault. Report the request id.');
}

/** Name or system code of an error, whichever says more. */
function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}

function challenge(code: string): string {
  return code === 'token-missing' ? 'Bearer' : 'Bearer error="invalid_token"';
}
