import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { build, type Metafile, type Plugin } from 'esbuild';

/** A bundle and its size. */
export interface Bundle {
  readonly name: string;
  readonly file: string;
  /** All files together. */
  readonly bytes: number;
  /** Of them what a cold start loads, all if absent; the rest is loaded when it is needed, or never. */
  readonly startBytes?: number;
}

/** The most a bundle may weigh, by name, and the most that a cold start may load of it. */
export type BundleBudgets = Readonly<
  Record<string, { readonly maxKb: number; readonly maxStartKb?: number; readonly why?: string }>
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
 * Bundles one Lambda handler with all it needs, minified, as `dist/functions/<name>/index.mjs`. What the code imports only when it is
 * needed (Temporal's client, providers of credentials) lies in files beside it, so that a cold start neither reads nor parses it.
 * @param entry the handler's file from the root, for handlers that are no function of ours
 */
export async function bundleFunction(
  root: string,
  name: string,
  outDir: string,
  entry = `functions/${name}/handler.ts`,
): Promise<Bundle> {
  const folder = path.join(outDir, 'functions', name);
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: { index: entry },
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    chunkNames: 'chunks/[name]-[hash]',
    minify: true,
    sourcemap: 'linked',
    sourcesContent: false,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    mainFields: ['module', 'main'],
    metafile: true,
    legalComments: 'none',
    plugins: [requiredHttp],
    // Packages in the old module format call require, which an ES module does not have.
    banner: {
      js: "import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);",
    },
    logLevel: 'warning',
  });
  return { name, file: path.join(folder, 'index.mjs'), ...weigh(metafile, entry) };
}

/** An import statement reads every export of a module, and one of node:http's loads the whole fetch implementation: 20 ms of a start. */
const requiredHttp: Plugin = {
  name: 'required-http',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^(node:)?http$/ }, ({ kind }) =>
      kind === 'import-statement' ? { path: 'http', namespace: 'required' } : undefined,
    );
    onLoad({ filter: /^http$/, namespace: 'required' }, () => ({
      contents: "module.exports = require('node:http');",
      loader: 'js',
    }));
  },
};

function weigh({ outputs }: Metafile, entry: string): { bytes: number; startBytes: number } {
  const code = Object.keys(outputs).filter((file) => file.endsWith('.mjs'));
  const sum = (files: Iterable<string>) =>
    [...files].reduce((total, file) => total + (outputs[file]?.bytes ?? 0), 0);
  const atStart = new Set(code.filter((file) => outputs[file]?.entryPoint === entry));
  // A set grows while it is walked: what is imported by what is loaded is loaded too.
  for (const file of atStart) {
    for (const { path: imported, kind, external } of outputs[file]?.imports ?? []) {
      if (kind === 'import-statement' && external !== true) atStart.add(imported);
    }
  }
  return { bytes: sum(code), startBytes: sum(atStart) };
}

/** Bundles over their budget, and bundles without one, as sentences. */
export function overweight(bundles: readonly Bundle[], budgets: BundleBudgets): string[] {
  return bundles.flatMap(({ name, bytes, startBytes = bytes }) => {
    const budget = budgets[name];
    if (budget === undefined) return [`${name} has no budget in scripts/bundle-budgets.json`];
    const { maxKb, maxStartKb = Number.POSITIVE_INFINITY } = budget;
    return [
      ...tooHeavy(`${name} weighs`, bytes, maxKb),
      ...tooHeavy(`${name} loads at its start`, startBytes, maxStartKb),
    ];
  });
}

function tooHeavy(what: string, bytes: number, maxKb: number): string[] {
  const kb = bytes / 1024;
  return kb > maxKb ? [`${what} ${kb.toFixed(0)} KB; its budget is ${maxKb} KB`] : [];
}
