import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { freePort } from '../local/parts/free-port.ts';
import { localStoreAccess } from '../local/parts/store.ts';
import { runOps } from './program.ts';

/** What every command does with input that it cannot use. */

const demo = path.join(import.meta.dirname, '../../policies/demo.json');
const folder = mkdtempSync(path.join(tmpdir(), 'swarm-ops-'));
beforeAll(() => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', localStoreAccess.credentials.accessKeyId);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', localStoreAccess.credentials.secretAccessKey);
});
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

async function ops(words: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const data: string[] = [];
  const talk: string[] = [];
  const code = await runOps(words, env, {
    data: (text) => void data.push(text),
    talk: (text) => void talk.push(text),
  });
  const said = talk.join('\n');
  expect(said).not.toMatch(/^\s+at |node:internal/m);
  return { code, said, data };
}

const store = [
  ['law', 'list'],
  ['law', 'publish', demo],
  ['sources', 'list'],
  ...['sources', 'participants'].flatMap((owner) => [
    [owner, 'secret', 'put', 'one', '--generate'],
    [owner, 'secret', 'rotate', 'one', '--generate'],
    [owner, 'secret', 'retire', 'one'],
  ]),
];
const temporal = [
  ['temporal', 'setup'],
  ['temporal', 'versions'],
  ['temporal', 'current', 'one'],
  ['temporal', 'ramp', 'one', '5'],
  ['temporal', 'rollback'],
];
const named = (all: readonly string[][]) => all.map((words) => [words.join(' '), words] as const);

describe('a command that is not told where the installation is', () => {
  it.each(named(store))('says so: %s', async (_, words) => {
    const { code, said, data } = await ops(words);
    expect([code, data]).toEqual([1, []]);
    expect(said).toContain('error config-invalid: Set TABLE_PREFIX and AWS_REGION as');
  });

  it.each(named(temporal))('says so: %s', async (_, words) => {
    const { code, said, data } = await ops(words);
    expect([code, data]).toEqual([1, []]);
    expect(said).toBe('error config-invalid: Set TEMPORAL_ADDRESS to host:port of the server.');
  });

  it('says when the address of the store is none', async () => {
    const env = { TABLE_PREFIX: 'x-', AWS_REGION: 'eu-west-1', DYNAMODB_ENDPOINT: 'localhost' };
    const { code, said } = await ops(['law', 'list'], env);
    expect([code, said]).toEqual([
      1,
      'error config-invalid: DYNAMODB_ENDPOINT is no URL: localhost. On AWS leave it out.',
    ]);
  });
});

describe('a command that cannot reach the store', () => {
  it.each(named(store))('says why: %s', async (_, words) => {
    const { code, said, data } = await ops(words, {
      TABLE_PREFIX: 'x-',
      AWS_REGION: 'eu-west-1',
      SEALING_KEY: 'none',
      DYNAMODB_ENDPOINT: `http://127.0.0.1:${await freePort()}`,
    });
    expect([code, data]).toEqual([1, []]);
    expect(said).toMatch(/^error store-unreachable: .* Try again; .*\nreason: \w+/);
  });
});

describe('a file', () => {
  const file = (text: string) => {
    const at = path.join(folder, 'given.json');
    writeFileSync(at, text);
    return at;
  };

  it.each([
    ['law', 'lint'],
    ['law', 'publish'],
    ['sources', 'put'],
  ])('of no use is refused with what is wrong: %s %s', async (...command) => {
    expect(await ops([...command, path.join(folder, 'nowhere')])).toMatchObject({
      code: 1,
      said: expect.stringMatching(/^error file-unreadable: .*nowhere cannot be read: ENOENT/),
    });
    expect(await ops([...command, folder])).toMatchObject({
      code: 1,
      said: expect.stringContaining('error file-unreadable: '),
    });
    expect(await ops([...command, file('{')])).toMatchObject({
      code: 1,
      said: expect.stringContaining('error file-unreadable: '),
    });
    for (const text of ['null', '7', '{}', '[[]]', '{"version":"v1"}']) {
      const { code, said } = await ops([...command, file(text)]);
      expect([text, code]).toEqual([text, 1]);
      expect(said).toMatch(/^error (policy|source-config)-invalid: .+/m);
    }
  });
});

it.each([
  [[]],
  [['nothing']],
  [['law']],
  [['law', 'lint']],
  [['law', 'lint', 'a', 'b']],
  [['law', 'list', '--all']],
  [['sources', 'put']],
  [['sources', 'secret', 'put']],
  [['participants', 'secret', 'retire']],
  [['temporal', 'setup', '--retention-days', '0']],
  [['temporal', 'current']],
  [['temporal', 'ramp', 'one']],
  [['temporal', 'ramp', 'one', 'half']],
  [['temporal', 'ramp', 'one', '-1']],
  [['temporal', 'versions', '--deployment']],
])('shows how it is used: ops %j', async (words) => {
  const { code, said, data } = await ops(words);
  expect([code, data]).toEqual([2, []]);
  expect(said).toMatch(/^Usage: ops|\(add --help for what there is\)$/);
});
