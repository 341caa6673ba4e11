import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { PartError } from './part-error.ts';
import { forgetProcess, rememberProcess, stopRemembered } from './pid-file.ts';
import { waitUntil } from './wait-until.ts';

/** How to start one process of the stack and how to know that it is ready. */
export interface ProcessSpec {
  /** The part, as a person calls it. */
  readonly part: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** The process writes here by itself, so its last words outlive us. Begun anew at each start. */
  readonly logPath: string;
  /**
   * Remembers the process between runs: one that an earlier run left behind (we were killed) is
   * stopped before a new one starts on the same files.
   */
  readonly pidPath?: string;
  readonly ready: () => boolean | Promise<boolean>;
  readonly readyWithinMs: number;
  /** How long a polite stop may take before the process is killed. Default 10,000. */
  readonly stopWithinMs?: number;
  /** Ways out, shown when the process does not become ready. */
  readonly whatToDo: readonly string[];
}

/** How a process ended. */
export interface ProcessExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A process that was started and answered. */
export interface RunningProcess {
  readonly part: string;
  readonly pid: number;
  readonly logPath: string;
  /** Settles when the process has ended, for whatever reason. */
  readonly exited: Promise<ProcessExit>;
  readonly isRunning: () => boolean;
  /** The last lines the process printed, oldest first. */
  readonly lastLines: (count?: number) => string[];
  /** Asks the process to end, kills it if it takes too long, and waits for its end. */
  readonly stop: () => Promise<ProcessExit>;
  /** Kills the process at once (as a crash would) and waits for its end. */
  readonly kill9: () => Promise<ProcessExit>;
}

/**
 * Starts a process and waits until it is ready.
 * @throws PartError when it cannot be started, ends early or is not ready in time, with its last lines
 */
export async function startProcess(spec: ProcessSpec): Promise<RunningProcess> {
  if (spec.pidPath !== undefined) await stopRemembered(spec.pidPath);
  mkdirSync(path.dirname(spec.logPath), { recursive: true });
  const started = watch(spec, spawnDetached(spec));
  const ended = new AbortController();
  void started.exited.then(({ code, signal }) => {
    const how = code === null ? signal : `exit code ${code}`;
    ended.abort(new Error(how === null ? 'it could not be started' : `it ended (${how})`));
  });
  try {
    await waitUntil(spec.ready, {
      what: 'it was started but does not answer',
      withinMs: spec.readyWithinMs,
      abort: ended.signal,
    });
    return started;
  } catch (cause) {
    const lines = started.lastLines();
    await started.kill9();
    throw notReady(spec, cause, lines);
  }
}

const running = new Set<ChildProcess>();

// A stack that falls over must not leave its parts behind; they all bear being killed.
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

function spawnDetached(spec: ProcessSpec): ChildProcess {
  const log = openSync(spec.logPath, 'w');
  try {
    // Its own process group: Ctrl-C in a terminal reaches only us, and we stop the parts in order.
    return spawn(spec.command, [...spec.args], {
      cwd: spec.cwd,
      env: spec.env ?? process.env,
      stdio: ['ignore', log, log],
      detached: true,
    });
  } finally {
    closeSync(log);
  }
}

function watch(spec: ProcessSpec, child: ChildProcess): RunningProcess {
  let exit: ProcessExit | undefined;
  let startError = '';
  const exited = new Promise<ProcessExit>((resolve) => {
    const end = (code: number | null, signal: NodeJS.Signals | null) => {
      exit = { code, signal };
      running.delete(child);
      if (spec.pidPath !== undefined) forgetProcess(spec.pidPath);
      resolve(exit);
    };
    child.once('error', (error) => {
      startError = error.message;
      end(null, null);
    });
    child.once('exit', end);
  });
  running.add(child);
  const pid = child.pid ?? 0;
  if (spec.pidPath !== undefined && pid !== 0) {
    rememberProcess(spec.pidPath, { pid, command: spec.command, args: spec.args });
  }
  const send = (signal: NodeJS.Signals) => {
    if (exit === undefined) child.kill(signal);
    return exited;
  };
  return {
    part: spec.part,
    pid,
    logPath: spec.logPath,
    exited,
    isRunning: () => exit === undefined,
    lastLines: (count = 15) => [...tail(spec.logPath, count), ...(startError ? [startError] : [])],
    stop: async () => {
      const kill = setTimeout(() => send('SIGKILL'), spec.stopWithinMs ?? 10_000);
      try {
        return await send('SIGTERM');
      } finally {
        clearTimeout(kill);
      }
    },
    kill9: () => send('SIGKILL'),
  };
}

function notReady(spec: ProcessSpec, cause: unknown, lines: readonly string[]): PartError {
  const why = cause instanceof Error ? cause.message : String(cause);
  const last = cause instanceof Error && cause.cause instanceof Error ? cause.cause.message : '';
  return new PartError({
    part: spec.part,
    why: [
      `${why}${last ? ` (last try: ${last})` : ''}.`,
      `Command: ${[spec.command, ...spec.args].join(' ')}`,
      lines.length > 0
        ? `Its last lines:\n${lines.map((line) => `  | ${line}`).join('\n')}`
        : 'It printed nothing.',
    ].join('\n'),
    whatToDo: [...spec.whatToDo, `Read the whole log: ${spec.logPath}`],
    cause,
  });
}

function tail(file: string, count: number): string[] {
  try {
    return readFileSync(file, 'utf8')
      .trimEnd()
      .split('\n')
      .slice(-count)
      .filter((line) => line !== '');
  } catch {
    return [];
  }
}
