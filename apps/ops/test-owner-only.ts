import {
  connect,
  createServer,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2';
import { freePort } from '../local/parts/free-port.ts';

/** What Temporal Cloud lets no key of a namespace do: the owner's work. */
const OWNERS_WORK = /\/(temporal\.api\.operatorservice|.*\/(Register|Update)Namespace$)/;

/** A server as a key of Temporal Cloud sees it. */
export interface OwnerOnly {
  readonly address: string;
  /** Calls that are answered with another status of gRPC, or never (null), whatever they ask. */
  trouble: { readonly calls: RegExp; readonly status: string | null } | null;
  close(): void;
}

/** Stands in front of a real server and refuses what only a namespace's owner may do, with the words of gRPC. */
export async function ownerOnly(address: string): Promise<OwnerOnly> {
  const behind = connect(`http://${address}`);
  const server = createServer();
  const sessions = new Set<{ destroy(): void }>();
  server.on('session', (session) => sessions.add(session));
  const port = await freePort();
  const front: OwnerOnly = {
    address: `127.0.0.1:${port}`,
    trouble: null,
    close() {
      for (const session of sessions) session.destroy();
      server.close();
      behind.destroy();
    },
  };
  server.on('stream', (stream, headers) => {
    const call = headers[':path'] ?? '';
    if (front.trouble?.calls.test(call)) {
      if (front.trouble.status === null) stream.resume().on('error', () => undefined);
      else refuse(stream, front.trouble.status, 'In trouble.');
    } else if (OWNERS_WORK.test(call)) refuse(stream, '7', 'Request unauthorized.');
    else forward(stream, behind.request(headers));
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return front;
}

function refuse(stream: ServerHttp2Stream, status: string, message: string): void {
  stream.resume();
  stream.respond(
    {
      ':status': 200,
      'content-type': 'application/grpc',
      'grpc-status': status,
      'grpc-message': message,
    },
    { endStream: true },
  );
}

function forward(
  stream: ServerHttp2Stream,
  onward: ReturnType<ReturnType<typeof connect>['request']>,
) {
  let trailers: IncomingHttpHeaders = {};
  stream.pipe(onward);
  stream.on('wantTrailers', () => stream.sendTrailers(trailers));
  onward.on('response', (headers, flags) => {
    // An answer that is all trailers ends with its headers.
    const isAll = (flags & 1) === 1;
    stream.respond(headers, isAll ? { endStream: true } : { waitForTrailers: true });
    if (!isAll) onward.pipe(stream);
  });
  onward.on('trailers', (received) => {
    trailers = received;
  });
  stream.on('error', () => onward.close());
  onward.on('error', () => stream.close());
}
