import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { waitUntil } from './wait-until.ts';

/** A process as it is remembered between runs. */
export interface RememberedProcess {
  readonly pid: number;
  readonly command: string;
  readonly args: readonly string[];
}

/** Writes down a process that was just started. */
export function rememberProcess(pidPath: string, remembered: RememberedProcess): void {
  mkdirSync(path.dirname(pidPath), { recursive: true });
  writeFileSync(pidPath, JSON.stringify(remembered));
}

/** Forgets a process that has ended. */
export function forgetProcess(pidPath: string): void {
  rmSync(pidPath, { force: true });
}

/**
 * Stops the process that an earlier run left behind, if it still runs: after we were killed, the
 * part lives on and holds its files. A process that merely got the same number is left alone.
 * @returns whether one was found and stopped
 */
export async function stopRemembered(pidPath: string): Promise<boolean> {
  const remembered = readRemembered(pidPath);
  if (remembered === undefined || !isSameProcess(remembered)) {
    forgetProcess(pidPath);
    return false;
  }
  const gone = (withinMs: number) =>
    waitUntil(() => !isSameProcess(remembered), { what: 'an earlier process ends', withinMs });
  signal(remembered.pid, 'SIGTERM');
  try {
    await gone(5_000);
  } catch {
    signal(remembered.pid, 'SIGKILL');
    await gone(5_000);
  }
  forgetProcess(pidPath);
  return true;
}

function readRemembered(pidPath: string): RememberedProcess | undefined {
  try {
    const found: Partial<RememberedProcess> = JSON.parse(readFileSync(pidPath, 'utf8'));
    const { pid, command, args } = found;
    if (typeof pid !== 'number' || pid <= 1) return undefined;
    if (typeof command !== 'string' || !Array.isArray(args)) return undefined;
    return { pid, command, args };
  } catch {
    return undefined;
  }
}

/** Compares the whole command line, which names the data folder and the ports. */
function isSameProcess({ pid, command, args }: RememberedProcess): boolean {
  const shown = spawnSync('ps', ['-ww', '-o', 'stat=,args=', '-p', String(pid)], {
    encoding: 'utf8',
  });
  const line = shown.error ? procCommandLine(pid) : (shown.stdout ?? '').trim();
  const isZombie = !shown.error && line.startsWith('Z');
  return !isZombie && line.endsWith([command, ...args].join(' '));
}

function procCommandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').join(' ').trim();
  } catch {
    return '';
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It ended in between, which is what was wanted.
  }
}
