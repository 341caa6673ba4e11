import { LAW_PROBLEMS, POLICY_PROBLEMS, type ProblemSpec } from './law-problems.ts';
import { MONEY_PROBLEMS } from './money-problems.ts';

export type { ProblemSpec };

/** Media type of every error answer (RFC 9457). */
export const PROBLEM_MEDIA_TYPE = 'application/problem+json';

/** One value that is wrong: where it is (JSON pointer, or `/query/…`, `/path/…`, `/headers/…`) and why. */
export interface ProblemItem {
  readonly pointer: string;
  readonly code: string;
}

/** Body of an error answer (RFC 9457). `code` is stable; `detail` is for people and may change. */
export interface Problem {
  /** Stable path of the kind of error: `/problems/{code}`. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  /** Path of the request. */
  readonly instance: string;
  readonly code: string;
  readonly requestId: string;
  readonly errors?: readonly ProblemItem[];
  /** What is wrong with a policy, a sentence each. */
  readonly faults?: readonly string[];
}

/** Errors of the request itself, found before anything is read or written. */
const REQUEST_PROBLEMS = {
  'malformed-json': {
    status: 400,
    title: 'The body is not JSON',
    advice: 'Send UTF-8 JSON as described in the OpenAPI document.',
  },
  'invalid-request': {
    status: 400,
    title: 'The request does not fit the contract',
    advice: 'Correct the values that `errors` names; compare with the OpenAPI document.',
  },
  'cursor-invalid': {
    status: 400,
    title: 'The cursor is not one of ours',
    advice: 'Use `nextCursor` of the page before, unchanged and with the same filters.',
  },
  'idempotency-key-missing': {
    status: 400,
    title: 'The Idempotency-Key is missing',
    advice: 'Send a new `Idempotency-Key` with each action and the same one with each retry.',
  },
  'idempotency-key-invalid': {
    status: 400,
    title: 'The Idempotency-Key is not usable',
    advice: 'Use 8 to 128 printable ASCII characters without spaces, for example a UUID.',
  },
  'delivery-malformed': {
    status: 400,
    title: 'The body is not a delivery of this kind of source',
    advice:
      'Compare it with the guide of the source; alerts that are wrong one by one do not cause this.',
  },
  'body-too-large': {
    status: 413,
    title: 'The body is too large',
    advice: 'Send less in one request; the limit is in `detail`.',
  },
  'unsupported-media-type': {
    status: 415,
    title: 'The body is not declared as JSON',
    advice: 'Send `Content-Type: application/json`.',
  },
  'route-unknown': {
    status: 404,
    title: 'There is no such path',
    advice: 'Look the path up in `/v1/openapi.json`.',
  },
  'method-not-allowed': {
    status: 405,
    title: 'The path does not have this method',
    advice: 'Use one of the methods in the `Allow` header.',
  },
  'amount-invalid': {
    status: 422,
    title: 'The amount is not valid',
    advice:
      'Send whole base units as a string of at most 38 decimal digits, above zero, without sign, point or leading zeros.',
  },
  'asset-mismatch': {
    status: 422,
    title: 'The asset is not the one of this account',
    advice: 'Use the asset that the ledger of the participant names.',
  },
  'resources-too-many': {
    status: 422,
    title: 'The participant would have too many resources',
    advice: 'Send fewer resources in one request; the limits are in `detail`.',
  },
  'earned-later': {
    status: 422,
    title: 'The reward would be earned in the future',
    advice: 'Credit a reward once it is earned; check `earnedAt` and its time zone.',
  },
  'channel-missing': {
    status: 422,
    title: 'The participant has no channel for notices',
    advice: 'Register at least one endpoint that notices are delivered to (rule A7).',
  },
  'endpoint-url-invalid': {
    status: 422,
    title: 'The endpoint is not an http or https URL',
    advice: 'Send an absolute http or https URL without user name, password and fragment.',
  },
} as const satisfies Record<string, ProblemSpec>;

