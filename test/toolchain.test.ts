import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectDir } from './support/run/budgets.ts';

interface Lock {
  readonly packages: Readonly<Record<string, { readonly version?: string; resolved?: string }>>;
}

const read = (file: string): string => readFileSync(path.join(projectDir, file), 'utf8');
const lock: Lock = JSON.parse(read('package-lock.json'));
const manifest: Readonly<Record<string, Readonly<Record<string, string>>>> = JSON.parse(
  read('package.json'),
);

describe('the toolchain', () => {
  it('is pinned to exact versions, the locked ones', () => {
    const kinds = ['dependencies', 'devDependencies', 'optionalDependencies'];
    const wanted = Object.assign({}, ...kinds.map((kind) => manifest[kind]));
    const locked = Object.fromEntries(
      Object.keys(wanted).map((name) => [name, lock.packages[`node_modules/${name}`]?.version]),
    );
    expect(Object.keys(wanted).length).toBeGreaterThan(20);
    expect(locked).toEqual(wanted);
  });

  it('names no registry in the lock file', () => {
    const resolved = Object.entries(lock.packages).filter(([, { resolved: url }]) => url);
    expect(resolved).toEqual([]);
  });

  it('has one version of the Temporal SDK, since workers load bundles of their own version only', () => {
    const versions = Object.entries(lock.packages)
      .filter(([where]) => /node_modules\/@temporalio\/[^/]+$/.test(where))
      .map(([, { version }]) => version);
    expect(versions.length).toBeGreaterThan(5);
    expect([...new Set(versions)]).toHaveLength(1);
  });
});
