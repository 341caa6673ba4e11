import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { PATCHES } from '../contracts/temporal.ts';
import { projectDir } from './support/run/budgets.ts';

const CALL = /\b(?:patched|deprecatePatch)\(\s*(?:'([^']*)')?/g;

/** Ids in the calls of the patch functions; null for one that is not written out. */
function patchesIn(text: string): (string | null)[] {
  return [...text.matchAll(CALL)].map(([, id]) => id ?? null);
}

it('tells Temporal of every patch that the workflows know, and of no other', () => {
  const files = globSync('workflows/**/*.ts', { cwd: projectDir });
  const texts = files.map((file) => readFileSync(path.join(projectDir, file), 'utf8'));
  expect([...new Set(texts.flatMap(patchesIn))].sort()).toEqual([...PATCHES].sort());
});

it('finds patches, also one whose id is computed', () => {
  const text =
    "if (patched('2026-12-a')) deprecatePatch('2026-11-b'); patched(name); dispatched('x')";
  expect(patchesIn(text)).toEqual(['2026-12-a', '2026-11-b', null]);
});
