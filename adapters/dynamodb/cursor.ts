import { DomainError } from '../../domain/errors.ts';

const CURSOR_VERSION = 1;
const MAX_CURSOR_LENGTH = 2_048;

function invalid(): DomainError {
  return new DomainError(
    'cursor-invalid',
    'caller',
    'The cursor is not one of this list. Start again without a cursor, or use the last one unchanged.',
  );
}

/** Makes an opaque cursor for one list, named by `scope`: a position means nothing in another list. */
export function encodeCursor(scope: string, position: unknown): string {
  const text = JSON.stringify({ v: CURSOR_VERSION, scope, position });
  return Buffer.from(text, 'utf8').toString('base64url');
}

/**
 * Reads a cursor of the list `scope`; undefined without one. `isPosition` checks the shape, for a cursor comes from outside.
 * Throws `cursor-invalid`.
 */
export function decodeCursor<P>(
  cursor: string | undefined,
  scope: string,
  isPosition: (value: unknown) => value is P,
): P | undefined {
  if (cursor === undefined) return undefined;
  if (cursor.length > MAX_CURSOR_LENGTH || !/^[A-Za-z0-9_-]+$/.test(cursor)) throw invalid();
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    throw invalid();
  }
  if (typeof value !== 'object' || value === null) throw invalid();
  const { v, scope: of, position } = value as Record<string, unknown>;
  if (v !== CURSOR_VERSION || of !== scope || !isPosition(position)) throw invalid();
  return position;
}

/** Whether a value is an instant as indexes sort them. */
export function isInstant(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

/** Whether a value is a text that fits into a key. */
export function isKeyText(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= 1_000;
}
