import { setTimeout as sleep } from 'node:timers/promises';
import type { Say } from './parts/part-error.ts';
import type { RunningProcess } from './parts/processes.ts';

/** One part of the stack that is kept running until it is told to stop. */
export interface Supervised {
  readonly part: string;
  /** Process id, or null while it does not run or is somebody else's. */
  readonly pid: () => number | null;
  /** Starts it unless it runs, and keeps it running from then on. Rejects when the first start fails. */
  readonly start: () => Promise<void>;
  /** Stops it politely; it stays stopped. */
  readonly stop: () => Promise<void>;
  /** Kills it at once, as a crash would; it stays dead until `start`. */
  readonly kill9: () => Promise<void>;
}

/** Pauses before each further start of a part that keeps ending. */
const PAUSES_MS = [0, 500, 1_000, 2_000, 5_000, 10_000];

/** A part that ran this long is well again. */
const WELL_AFTER_MS = 30_000;

/**
 * Keeps one part running: whenever its process ends although nobody asked for it, it is started again, at once and then with
 * growing pauses. `launch` answers when the part is ready, with nothing when somebody else runs it.
 */
export function supervise(
  part: string,
  launch: () => Promise<RunningProcess | undefined>,
  say: Say,
): Supervised {
  let current: RunningProcess | undefined;
  let starting: Promise<void> | undefined;
  /** Counts the wishes to run or not to run; work for an older wish gives up. */
  let wish = 0;
  /** How often in a row it ended before it was well again. */
  let deaths = 0;

  async function launchFor(mine: number): Promise<void> {
    const started = await launch();
    if (mine !== wish) {
      await started?.kill9();
      return;
    }
    current = started;
    if (started !== undefined) void watch(started, mine, performance.now());
  }

  async function watch(process: RunningProcess, mine: number, sinceMs: number): Promise<void> {
    const { code, signal } = await process.exited;
    if (mine !== wish) return;
    current = undefined;
    say(`${part} ended by itself (${signal ?? `exit code ${code}`}); starting it again`);
    if (performance.now() - sinceMs > WELL_AFTER_MS) deaths = 0;
    starting = revive(mine, deaths++);
  }

  async function revive(mine: number, from: number): Promise<void> {
    for (let attempt = from; mine === wish; attempt++) {
      await sleep(PAUSES_MS[Math.min(attempt, PAUSES_MS.length - 1)] ?? 0);
      if (mine !== wish) return;
      try {
        await launchFor(mine);
        say(`${part} runs again`);
        return;
      } catch (error) {
        say(error instanceof Error ? error.message : String(error));
      }
    }
  }

  async function end(how: 'stop' | 'kill9'): Promise<void> {
    wish += 1;
    const running = current;
    current = undefined;
    await running?.[how]();
    await starting?.catch(() => undefined);
  }

  return {
    part,
    pid: () => current?.pid ?? null,
    async start() {
      if (current !== undefined) return;
      wish += 1;
      starting = launchFor(wish);
      await starting;
    },
    stop: () => end('stop'),
    kill9: () => end('kill9'),
  };
}
