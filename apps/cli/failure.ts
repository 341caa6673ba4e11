import { LAW_PROBLEMS } from '../../contracts/law-problems.ts';
import { isProblemCode, PROBLEMS } from '../../contracts/problem.ts';

/** How the command ends, for scripts. */
export const EXIT = {
  ok: 0,
  failure: 1,
  usage: 2,
  notFound: 3,
  /** By permission, or by the law. */
  refused: 4,
  conflict: 5,
  /** Try again later. */
  temporary: 75,
} as const;

/** An answer that is a problem. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
  readonly status: number;
  readonly code: string;
  readonly content: unknown;
  /** What is wrong with a policy, a sentence each. */
  readonly faults: readonly string[];

  constructor(status: number, content: unknown, text: string) {
    const of = (name: string): string => {
      const value: unknown =
        typeof content === 'object' && content !== null ? Reflect.get(content, name) : undefined;
      return typeof value === 'string' ? value : '';
    };
    const faults: unknown =
      typeof content === 'object' && content !== null ? Reflect.get(content, 'faults') : [];
    const title = of('title') || `HTTP ${status}`;
    super([title, of('detail') || text.slice(0, 500)].filter(Boolean).join(': '));
    this.status = status;
    this.code = of('code');
    this.content = content;
    this.faults = Array.isArray(faults) ? faults.map(String) : [];
  }
}

/** There was no answer. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable';
  /** Key with which the action can be repeated; null for a read. */
  readonly idempotencyKey: string | null;

  constructor(url: string, idempotencyKey: string | null, cause: unknown) {
    super(`There is no answer from ${url}.`, { cause });
    this.idempotencyKey = idempotencyKey;
  }
}

/** The exit code of a failure. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof Unreachable) return EXIT.temporary;
  if (!(error instanceof ApiProblem)) return EXIT.failure;
  const { status, code } = error;
  if (status === 404) return EXIT.notFound;
  if (status === 401 || status === 403 || Object.hasOwn(LAW_PROBLEMS, code)) return EXIT.refused;
  if (status === 409 || status === 422) return EXIT.conflict;
  if (status === 429 || status === 503 || status === 504) return EXIT.temporary;
  return status === 400 ? EXIT.usage : EXIT.failure;
}

/** What a person is told: what happened, its code, and the next step. */
export function explain(error: unknown): string {
  if (error instanceof Unreachable) {
    const { idempotencyKey } = error;
    const next =
      idempotencyKey === null
        ? 'Is the API running there? See --url.'
        : `Repeat it safely with --idempotency-key ${idempotencyKey}`;
    return `${error.message}\n${next}`;
  }
  if (!(error instanceof ApiProblem)) return error instanceof Error ? error.message : String(error);
  const advice = isProblemCode(error.code) ? `\n${PROBLEMS[error.code].advice}` : '';
  const faults = error.faults.map((fault) => `\n  ${fault}`).join('');
  return `${error.message}${error.code ? ` (${error.code})` : ''}${faults}${advice}`;
}
