import { existsSync, globSync } from 'node:fs';
import path from 'node:path';
import { build, type Plugin } from 'esbuild';

/** One import that is still there when the types are gone. */
export interface ValueImport {
  /** The importing file, from the project's folder. */
  readonly from: string;
  /** What it imports: a file from the project's folder, or a package or builtin (`node:fs`). */
  readonly to: string;
  readonly isPackage: boolean;
}

/** Every source file and every value import of it. */
export interface ImportGraph {
  readonly files: readonly string[];
  readonly imports: readonly ValueImport[];
}

/** The rooms whose code is looked at, and the tests. */
export const rooms = [
  'domain',
  'contracts',
  'sources',
  'functions',
  'workflows',
  'activities',
  'adapters',
  'infra',
  'apps',
  'scripts',
  'test',
] as const;

/** Source files of the rooms, from `root`, sorted. */
export function sourceFiles(root: string): string[] {
  return globSync(`{${rooms.join(',')}}/**/*.{ts,tsx,mjs}`, { cwd: root })
    .filter((file) => !file.includes('node_modules'))
    .map((file) => file.split(path.sep).join('/'))
    .sort();
}

/**
 * Reads the import graph as the bundler sees it: types are gone, nothing is followed, for every file is looked at by itself. So each is
 * read once, however many import it.
 */
export async function importGraph(root: string): Promise<ImportGraph> {
  const files = sourceFiles(root);
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: files,
    bundle: true,
    write: false,
    outdir: 'never-written',
    metafile: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } },
    logLevel: 'silent',
    plugins: [notFollowed(root)],
  });
  const imports = Object.entries(metafile.inputs).flatMap(([from, input]) =>
    input.imports.map(({ path: to }) =>
      to.startsWith(OWN)
        ? { from, to: to.slice(OWN.length), isPackage: false }
        : { from, to, isPackage: true },
    ),
  );
  return { files, imports };
}

/** Marks a file of the project in what the bundler tells. */
const OWN = 'own:';

/** A file that does not exist is an edge like any other, so that the rest is still judged. */
const notFollowed = (root: string): Plugin => ({
  name: 'not-followed',
  setup: ({ onResolve }) => {
    onResolve({ filter: /^\.\.?\// }, ({ kind, path: wanted, resolveDir }) => {
      if (kind === 'entry-point') return undefined;
      const file = path.resolve(resolveDir, wanted);
      if (!existsSync(file)) return { path: `missing:${wanted}`, external: true };
      const own = path.relative(root, file).split(path.sep).join('/');
      return { path: `${OWN}${own}`, external: true };
    });
  },
});

/** All packages that a file loads, by itself or through the files it imports. */
export function packagesReachedFrom(graph: ImportGraph, start: string): Set<string> {
  const seen = new Set([start]);
  const packages = new Set<string>();
  for (const file of seen) {
    for (const { to, isPackage } of graph.imports.filter(({ from }) => from === file)) {
      (isPackage ? packages : seen).add(to);
    }
  }
  return packages;
}

/** One circle of files that import each other, or undefined. */
export function findCycle(graph: ImportGraph): readonly string[] | undefined {
  const next = new Map<string, string[]>();
  for (const { from, to, isPackage } of graph.imports) {
    if (!isPackage) next.set(from, [...(next.get(from) ?? []), to]);
  }
  const done = new Set<string>();
  const visit = (file: string, trail: readonly string[]): readonly string[] | undefined => {
    const at = trail.indexOf(file);
    if (at >= 0) return [...trail.slice(at), file];
    if (done.has(file)) return undefined;
    for (const to of next.get(file) ?? []) {
      const cycle = visit(to, [...trail, file]);
      if (cycle !== undefined) return cycle;
    }
    done.add(file);
    return undefined;
  };
  for (const file of graph.files) {
    const cycle = visit(file, []);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
}
