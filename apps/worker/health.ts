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

/** Answers every GET on a port of 127.0.0.1 with the worker's status: 200 while it is alive, else 503. */
export async function serveHealth(worker: Worker, port: number): Promise<Server> {
  const server = createServer((_, response) => {
    const status = worker.getStatus();
    response
      .writeHead(isAlive(status) ? 200 : 503, { 'content-type': 'application/json' })
      .end(JSON.stringify(status));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  server.unref();
  return server;
}
