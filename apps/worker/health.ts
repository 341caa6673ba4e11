import { createServer, type Server } from 'node:http';
import type { Worker } from '@temporalio/worker';

/** What of a worker's status says that it lives. */
export type PollerStatus = Pick<
  ReturnType<Worker['getStatus']>,
  'runState' | 'workflowPollerState' | 'activityPollerState'
>;

/** Alive means that it runs and both pollers poll: a process with dead pollers looks well and does nothing. */
export function isAlive(status: PollerStatus): boolean {
  return (
    status.runState === 'RUNNING' &&
    status.workflowPollerState === 'POLLING' &&
    status.activityPollerState === 'POLLING'
  );
}

/** Answers every GET with the worker's status: 200 while it is alive, else 503. */
export async function serveHealth(
  worker: Pick<Worker, 'getStatus'>,
  place: { readonly host: string; readonly port: number },
): Promise<Server> {
  const server = createServer((_, response) => {
    const status = worker.getStatus();
    response
      .writeHead(isAlive(status) ? 200 : 503, { 'content-type': 'application/json' })
      .end(JSON.stringify(status));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(place.port, place.host, resolve);
  });
  server.unref();
  return server;
}

/** Pollers that stay dead for so long will not come back by themselves. */
const DEAD_FOR_MS = 60_000;

/**
 * Judges a worker by looks at its status: `isLost` once it should run and its pollers were dead at every look for a minute. A stop
 * that was asked for is no death.
 */
export class PollerWatch {
  private deadSinceMs: number | null = null;

  /** Takes one look at an instant; says whether the worker is lost. */
  isLost(status: PollerStatus, nowMs: number): boolean {
    const isDead = status.runState === 'RUNNING' && !isAlive(status);
    if (!isDead) this.deadSinceMs = null;
    else this.deadSinceMs ??= nowMs;
    return this.deadSinceMs !== null && nowMs - this.deadSinceMs >= DEAD_FOR_MS;
  }
}

const LOOK_EVERY_MS = 5_000;

/** Looks at a worker for as long as the process lives, and calls `onLost` once when it is lost: somebody else must start another. */
export function watchPollers(worker: Pick<Worker, 'getStatus'>, onLost: () => void): void {
  const watch = new PollerWatch();
  const timer = setInterval(() => {
    if (!watch.isLost(worker.getStatus(), performance.now())) return;
    clearInterval(timer);
    onLost();
  }, LOOK_EVERY_MS);
  timer.unref();
}
