import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bundleFunction, functionNames, overweight } from './bundle-functions.ts';

const LATER = 'later'.repeat(1_000);

let root: string;
beforeAll(() => {
  root = mkdtempSync(path.join(tmpdir(), 'swarm-bundle-'));
  mkdirSync(path.join(root, 'functions/greet'), { recursive: true });
  mkdirSync(path.join(root, 'functions/shared'), { recursive: true });
  writeFileSync(path.join(root, 'functions/shared/old.cjs'), "exports.os = require('node:os');");
  writeFileSync(path.join(root, 'functions/shared/later.ts'), `export const text = '${LATER}';`);
  writeFileSync(
    path.join(root, 'functions/greet/handler.ts'),
    `import { Agent } from 'node:http';
     import old from '../shared/old.cjs';
     export const handler = async (name: string): Promise<string> => \`hello \${name}\${old.os.EOL}\`;
     export const later = async (): Promise<string> => (await import('../shared/later.ts')).text;
     export const agent = new Agent();`,
  );
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

it('bundles a handler that runs by itself, old modules included', async () => {
  expect(functionNames(root)).toEqual(['greet']);
  const bundle = await bundleFunction(root, 'greet', path.join(root, 'dist'));
  const { handler, agent } = await import(pathToFileURL(bundle.file).href);
  expect(await handler('node')).toBe('hello node\n');
  expect(agent).toBeInstanceOf(Agent);
  expect(bundle.bytes).toBeGreaterThan(100);
});

it('leaves what is imported later out of the start, and weighs it apart', async () => {
  const bundle = await bundleFunction(root, 'greet', path.join(root, 'dist'));
  const { later } = await import(pathToFileURL(bundle.file).href);
  expect(await later()).toBe(LATER);
  expect(readFileSync(bundle.file, 'utf8')).not.toContain(LATER);
  expect(bundle.bytes - (bundle.startBytes ?? 0)).toBeGreaterThan(LATER.length);
});

it('does not load the fetch implementation by importing node:http', async () => {
  const bundle = await bundleFunction(root, 'greet', path.join(root, 'dist'));
  const program = `await import(${JSON.stringify(pathToFileURL(bundle.file).href)});
    console.log(process.moduleLoadList.filter((name) => name.includes('undici')).length);`;
  const done = spawnSync(process.execPath, ['--input-type=module', '--eval', program]);
  expect(String(done.stdout).trim()).toBe('0');
});

it('names bundles over their budget and bundles without one', () => {
  const bundle = (name: string, bytes: number) => ({ name, bytes, file: '' });
  const bundles = [
    bundle('fits', 1024),
    bundle('heavy', 1025),
    bundle('new', 1),
    { ...bundle('late', 9_000), startBytes: 1024 },
    { ...bundle('early', 9_000), startBytes: 1025 },
  ];
  const halves = { maxKb: 9, maxStartKb: 1 };
  const budgets = { fits: { maxKb: 1 }, heavy: { maxKb: 1 }, late: halves, early: halves };
  expect(overweight(bundles, budgets)).toEqual([
    'heavy weighs 1 KB; its budget is 1 KB',
    'new has no budget in scripts/bundle-budgets.json',
    'early loads at its start 1 KB; its budget is 1 KB',
  ]);
});
