import { type ChildProcess, fork } from 'node:child_process';
import { openSync } from 'node:fs';
import path from 'node:path';
import type { FromWorker, ToWorker, WritePoint } from './protocol.ts';

/** Decides at a write of a worker whether it goes on or dies. */
export type Judge = (point: WritePoint) => 'go' | 'die';

/** A worker that is replaced by another whenever it is killed. */
export interface Post {
  /** Kills the worker that serves now, as a crash would, and puts nobody in its place until `staff`. */
  abandon(): Promise<void>;
  /** Puts a worker in place and waits until it serves. */
  staff(): Promise<void>;
}

/** Loaded workers that wait for their turn, and those that serve. */
export interface Crew {
  /** A post with these settings (the worker's environment), staffed from `staff` on. */
  post(env: Record<string, string>, judge: Judge): Post;
  /** Ends every process. Rejects when one had ended by itself: workers die only by our hand. */
  close(): Promise<void>;
}

const MAIN = path.join(import.meta.dirname, 'worker-main.ts');

/** Starts a crew that keeps `spares` loaded workers ready; what they print goes to one file. */
export function hireCrew(options: { spares: number; logPath: string }): Crew {
  const log = openSync(options.logPath, 'a');
  // Dozens of workers load the same code: each takes over what the first has compiled.
  const NODE_COMPILE_CACHE = path.join(path.dirname(options.logPath), 'compiled');
  const living = new Set<ChildProcess>();
  const spares: Promise<ChildProcess>[] = [];
  const faults: string[] = [];
  let isClosed = false;

  function hire(): Promise<ChildProcess> {
    const child = fork(MAIN, {
      execArgv: ['--disable-warning=ExperimentalWarning'],
      stdio: ['ignore', log, log, 'ipc'],
      env: { ...process.env, NODE_COMPILE_CACHE },
    });
    living.add(child);
    child.once('exit', (code, signal) => {
      living.delete(child);
      if (signal !== 'SIGKILL') faults.push(`A worker ended by itself (${signal ?? code}).`);
    });
    return new Promise((resolve, reject) => {
      child.once('exit', (code, signal) => {
        reject(new Error(`A worker ended before it was loaded (${signal ?? code}).`));
      });
      once(child, 'loaded', () => resolve(child));
    });
  }

  function refill(): void {
    while (!isClosed && spares.length < options.spares) {
      const spare = hire();
      // Closing kills spares that nobody waits for.
      spare.catch(() => undefined);
      spares.push(spare);
    }
  }

  function take(): Promise<ChildProcess> {
    const spare = spares.shift() ?? hire();
    refill();
    return spare;
  }

  refill();
  return {
    post: (env, judge) => openPost(take, env, judge, () => isClosed),
    async close() {
      isClosed = true;
      await Promise.all([...living].map(kill));
      if (faults.length > 0) throw new Error(`${faults.join(' ')} See ${options.logPath}.`);
    },
  };
}

function openPost(
  take: () => Promise<ChildProcess>,
  env: Record<string, string>,
  judge: Judge,
  isClosed: () => boolean,
): Post {
  let present: ChildProcess | null = null;
  let isWanted = false;

  async function staff(): Promise<void> {
    isWanted = true;
    const child = await take();
    present = child;
    child.on('message', (message: FromWorker) => {
      if (message.kind !== 'write') return;
      if (judge(message) === 'die') void kill(child);
      else tell(child, { kind: 'go', id: message.id });
    });
    child.once('exit', () => {
      if (present === child) present = null;
      if (isWanted && !isClosed()) void staff();
    });
    tell(child, { kind: 'serve', env });
    await new Promise<void>((resolve) => {
      once(child, 'serving', resolve);
      child.once('exit', () => resolve());
    });
  }

  return {
    staff,
    async abandon() {
      isWanted = false;
      if (present !== null) await kill(present);
    },
  };
}

function once(child: ChildProcess, kind: FromWorker['kind'], then: () => void): void {
  const listen = (message: FromWorker) => {
    if (message.kind !== kind) return;
    child.off('message', listen);
    then();
  };
  child.on('message', listen);
}

function tell(child: ChildProcess, message: ToWorker): void {
  // A worker that was killed this instant has no channel any more; its successor is told anew.
  if (child.connected) child.send(message, () => undefined);
}

function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill('SIGKILL');
  });
}
