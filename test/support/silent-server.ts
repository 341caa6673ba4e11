import { type AddressInfo, createServer, type Socket } from 'node:net';

/** A server that takes every connection and never says a word: what a network looks like that swallows packets. */
export interface SilentServer {
  readonly url: string;
  /** Connections so far. */
  connections(): number;
  close(): void;
}

/** Starts one at a free port of this machine. */
export async function startSilentServer(): Promise<SilentServer> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    // Whoever gave up may break the connection as they like.
    socket.on('error', () => undefined);
    sockets.push(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    connections: () => sockets.length,
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
