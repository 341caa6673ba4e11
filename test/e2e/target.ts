import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A node of a provider: metrics for Prometheus, health for the network's probe, and a switch to pull its plug. */
export interface Target {
  readonly url: string;
  /** Stops listening: scrapes and probes are refused, as from a dead machine. */
  goDown(): Promise<void>;
  comeBack(): Promise<void>;
}

/** Starts a target on a free port of 127.0.0.1; the port stays the same over its downtimes. */
export async function startTarget(): Promise<Target> {
  let server = serve();
  await listen(server, 0);
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async goDown() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
    async comeBack() {
      server = serve();
      await listen(server, port);
    },
  };
}

function serve(): Server {
  return createServer((request, response) => {
    const isMetrics = request.url?.startsWith('/metrics') ?? false;
    response.writeHead(200, {
      'content-type': isMetrics ? 'text/plain; version=0.0.4' : 'application/json',
    });
    response.end(isMetrics ? 'node_serves 1\n' : '{"status":"up"}');
  });
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
}
