import { spawn } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import path from 'node:path';

/** Whether the path is a file that may be executed. */
export function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/** The path of a command on PATH, or undefined. */
export function which(command: string, searchPath = process.env['PATH'] ?? ''): string | undefined {
  return searchPath
    .split(path.delimiter)
    .filter((dir) => dir !== '')
    .map((dir) => path.join(dir, command))
    .find(isExecutable);
}

/** How a command ended: its exit code (null: killed or not startable) and all it printed. */
export interface CommandResult {
  readonly code: number | null;
  readonly output: string;
}

/** Runs a command to its end and collects what it prints; never throws for the command's own failure. */
export function run(
  command: string,
  args: readonly string[],
  options: {
    readonly cwd?: string;
    readonly env?: NodeJS.ProcessEnv;
    readonly withinMs: number;
    readonly abort?: AbortSignal;
  },
): Promise<CommandResult> {
  return new Promise((resolve) => {
    const limit = AbortSignal.timeout(options.withinMs);
    const signal = options.abort ? AbortSignal.any([options.abort, limit]) : limit;
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: options.env ?? process.env,
      stdio: ['ignore', 'pipe', 'pipe'],
      signal,
      killSignal: 'SIGKILL',
    });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
    const output = () => Buffer.concat(chunks).toString('utf8').trim();
    let failure = '';
    child.on('error', (error) => {
      failure = limit.aborted ? `not finished within ${options.withinMs} ms` : error.message;
    });
    child.on('close', (code) => {
      resolve({
        code: failure === '' ? code : null,
        output: [output(), failure].join('\n').trim(),
      });
    });
  });
}
