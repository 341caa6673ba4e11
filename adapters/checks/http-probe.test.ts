import type { RequestListener } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { probeHttp } from './http-probe.ts';
import { startTestServer } from './test-server.ts';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function serve(answer: RequestListener): Promise<string> {
  const server = await startTestServer(answer);
  closers.push(server.close);
  return server.url;
}

describe('an HTTP probe', () => {
  it.each([200, 204, 301, 304])('finds an answer of %i healthy', async (status) => {
    const url = await serve((_, response) => response.writeHead(status).end());
    expect(await probeHttp(`${url}/healthz`, 2_000)).toMatchObject({ healthy: true });
  });

  it.each([400, 404, 429, 500, 503])('finds an answer of %i unhealthy', async (status) => {
    const url = await serve((_, response) => response.writeHead(status).end());
    expect(await probeHttp(`${url}/healthz`, 2_000)).toMatchObject({ healthy: false });
  });

  it('does not follow a redirect to something else that is healthy', async () => {
    const seen: string[] = [];
    const url = await serve((request, response) => {
      seen.push(request.url ?? '');
      response.writeHead(302, { location: '/elsewhere' }).end();
    });
    expect(await probeHttp(`${url}/healthz`, 2_000)).toMatchObject({ healthy: true });
    expect(seen).toEqual(['/healthz']);
  });

  it('finds a refused connection unhealthy', async () => {
    const server = await startTestServer(() => {});
    await server.close();
    const look = await probeHttp(`${server.url}/healthz`, 2_000);
    expect(look).toEqual({ healthy: false, detail: expect.stringContaining('ECONNREFUSED') });
  });

  it('finds silence until the timeout unhealthy', async () => {
    const url = await serve(() => {});
    const look = await probeHttp(`${url}/healthz`, 200);
    expect(look).toEqual({ healthy: false, detail: expect.stringContaining('within 200 ms') });
  });

  it('finds a connection that is cut without an answer unhealthy', async () => {
    const url = await serve((request) => request.socket.destroy());
    expect(await probeHttp(`${url}/healthz`, 2_000)).toMatchObject({ healthy: false });
  });

  it('finds an answer that is no HTTP unhealthy', async () => {
    const server = createTcpServer((socket) => {
      socket.on('error', () => {});
      socket.end('SSH-2.0-server\r\n', () => socket.destroy());
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closers.push(() => new Promise((resolve) => server.close(() => resolve())));
    const address = server.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const look = await probeHttp(`http://127.0.0.1:${port}/`, 2_000);
    expect(look.healthy).toBe(false);
  });

  it('says nothing when the name does not resolve', async () => {
    const look = await probeHttp('http://no-such-host.invalid/healthz', 5_000);
    expect(look.healthy).toBeNull();
  });

  it('says nothing about what is no HTTP address', async () => {
    expect((await probeHttp('ftp://127.0.0.1/', 1_000)).healthy).toBeNull();
  });

  it('says nothing when our own process was too busy to look', async () => {
    const url = await serve(() => {});
    const look = probeHttp(`${url}/healthz`, 50);
    const busyUntilMs = performance.now() + 700;
    while (performance.now() < busyUntilMs);
    expect((await look).healthy).toBeNull();
  });
});
