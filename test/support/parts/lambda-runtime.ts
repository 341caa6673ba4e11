import { cpSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { cacheFolder } from '../../../apps/local/parts/cache-folder.ts';
import { PartError, type Say } from '../../../apps/local/parts/part-error.ts';
import { run, which } from '../../../apps/local/parts/which.ts';

/** Amazon's own runtime client for Node, the program that calls a handler inside Lambda. */
const release = { name: 'aws-lambda-ric', version: '4.0.2' } as const;

/** What the client is compiled with, by command and by Debian's package. */
const buildTools = [
  { commands: ['cmake', 'cmake3'], debian: 'cmake' },
  { commands: ['g++'], debian: 'g++' },
  { commands: ['make'], debian: 'make' },
  { commands: ['xz'], debian: 'xz-utils' },
  { commands: ['python3'], debian: 'python3' },
] as const;

/** The lock file of the client and of all that it is compiled with. */
const lockFolder = path.join(import.meta.dirname, 'lambda-runtime');

const INSTALL_WITHIN_MS = 600_000;

const SAY_EVERY_MS = 20_000;

/**
 * Finds the runtime client, which npm fetches and compiles once into the cache folder, for this Node. Its install scripts are allowed
 * for this one package and this one folder.
 * @returns the program to run with Node; its argument is the handler
 * @throws PartError when it cannot be compiled here
 */
export async function lambdaRuntime(say: Say): Promise<string> {
  const abi = `node${process.versions.modules}-${process.platform}-${process.arch}`;
  const folder = path.join(cacheFolder(), 'lambda-runtime', `${release.version}-${abi}`);
  const program = path.join(folder, 'node_modules', release.name, 'index.mjs');
  if (existsSync(program)) return program;
  if (process.platform !== 'linux') {
    throw failed('it runs on Linux only, as Lambda does.');
  }
  await bringBuildTools(say);
  const startedAtMs = performance.now();
  say(`Lambda runtime: compiling ${release.name} ${release.version} (once, about a minute) …`);
  const progress = setInterval(() => {
    const seconds = ((performance.now() - startedAtMs) / 1_000).toFixed(0);
    say(`Lambda runtime: still compiling after ${seconds} s …`);
  }, SAY_EVERY_MS);
  mkdirSync(path.dirname(folder), { recursive: true });
  const work = mkdtempSync(path.join(path.dirname(folder), 'work-'));
  try {
    cpSync(lockFolder, work, { recursive: true });
    await install(work);
    // Renamed when complete, so that a run that was killed half-way leaves nothing that looks whole.
    if (!existsSync(program)) renameSync(work, folder);
  } finally {
    clearInterval(progress);
    rmSync(work, { recursive: true, force: true });
  }
  return program;
}

async function install(work: string): Promise<void> {
  const npm = which('npm');
  if (npm === undefined) throw failed('npm is not on PATH.');
  const nodeBin = path.dirname(process.execPath);
  const nodeDir = path.dirname(nodeBin);
  const headers = path.join(nodeDir, 'include/node/node_api.h');
  const done = await run(npm, ['ci', '--ignore-scripts=false', '--foreground-scripts'], {
    cwd: work,
    withinMs: INSTALL_WITHIN_MS,
    env: {
      ...process.env,
      // Compiled for the Node that will run it.
      PATH: [nodeBin, process.env['PATH'] ?? ''].join(path.delimiter),
      // Its headers lie beside it; without this they would be downloaded.
      ...(existsSync(headers) && { npm_config_nodedir: nodeDir }),
    },
  });
  const addon = path.join(work, 'node_modules', release.name, 'rapid-client.node');
  if (done.code === 0 && existsSync(addon)) return;
  throw failed(`npm could not compile it:\n${done.output.slice(-2_000)}`);
}

/** Missing build tools are installed with apt where that is possible: a container or a machine of a test runs as root. */
async function bringBuildTools(say: Say): Promise<void> {
  const missing = missingTools();
  if (missing.length === 0) return;
  if (which('apt-get') === undefined || process.getuid?.() !== 0) throw toolsMissing(missing);
  say(`Lambda runtime: installing ${missing.join(', ')} with apt (once) …`);
  const install = ['-q', '-y', '--no-install-recommends', 'install', ...missing];
  const limits = {
    withinMs: INSTALL_WITHIN_MS,
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  };
  const quick = await run('apt-get', install, limits);
  if (quick.code !== 0) {
    await run('apt-get', ['-q', 'update'], limits);
    const again = await run('apt-get', install, limits);
    if (again.code !== 0) throw toolsMissing(missing, again.output);
  }
  const still = missingTools();
  if (still.length > 0) throw toolsMissing(still);
}

function missingTools(): string[] {
  return buildTools
    .filter(({ commands }) => commands.every((command) => which(command) === undefined))
    .map(({ debian }) => debian);
}

function toolsMissing(tools: readonly string[], output = ''): PartError {
  const said = output === '' ? '' : `\n${output.slice(-1_000)}`;
  return failed(`it is compiled here, and these tools are missing: ${tools.join(', ')}.${said}`);
}

function failed(why: string): PartError {
  return new PartError({
    part: 'Lambda runtime',
    why,
    whatToDo: [
      'On Debian or Ubuntu: apt-get install --no-install-recommends cmake g++ make xz-utils python3',
      'Elsewhere on Linux: put cmake, g++, make, xz and python3 on PATH.',
      'Then run the same command again. Only the verification run needs this part.',
    ],
  });
}
