import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createKeyFile, writeKeyFile } from './key-file.ts';

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'key-file-'));
  path = join(folder, 'keys.json');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('secrets come newest first; an unknown id has none', async () => {
  const store = createKeyFile(path);
  await writeKeyFile(path, { 'source/a': ['new', 'old'], 'source/b': [] });
  expect(await store.secrets('source/a')).toEqual(['new', 'old']);
  expect(await store.secrets('source/b')).toEqual([]);
  expect(await store.secrets('source/c')).toEqual([]);
  expect(await store.secrets('constructor')).toEqual([]);
});

test('the file is read lazily, and again after a rotation', async () => {
  const store = createKeyFile(path);
  await expect(store.secrets('a')).rejects.toMatchObject({ code: 'key-file-unusable' });
  await writeKeyFile(path, { a: ['one'] });
  expect(await store.secrets('a')).toEqual(['one']);
  await writeKeyFile(path, { a: ['two', 'one'] });
  expect(await store.secrets('a')).toEqual(['two', 'one']);
});

test('a caller cannot change what the next one gets', async () => {
  await writeKeyFile(path, { a: ['one'] });
  const store = createKeyFile(path);
  (await store.secrets('a')).push('forged');
  expect(await store.secrets('a')).toEqual(['one']);
});

test('it is written for its owner only, and refused when others may read it', async () => {
  writeFileSync(path, '{}', { mode: 0o644 });
  chmodSync(path, 0o644);
  await expect(createKeyFile(path).secrets('a')).rejects.toMatchObject({
    code: 'key-file-unusable',
    message: expect.stringContaining('600'),
  });
  await writeKeyFile(path, { a: ['one'] });
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(await createKeyFile(path).secrets('a')).toEqual(['one']);
});

test.each([
  ['not JSON', 'hush-hush'],
  ['a list', '["hush-hush"]'],
  ['null', 'null'],
  ['a secret that is no list', '{"a":"hush-hush"}'],
  ['a number among the secrets', '{"a":["hush-hush",7]}'],
])('%s is refused without telling what is in it', async (_name, text) => {
  writeFileSync(path, text, { mode: 0o600 });
  const error = await createKeyFile(path)
    .secrets('a')
    .catch((caught: unknown) => caught);
  expect(error).toMatchObject({ code: 'key-file-unusable' });
  expect(String(error) + JSON.stringify(error)).not.toContain('hush');
});
