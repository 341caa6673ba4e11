import { open, rename } from 'node:fs/promises';
import { DomainError } from '../../domain/errors.ts';
import type { SecretStore } from '../../domain/ports/secret-store.ts';

/** What a key file holds: per secret id its valid secrets, newest first. */
export type KeyFileContent = Readonly<Record<string, readonly string[]>>;

/** Bits by which others than the owner may read or write a file. */
const OTHERS_MAY = 0o077;

function unusable(path: string, why: string, cause?: unknown): DomainError {
  const error = new DomainError('key-file-unusable', 'dependency', `The key file ${why}`, { path });
  error.cause = cause;
  return error;
}

function isContent(value: unknown): value is KeyFileContent {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.values(value).every(
    (secrets) => Array.isArray(secrets) && secrets.every((secret) => typeof secret === 'string'),
  );
}

interface Loaded {
  readonly stamp: string;
  readonly content: KeyFileContent;
}

/** Reads the file through one handle, so that what was checked is what is read. */
async function load(path: string, known: Loaded | undefined): Promise<Loaded> {
  const file = await open(path, 'r').catch((cause: unknown) => {
    throw unusable(path, 'cannot be opened.', cause);
  });
  try {
    const { mode, mtimeMs, ino, size } = await file.stat();
    if (process.platform !== 'win32' && (mode & OTHERS_MAY) !== 0) {
      throw unusable(path, 'may be read by others than its owner: set its mode to 600.');
    }
    const stamp = `${mtimeMs}/${ino}/${size}`;
    if (known?.stamp === stamp) return known;
    const content: unknown = parse(path, await file.readFile('utf8'));
    if (!isContent(content)) throw unusable(path, 'is not an object of lists of texts.');
    return { stamp, content };
  } finally {
    await file.close();
  }
}

function parse(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's message quotes the text, and the text is secret.
    throw unusable(path, 'is not JSON.');
  }
}

/**
 * Secrets from a JSON file of mode 600, for one machine: `{"source/prometheus": ["newest", "older"]}`. Read at the first
 * question and again when it changes, so a rotation needs no restart. Throws `key-file-unusable`.
 */
export function createKeyFile(path: string): SecretStore {
  let loaded: Loaded | undefined;
  return {
    async secrets(secretId) {
      loaded = await load(path, loaded);
      return Object.hasOwn(loaded.content, secretId) ? [...(loaded.content[secretId] ?? [])] : [];
    },
  };
}

/** Writes a key file whole, readable by its owner only; a reader sees the old one or the new one. */
export async function writeKeyFile(path: string, content: KeyFileContent): Promise<void> {
  const draft = `${path}.${process.pid}.new`;
  const file = await open(draft, 'w', 0o600);
  try {
    // The mode of `open` counts for new files only.
    await file.chmod(0o600);
    await file.writeFile(`${JSON.stringify(content, null, 2)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(draft, path);
}
