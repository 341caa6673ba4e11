import type { AddressInfo } from 'node:net';
import { connect, createServer, type Socket } from 'node:net';

/** A line to a server that can be cut: while it is, nobody gets through and whoever was is thrown out. */
export interface CutLine {
  /** Where the server is reached over the line. */
  readonly address: string;
  cut(): void;
  mend(): void;
  close(): Promise<void>;
}

/** Lays a line to `host:port` on 127.0.0.1. */
export async function layLine(address: string): Promise<CutLine> {
  const [host, port] = address.split(':');
  const sockets = new Set<Socket>();
  let isCut = false;
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    // Whoever is thrown out says so as an error.
    socket.on('error', () => socket.destroy());
  };
  const server = createServer((caller) => {
    keep(caller);
    if (isCut) {
      caller.destroy();
      return;
    }
    const called = connect({ host: host ?? '127.0.0.1', port: Number(port) });
    keep(called);
    caller.pipe(called).pipe(caller);
    caller.once('close', () => called.destroy());
    called.once('close', () => caller.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const hangUp = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut() {
      isCut = true;
      hangUp();
    },
    mend() {
      isCut = false;
    },
    async close() {
      hangUp();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
