import { readFileSync } from 'node:fs';
import http, { createServer } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { close } from '../../../apps/local/http-server.ts';
import type { LocalAws } from '../parts/ministack.ts';

/** A way to a deployed API for clients that cannot choose the name they ask for. */
export interface ApiProxy {
  readonly url: string;
  readonly close: () => Promise<void>;
}

/**
 * Forwards to a deployed API: its name ends in `.localhost` and resolves nowhere, and Alertmanager can neither set the Host header nor
 * be told to trust the certificate. Everything else of a request passes as it came.
 */
export async function openApiProxy(aws: LocalAws, apiUrl: string): Promise<ApiProxy> {
  const { host } = new URL(apiUrl);
  const { port } = new URL(aws.endpoint);
  const isTls = aws.certificate !== null;
  const agent = isTls
    ? new https.Agent({ keepAlive: true, ca: readFileSync(aws.certificate ?? '') })
    : new http.Agent({ keepAlive: true });
  const server = createServer((request, response) => {
    const forwarded = (isTls ? https : http).request(
      {
        agent,
        host: '127.0.0.1',
        port,
        servername: 'localhost',
        method: request.method,
        path: request.url,
        headers: { ...request.headers, host },
      },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      },
    );
    forwarded.once('error', () => {
      if (response.headersSent) response.destroy();
      else response.writeHead(502).end();
    });
    request.pipe(forwarded);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      await close(server, 1_000);
      agent.destroy();
    },
  };
}
