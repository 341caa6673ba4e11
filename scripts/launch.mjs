/**
 * The first steps of every command: plain JavaScript without dependencies, because it must run on
 * an old Node in a folder where nothing has been installed yet.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { constants } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project's folder. */
export const projectDir = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/** The oldest Node that runs the project itself (it strips types by itself). */
export const minimumNodeMajor = 24;

/**
 * Says whether the installed packages are missing or older than the lock file.
 * @param {string} dir the project's folder
 * @returns {boolean}
 */
export function needsInstall(dir) {
  const installed = path.join(dir, 'node_modules', '.package-lock.json');
  if (!existsSync(installed)) return true;
  return statSync(installed).mtimeMs < statSync(path.join(dir, 'package-lock.json')).mtimeMs;
}

/**
 * Finds a Node that is new enough: the pinned one that the lock file brings, else the running one.
 * The binary is called by its path, since no install script may have linked it anywhere.
 * @param {string} dir the project's folder
 * @param {{ platform?: string, arch?: string, execPath?: string, version?: string }} [host]
 * @returns {string} path of the executable
 * @throws {Error} when neither exists, saying what to do
 */
export function findNode(dir, host = {}) {
  const { platform = process.platform, arch = process.arch } = host;
  const { execPath = process.execPath, version = process.versions.node } = host;
  const pinned = path.join(dir, 'node_modules', `node-${platform}-${arch}`, 'bin', 'node');
  if (existsSync(pinned)) return pinned;
  if (Number.parseInt(version, 10) >= minimumNodeMajor) return execPath;
  throw new Error(
    [
      `Node ${minimumNodeMajor} or newer is needed; this is Node ${version}.`,
      `The packages hold no Node ${minimumNodeMajor} for ${platform}-${arch} (looked at ${path.relative(dir, pinned)}).`,
      `What to do: install Node ${minimumNodeMajor} and run the command again with it,`,
      'or, if optional packages were left out, run "npm ci --include=optional".',
    ].join('\n'),
  );
}

/**
 * Installs exactly what the lock file says, if it is not there yet, and prints the progress.
 * @param {string} dir the project's folder
 * @throws {Error} when the installation fails, saying what to do
 */
export function ensureInstalled(dir) {
  if (!needsInstall(dir)) return;
  const startedAtMs = Date.now();
  process.stderr.write('Installing the packages of the lock file (npm ci) …\n');
  const args = ['ci', '--include=optional', '--include=dev', '--loglevel=error'];
  const viaNpm = process.env['npm_execpath'];
  const [command, all] =
    viaNpm && /\.c?js$/.test(viaNpm) ? [process.execPath, [viaNpm, ...args]] : ['npm', args];
  const done = spawnSync(command, all, { cwd: dir, stdio: ['ignore', 2, 2] });
  if (done.status !== 0) {
    const why = done.error?.message ?? `exit code ${done.status ?? done.signal}`;
    throw new Error(
      [
        `npm ci failed: ${why}.`,
        'What to do: see the lines above; check that npm is installed and reaches its registry,',
        'then run the same command again.',
      ].join('\n'),
    );
  }
  const seconds = ((Date.now() - startedAtMs) / 1000).toFixed(0);
  process.stderr.write(`Packages installed in ${seconds} s.\n`);
}

/**
 * Runs a program of the project with the right Node: installs first if needed, hands over standard
 * input and output, passes signals on and ends with the program's exit code.
 * @param {string} file path from the project's folder
 * @param {string[]} args
 * @param {{ cwd?: string }} [options]
 */
export function launch(file, args, options = {}) {
  let node;
  try {
    ensureInstalled(projectDir);
    node = findNode(projectDir);
  } catch (error) {
    process.stderr.write(`\n${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
    return;
  }
  const child = spawn(node, ['--disable-warning=ExperimentalWarning', file, ...args], {
    cwd: options.cwd ?? projectDir,
    stdio: 'inherit',
  });
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.on(signal, () => {
      // A terminal sends Ctrl-C to the whole group, so the child has it already.
      if (signal === 'SIGINT' && process.stdin.isTTY) return;
      child.kill(signal);
    });
  }
  if (process.env['npm_lifecycle_event'] !== undefined) stopWithShell(child);
  child.on('error', (error) => {
    process.stderr.write(`Could not run ${node}: ${error.message}\n`);
    process.exitCode = 1;
  });
  child.on('exit', (code, signal) => {
    process.exit(code ?? 128 + (signal ? (constants.signals[signal] ?? 0) : 0));
  });
}

/**
 * Stops the program when the shell between npm and us has ended: it dies of npm's signal without passing it on, and the program
 * would run on with nobody to stop it.
 * @param {import('node:child_process').ChildProcess} child
 */
function stopWithShell(child) {
  const shell = process.ppid;
  const look = setInterval(() => {
    if (process.ppid === shell) return;
    clearInterval(look);
    child.kill('SIGTERM');
  }, 500);
  look.unref();
}
