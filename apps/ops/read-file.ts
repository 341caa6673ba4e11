import { readFileSync } from 'node:fs';
import { DomainError } from '../../domain/errors.ts';

/** The text of a file; `-` is what is piped in. Throws `file-unreadable` (caller). */
export function readText(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new DomainError('file-unreadable', 'caller', `${file} cannot be read: ${why}`);
  }
}

/** The JSON of a file. Throws `file-unreadable` (caller). */
export function readJson(file: string): unknown {
  const text = readText(file);
  try {
    return JSON.parse(text);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new DomainError('file-unreadable', 'caller', `${file} is not JSON: ${why}`);
  }
}
