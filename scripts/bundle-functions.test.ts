import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bundleFunction, functionNames, overweight } from './bundle-functions.ts';

let root: string;
beforeAll(() => {
  root = mkdtempSync(path.join(tmpdir(), 'swarm-bundle-'));
  mkdirSync(path.join(root, 'functions/greet'), { recursive: true });
  mkdirSync(path.join(root, 'functions/shared'), { recursive: true });
  writeFileSync(path.join(root, 'functions/shared/old.cjs'), "exports.os = require('node:os');");
  writeFileSync(
    path.join(root, 'functions/greet/handler.ts'),
    `import old from '../shared/old.cjs';
     export const handler = async (name: string): Promise<string> => \`hello \${name}\${old.os.EOL}\`;`,
  );
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

it('bundles a handler that runs by itself, old modules included', async () => {
  expect(functionNames(root)).toEqual(['greet']);
  const bundle = await bundleFunction(root, 'greet', path.join(root, 'dist'));
  const { handler } = await import(pathToFileURL(bundle.file).href);
  expect(await handler('node')).toBe('hello node\n');
  expect(bundle.bytes).toBeGreaterThan(100);
});

it('names bundles over their budget and bundles without one', () => {
  const bundle = (name: string, bytes: number) => ({ name, bytes, file: '' });
  const bundles = [bundle('fits', 1024), bundle('heavy', 1025), bundle('new', 1)];
  expect(overweight(bundles, { fits: { maxKb: 1 }, heavy: { maxKb: 1 } })).toEqual([
    'heavy weighs 1 KB; its budget is 1 KB',
    'new has no budget in scripts/bundle-budgets.json',
  ]);
});
