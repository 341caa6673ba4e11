import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Waits until a condition holds, asking again every few milliseconds. A condition that throws counts as
 * "not yet"; what it threw last is the error's cause.
 * @throws Error when the deadline passes or `abort` fires first (with the abort's reason)
 */
export async function waitUntil(
  condition: () => boolean | Promise<boolean>,
  options: {
    /** What is awaited, for the message: `the store answers ListTables`. */
    readonly what: string;
    readonly withinMs: number;
    readonly everyMs?: number;
    readonly abort?: AbortSignal;
  },
): Promise<void> {
  const { what, withinMs, everyMs = 50, abort } = options;
  const deadlineMs = performance.now() + withinMs;
  let cause: unknown;
  for (;;) {
    abort?.throwIfAborted();
    try {
      if (await condition()) return;
      cause = undefined;
    } catch (error) {
      cause = error;
    }
    abort?.throwIfAborted();
    if (performance.now() >= deadlineMs) {
      throw new Error(`${what}: not within ${withinMs} ms`, { cause });
    }
    await sleep(everyMs);
  }
}
