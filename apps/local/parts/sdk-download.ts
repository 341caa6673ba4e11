import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { waitUntil } from './wait-until.ts';
import { isExecutable } from './which.ts';

/** What the Temporal SDK can fetch by itself: the command line with the dev server, or the time-skipping server. */
export type SdkArtifact = 'cli' | 'test-server';

/** The executable that an earlier download left in the folder (under a name of the SDK's choice). */
export function keptSdkDownload(folder: string): string | undefined {
  if (!existsSync(folder)) return undefined;
  return readdirSync(folder)
    .filter((name) => !name.endsWith('.downloading'))
    .map((name) => path.join(folder, name))
    .find(isExecutable);
}

function bytesSoFar(folder: string): number {
  const sizes = readdirSync(folder).map((name) => statSync(path.join(folder, name)).size);
  return sizes.reduce((sum, size) => sum + size, 0);
}

/**
 * Has the Temporal SDK download one of its executables, in a process of its own so that a network
 * that swallows packets cannot hold us up. Kept in `folder` for later runs.
 * @returns the executable's path, or why there is none
 */
export async function downloadWithSdk(options: {
  readonly artifact: SdkArtifact;
  readonly version: string;
  readonly folder: string;
  /** How long nothing may arrive at all. */
  readonly beginWithinMs: number;
  readonly env?: NodeJS.ProcessEnv;
}): Promise<{ readonly path: string } | { readonly why: string }> {
  const { artifact, version, folder, beginWithinMs, env = process.env } = options;
  const cached = keptSdkDownload(folder);
  if (cached !== undefined) return { path: cached };
  // Half a file of a run that was killed would make the SDK wait for its end.
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const program = path.join(import.meta.dirname, 'sdk-download-child.ts');
  const child = spawn(process.execPath, [program, artifact, version, folder], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env,
  });
  let complaint = '';
  child.stderr.on('data', (chunk: Buffer) => {
    complaint = `${complaint}${chunk.toString('utf8')}`.slice(-2_000);
  });
  const state = { ended: false };
  const closed = new Promise<void>((resolve) => {
    const end = () => {
      state.ended = true;
      resolve();
    };
    child.once('close', end);
    child.once('error', end);
  });
  try {
    await follow(folder, beginWithinMs, () => state.ended);
  } catch (error) {
    complaint = error instanceof Error ? error.message : String(error);
  } finally {
    if (!state.ended) child.kill('SIGKILL');
    await closed;
  }
  const found = keptSdkDownload(folder);
  return found === undefined ? { why: rootCause(complaint) } : { path: found };
}

/** Waits for the child's end as long as bytes keep arriving. */
async function follow(folder: string, beginWithinMs: number, ended: () => boolean): Promise<void> {
  let seen = 0;
  for (let withinMs = beginWithinMs; !ended(); withinMs = 30_000) {
    await waitUntil(() => ended() || bytesSoFar(folder) > seen, {
      what: seen === 0 ? 'the download began' : 'the download went on',
      withinMs,
    });
    seen = bytesSoFar(folder);
  }
}

/** The end of the SDK's chain of causes says what went wrong; the rest repeats the address. */
function rootCause(complaint: string): string {
  const line = complaint.trim().split('\n').at(-1) ?? '';
  return line.split(': ').slice(-2).join(': ');
}
