import type * as z from 'zod';
import { isProblemCode, type ProblemCode, type ProblemItem } from '../../contracts/problem.ts';
import { HttpProblem } from './http-problem.ts';

/** Parts of a request, as pointers name them; the body is the document itself. */
export type RequestPart = '/path' | '/query' | '/body';

/**
 * The value as its schema gives it. Throws `invalid-request` (400) with a pointer per wrong value; when every wrong value has
 * one listed code of its own (such as `amount-invalid`), that code and its status are the answer.
 */
export function validate<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  part: RequestPart,
): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const errors = result.error.issues.flatMap((issue) => itemsOf(issue, part));
  const code = soleCode(errors);
  throw new HttpProblem(code, detailOf(code, errors), { errors });
}

function itemsOf(issue: z.core.$ZodIssue, part: RequestPart): ProblemItem[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      pointer: pointerOf([...issue.path, key], part),
      code: 'unknown-field',
    }));
  }
  const own = isProblemCode(issue.message) ? issue.message : issue.code.replaceAll('_', '-');
  return [{ pointer: pointerOf(issue.path, part), code: own }];
}

function pointerOf(path: readonly PropertyKey[], part: RequestPart): string {
  const steps = path.map((step) => String(step).replaceAll('~', '~0').replaceAll('/', '~1'));
  const prefix = part === '/body' ? '' : part;
  return [prefix, ...steps].join('/') || '/';
}

function soleCode(errors: readonly ProblemItem[]): ProblemCode {
  const codes = new Set(errors.map((item) => item.code));
  const [only] = codes;
  return codes.size === 1 && only !== undefined && isProblemCode(only) ? only : 'invalid-request';
}

function detailOf(code: ProblemCode, errors: readonly ProblemItem[]): string {
  const where = errors.map((item) => item.pointer).join(', ');
  return code === 'invalid-request'
    ? `These values do not fit the contract: ${where}.`
    : `This value is not usable: ${where}.`;
}
