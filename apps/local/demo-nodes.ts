import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';

const PATH = /^\/nodes\/(?<node>[A-Za-z0-9._:-]{1,128})(?<rest>\/[a-z/]*)?$/;

/**
 * Stand-ins for what the demonstration's participants run: `GET /nodes/{resource}/healthz` answers 200, or 503 while the node is down;
 * `POST /nodes/{resource}/down` and `/up` switch it. Which are down is kept in a file: a restart of ours heals nobody.
 */
export function demoNodes(file: string) {
  const down = new Set<string>(readDown(file));

  function switchNode(node: string, isDown: boolean): void {
    if (isDown) down.add(node);
    else down.delete(node);
    writeFileSync(`${file}.new`, JSON.stringify([...down]));
    renameSync(`${file}.new`, file);
  }

  return (request: IncomingMessage, response: ServerResponse): boolean => {
    const { node, rest = '/' } = PATH.exec(request.url ?? '')?.groups ?? {};
    if (node === undefined) return false;
    if (request.method === 'POST' && (rest === '/down' || rest === '/up')) {
      switchNode(node, rest === '/down');
    } else if (request.method !== 'GET') {
      response.writeHead(405, { allow: 'GET' }).end();
      return true;
    }
    const isDown = down.has(node);
    const status = request.method === 'GET' && isDown ? 503 : 200;
    response
      .writeHead(status, { 'content-type': 'application/json' })
      .end(JSON.stringify({ node, status: isDown ? 'down' : 'up' }));
    return true;
  };
}

function readDown(file: string): string[] {
  try {
    const read: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return Array.isArray(read) ? read.filter((node) => typeof node === 'string') : [];
  } catch {
    return [];
  }
}