/** Errors of who asks. */
const ACCESS_PROBLEMS = {
  'token-missing': {
    status: 401,
    title: 'Nobody is signed in',
    advice: 'Send `Authorization: Bearer <token>` with a token of the configured issuer.',
  },
  'token-invalid': {
    status: 401,
    title: 'The token is not valid',
    advice: 'Get a new token; issuer, audience, signature and time must be right.',
  },
  'token-claims-invalid': {
    status: 401,
    title: 'The token lacks what it must say',
    advice: 'Have the issuer send the claims that docs/reference/errors.md lists for this code.',
  },
  'role-missing': {
    status: 403,
    title: 'The role does not allow this',
    advice: 'Ask someone with one of the roles in `detail`.',
  },
  'governor-needed': {
    status: 403,
    title: 'Only a governor may do this',
    advice: 'Ask a governor outside the conflict set of the case (rule E1).',
  },
  'reviewer-needed': {
    status: 403,
    title: 'Only a reviewer may do this',
    advice: 'Ask a reviewer outside the conflict set of the case (rule E1).',
  },
  'source-unknown': {
    status: 404,
    title: 'There is no such source',
    advice: 'Check the source id in the address that the monitor posts to.',
  },
  'signature-invalid': {
    status: 401,
    title: 'The delivery is not from this source',
    advice: 'Check the credentials or the signing secret of the sender.',
  },
  'source-disabled': {
    status: 403,
    title: 'The source is disabled',
    advice: 'Enable the source, or stop sending.',
  },
} as const satisfies Record<string, ProblemSpec>;

/** Things that are not there, or not for this caller: the two answers are the same, so that nothing leaks. */
const ABSENCE_PROBLEMS = {
  'case-unknown': { status: 404, title: 'There is no such case', advice: 'Check the case id.' },
  'participant-unknown': {
    status: 404,
    title: 'There is no such participant',
    advice: 'Check the participant id.',
  },
  'notice-unknown': {
    status: 404,
    title: 'There is no such notice',
    advice: 'Check the notice id in the list of notices.',
  },
  'receipt-unknown': {
    status: 404,
    title: 'There is no such receipt',
    advice: 'Check the receipt id that the 202 answer carried.',
  },
  'incident-unknown': {
    status: 404,
    title: 'There is no such incident',
    advice: 'Check the incident id in the list of incidents.',
  },
  'withdrawal-unknown': {
    status: 404,
    title: 'There is no such withdrawal',
    advice: 'Check the id in the list of withdrawals.',
  },
  'proposal-unknown': {
    status: 404,
    title: 'The case has no such open proposal',
    advice: 'Read the case again: `proposal` names the one that is open.',
  },
} as const satisfies Record<string, ProblemSpec>;

/** Conflicts with what has happened before. Nothing was changed. */
const CONFLICT_PROBLEMS = {
  'delivery-id-reused': {
    status: 422,
    title: 'The webhook-id was used for another body',
    advice: 'Take a new `webhook-id` for a new delivery; repeat a delivery with its exact body.',
  },
  'idempotency-key-reused': {
    status: 422,
    title: 'The Idempotency-Key was used for another request',
    advice: 'Take a new key for a new action; repeat an action with its exact body.',
  },
  'participant-exists': {
    status: 409,
    title: 'The participant is registered differently',
    advice: 'Choose another participant id, or read what is registered.',
  },
  'control-group-suspended': {
    status: 409,
    title: 'The control group is suspended',
    advice:
      'Bring its access back first (rule C4): no other id registers for a suspended group (rule C8).',
  },
  'control-group-excluded': {
    status: 409,
    title: 'The control group is excluded',
    advice:
      'Only an overturned dispute or a readmission ends an exclusion (rule C5); no other id gets around it (rule C8).',
  },
  'resource-taken': {
    status: 409,
    title: 'The resource belongs to another participant',
    advice: 'Check the resource id; a resource has one owner.',
  },
  'external-ref-reused': {
    status: 409,
    title: 'The external reference was used for another booking',
    advice:
      'Give each deposit, reward, payout, withdrawal and report its own reference; a repeat has the same body.',
  },
  'case-ended': {
    status: 409,
    title: 'The case has ended',
    advice: 'Read its outcome; only notes can be added while settlement runs.',
  },
  'case-workflow-gone': {
    status: 409,
    title: 'The case is closed',
    advice: 'Its episode and settlement are over; nothing can be added.',
  },
  'wrong-stage': {
    status: 409,
    title: 'The case is in another stage',
    advice: 'Read the case: `stage` and `waitsFor` say what it waits for.',
  },
  'violation-open': {
    status: 409,
    title: 'The violation is still open',
    advice:
      'Correct it first; the case goes on by itself once the alerts cleared and stayed clear.',
  },
} as const satisfies Record<string, ProblemSpec>;

