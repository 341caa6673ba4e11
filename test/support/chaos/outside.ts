import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What of a participant lies outside the system: its node, which can be down, and the endpoint that takes its notices. */
export interface Outside {
  /** Base URL that the network's probe looks at. */
  readonly nodeUrl: string;
  readonly noticeUrl: string;
  isHealthy: boolean;
  /** Ids of the notices that came, in their order; a notice may come again. */
  readonly noticeIds: string[];
  close(): Promise<void>;
}

/** Opens both behind one real HTTP server on 127.0.0.1. */
export async function openOutside(): Promise<Outside> {
  const noticeIds: string[] = [];
  const state = { isHealthy: true };
  const server = createServer((request, response) => {
    request.resume();
    request.once('end', () => {
      if (request.method !== 'POST') {
        response.writeHead(state.isHealthy ? 200 : 503).end();
        return;
      }
      noticeIds.push(String(request.headers['webhook-id']));
      response.writeHead(204).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    nodeUrl: `http://127.0.0.1:${port}/node`,
    noticeUrl: `http://127.0.0.1:${port}/notices`,
    get isHealthy() {
      return state.isHealthy;
    },
    set isHealthy(healthy) {
      state.isHealthy = healthy;
    },
    noticeIds,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
