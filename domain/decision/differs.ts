import { canonicalJson } from '../canonical-json.ts';
import { toPlain } from './exact.ts';

/** Characters of a value that a sentence tells. */
const MOST_TOLD = 200;

/** The first place at which two values differ, as a sentence; empty when they are the same. */
export function differs(what: string, again: unknown, recorded: unknown): string[] {
  const [computed, stored] = [again, recorded].map(
    (value): unknown => toPlain(value ?? null).plain,
  );
  const where = firstDifference(computed, stored);
  if (where === null) return [];
  const path = where.path.length > 0 ? `, ${where.path.join('/')}` : '';
  return [`${what}${path}: computed ${short(where.a)}, recorded ${short(where.b)}`];
}

interface Difference {
  path: string[];
  a: unknown;
  b: unknown;
}

function firstDifference(a: unknown, b: unknown, path: string[] = []): Difference | null {
  if (canonicalJson(a ?? null) === canonicalJson(b ?? null)) return null;
  if (!isObject(a) || !isObject(b)) return { path, a, b };
  for (const key of new Set([...Object.keys(a), ...Object.keys(b)].sort())) {
    const inside = firstDifference(a[key], b[key], [...path, key]);
    if (inside !== null) return inside;
  }
  return { path, a, b };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** Enough of a value to recognise it by. */
function short(value: unknown): string {
  const text = canonicalJson(value ?? null);
  return text.length > MOST_TOLD ? `${text.slice(0, MOST_TOLD)}…` : text;
}
