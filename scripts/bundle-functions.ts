import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';

/** A bundle and its size. */
export interface Bundle {
  readonly name: string;
  readonly file: string;
  readonly bytes: number;
}

/** The most a bundle may weigh, by name: what is loaded is what a cold start costs. */
export type BundleBudgets = Readonly<
  Record<string, { readonly maxKb: number; readonly why?: string }>
>;

/** Reads `scripts/bundle-budgets.json`. */
export function readBundleBudgets(): BundleBudgets {
  return JSON.parse(readFileSync(path.join(import.meta.dirname, 'bundle-budgets.json'), 'utf8'));
}

/** Names of the functions: the folders with a handler. */
export function functionNames(root: string): string[] {
  return globSync('functions/*/handler.ts', { cwd: root })
    .map((file) => path.basename(path.dirname(file)))
    .sort();
}

/**
 * Bundles one Lambda handler with all it needs, minified, as `dist/functions/<name>/index.mjs`.
 * @param entry the handler's file from the root, for handlers that are no function of ours
 */
export async function bundleFunction(
  root: string,
  name: string,
  outDir: string,
  entry = `functions/${name}/handler.ts`,
): Promise<Bundle> {
  const file = path.join(outDir, 'functions', name, 'index.mjs');
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile: file,
    bundle: true,
    minify: true,
    sourcemap: 'linked',
    sourcesContent: false,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    mainFields: ['module', 'main'],
    metafile: true,
    legalComments: 'none',
    // Packages in the old module format call require, which an ES module does not have.
    banner: {
      js: "import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);",
    },
    logLevel: 'warning',
  });
  const written = Object.entries(metafile.outputs).find(([output]) => output.endsWith('.mjs'));
  return { name, file, bytes: written?.[1].bytes ?? 0 };
}

/** Bundles over their budget, and bundles without one, as sentences. */
export function overweight(bundles: readonly Bundle[], budgets: BundleBudgets): string[] {
  return bundles.flatMap(({ name, bytes }) => {
    const budget = budgets[name];
    if (budget === undefined) return [`${name} has no budget in scripts/bundle-budgets.json`];
    const kb = bytes / 1024;
    return kb > budget.maxKb
      ? [`${name} weighs ${kb.toFixed(0)} KB; its budget is ${budget.maxKb} KB`]
      : [];
  });
}
