import { createHash } from 'node:crypto';
import { copyFileSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { type BuildOptions, build, type Plugin } from 'esbuild';
import type { Bundle } from './bundle-functions.ts';

/** Docker's names of the processors we build for, and the SDK's names of its native part for them. */
const NATIVE = {
  amd64: 'x86_64-unknown-linux-gnu',
  arm64: 'aarch64-unknown-linux-gnu',
} as const;

/** What the SDK's bundler of workflows is replaced by: it would bring webpack, and the image has its workflows bundled already. */
const NO_BUNDLER = `
const refuse = () => { throw new Error('This image bundles no workflows: WORKFLOW_BUNDLE must name the bundled ones.'); };
exports.defaultWorkflowInterceptorModules = [];
exports.WorkflowCodeBundler = class { constructor() { refuse(); } };
exports.bundleWorkflowCode = refuse;
`;

const withoutBundler: Plugin = {
  name: 'without-bundler',
  setup(it) {
    it.onLoad({ filter: /@temporalio\/worker\/lib\/workflow\/bundler\.js$/ }, () => ({
      contents: NO_BUNDLER,
      loader: 'js',
    }));
  },
};

/** Names stay as they are, so that a stack trace can be read without a source map. */
const common: BuildOptions = {
  bundle: true,
  minifySyntax: true,
  minifyWhitespace: true,
  platform: 'node',
  target: 'node24',
  legalComments: 'none',
  plugins: [withoutBundler],
  logLevel: 'error',
};

/**
 * Lays out `<outDir>/worker` = what the worker's image is made of (its Dockerfile copies these folders and runs nothing): the worker and
 * all packages it uses in one file, what the SDK loads by path, the bundled workflows, the probe, and the SDK's native part for each
 * processor. Nothing else is needed but Node. Returns sizes; `build-id` names the content.
 */
export async function layOutWorker(
  root: string,
  workflowsFile: string,
  outDir: string,
): Promise<Bundle[]> {
  const folder = path.join(outDir, 'worker');
  const app = path.join(folder, 'app');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(app, { recursive: true });
  await Promise.all([bundlePrograms(root, app), bundleLoadedByPath(root, app)]);
  const sdk = createRequire(path.join(root, 'node_modules/@temporalio/worker/package.json'));
  copyFileSync(workflowsFile, path.join(app, 'workflows.js'));
  // Reads source maps of workflows for their stack traces; it looks beside itself.
  copyFileSync(sdk.resolve('source-map/lib/mappings.wasm'), path.join(app, 'mappings.wasm'));
  const bridge = path.dirname(sdk.resolve('@temporalio/core-bridge/package.json'));
  for (const [processor, target] of Object.entries(NATIVE)) {
    const file = path.join('releases', target, 'index.node');
    const copy = path.join(folder, 'native', processor, file);
    mkdirSync(path.dirname(copy), { recursive: true });
    copyFileSync(path.join(bridge, file), copy);
  }
  copyFileSync(path.join(root, 'apps/worker/Dockerfile'), path.join(folder, 'Dockerfile'));
  writeFileSync(path.join(folder, 'build-id'), buildIdOf(folder));
  return [weigh('worker', app), weigh('worker native (arm64)', path.join(folder, 'native/arm64'))];
}

/** The worker and its probe as modules, each with all it needs. */
async function bundlePrograms(root: string, app: string): Promise<void> {
  await build({
    ...common,
    absWorkingDir: root,
    entryPoints: ['apps/worker/main.ts', 'apps/worker/probe.ts'],
    outdir: app,
    outExtension: { '.js': '.mjs' },
    format: 'esm',
    mainFields: ['module', 'main'],
    // Packages in the old module format ask for these; the native part and the thread are looked for beside the bundle.
    banner: {
      js: [
        "import{createRequire as makeRequire}from'node:module';",
        'const require=makeRequire(import.meta.url),__dirname=import.meta.dirname,__filename=import.meta.filename;',
      ].join(''),
    },
  });
}

/** What the SDK loads by its path: the thread that runs workflows, and what puts messages of failures where they can be sealed. */
const BY_PATH = [
  ['node_modules/@temporalio/worker/lib/workflow/workflow-worker-thread.js', 'js'],
  ['adapters/sealing/failure-converter.ts', 'cjs'],
] as const;

async function bundleLoadedByPath(root: string, app: string): Promise<void> {
  for (const [file, extension] of BY_PATH) {
    const outfile = path.join(app, `${path.parse(file).name}.${extension}`);
    await build({ ...common, absWorkingDir: root, entryPoints: [file], outfile, format: 'cjs' });
  }
}

function filesOf(folder: string): string[] {
  const found = globSync('**/*', { cwd: folder, withFileTypes: true });
  return found
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();
}

/** The last line of the bundled workflows. Only theirs: other bundles hold such a text amid their code. */
const SOURCE_MAP = '\n//# sourceMappingURL=';

/** The same code has the same id, in whatever folder it is built: the workflows' source map, which holds the folder's path, does not count. */
function buildIdOf(folder: string): string {
  const hash = createHash('sha256');
  for (const file of filesOf(folder)) {
    const content = readFileSync(file);
    const isMapped = path.basename(file) === 'workflows.js';
    const map = isMapped ? content.lastIndexOf(SOURCE_MAP) : -1;
    hash.update(`\0${path.relative(folder, file)}\0`);
    hash.update(map < 0 ? content : content.subarray(0, map));
  }
  return hash.digest('hex').slice(0, 12);
}

function weigh(name: string, folder: string): Bundle {
  const bytes = filesOf(folder).reduce((sum, file) => sum + readFileSync(file).length, 0);
  return { name, file: folder, bytes };
}