/** Failures that are not the caller's. */
const OUR_PROBLEMS = {
  'internal-error': {
    status: 500,
    title: 'Something is broken here',
    advice: 'Report the request id; repeat later with the same Idempotency-Key.',
  },
  'action-failed': {
    status: 503,
    title: 'The action could not be recorded',
    advice: 'Nothing was changed. Send the action again with a new Idempotency-Key.',
  },
  'workflow-unreachable': {
    status: 503,
    title: 'The case cannot be asked right now',
    advice:
      'Repeat with the same Idempotency-Key after `Retry-After` seconds; nothing is done twice.',
  },
  'store-unreachable': {
    status: 503,
    title: 'The records cannot be read right now',
    advice:
      'Repeat with the same Idempotency-Key after `Retry-After` seconds; nothing is done twice.',
  },
  'key-unreachable': {
    status: 503,
    title: 'The key that seals cannot be used right now',
    advice:
      'Repeat with the same Idempotency-Key after `Retry-After` seconds; nothing is done twice.',
  },
  'issuer-unreachable': {
    status: 503,
    title: 'Tokens cannot be checked right now',
    advice: 'Repeat after `Retry-After` seconds; the keys of the issuer could not be fetched.',
  },
  'policy-missing': {
    status: 503,
    title: 'No policy is in force yet',
    advice: 'Have an administrator publish one, then repeat with the same Idempotency-Key.',
  },
  'timed-out': {
    status: 503,
    title: 'The answer took too long',
    advice:
      'Repeat with the same Idempotency-Key after `Retry-After` seconds; nothing is done twice.',
  },
  'rate-limited': {
    status: 429,
    title: 'Too much at once',
    advice: 'Send the delivery again after `Retry-After` seconds, with the same `webhook-id`.',
  },
  overloaded: {
    status: 503,
    title: 'Too much at once',
    advice: 'Repeat after `Retry-After` seconds.',
  },
} as const satisfies Record<string, ProblemSpec>;

/** The one list of errors: code → status, name and advice. `docs/reference/errors.md` is made from it. */
export const PROBLEMS = {
  ...REQUEST_PROBLEMS,
  ...ACCESS_PROBLEMS,
  ...ABSENCE_PROBLEMS,
  ...CONFLICT_PROBLEMS,
  ...MONEY_PROBLEMS,
  ...LAW_PROBLEMS,
  ...POLICY_PROBLEMS,
  ...OUR_PROBLEMS,
} as const satisfies Record<string, ProblemSpec>;

/** A listed code. */
export type ProblemCode = keyof typeof PROBLEMS;

/** The same list in groups, in reading order. */
export const PROBLEM_GROUPS: readonly (readonly [string, Readonly<Record<string, ProblemSpec>>])[] =
  [
    ['The request', REQUEST_PROBLEMS],
    ['Who asks', ACCESS_PROBLEMS],
    ['Not there', ABSENCE_PROBLEMS],
    ['Conflicts', CONFLICT_PROBLEMS],
    ['Money and resources', MONEY_PROBLEMS],
    ['Refused by the law', LAW_PROBLEMS],
    ['The law itself', POLICY_PROBLEMS],
    ['Our side', OUR_PROBLEMS],
  ];

/** Whether a code is listed; an unlisted one is treated by the fault of its error. */
export function isProblemCode(code: string): code is ProblemCode {
  return Object.hasOwn(PROBLEMS, code);
}

/** Stable path of a kind of error, the `type` of its answers. */
export function problemType(code: string): string {
  return `/problems/${code}`;
}
