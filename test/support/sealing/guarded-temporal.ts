import {
  type ClientHttp2Session,
  connect,
  createSecureServer,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { KeyPair } from './certificates.ts';

/** What stands before a Temporal server and lets in who proves itself, as Temporal Cloud does. */
export interface GuardedTemporal {
  readonly address: string;
  /** Names of the client certificates that are let in; null asks for none. */
  certificates: readonly string[] | null;
  /** The API keys that are let in; null asks for none. */
  apiKeys: readonly string[] | null;
  /** Calls that were let through, and calls that were refused. */
  passed: number;
  refused: number;
  /** Ends all connections, as a server does that has dropped an authority. */
  hangUp(): void;
  close(): Promise<void>;
}

const UNAUTHENTICATED = '16';

/** Guards the server at `target` (host:port). It shows `own` and believes certificates of `authority`. */
export async function guardTemporal(
  target: string,
  own: KeyPair,
  authority: string,
): Promise<GuardedTemporal> {
  const behind = connect(`http://${target}`);
  const sessions = new Set<ServerHttp2Session>();
  const server = createSecureServer({
    key: own.privateKey,
    cert: own.certificate,
    ca: authority,
    requestCert: true,
    rejectUnauthorized: false,
  });
  const guard: GuardedTemporal = {
    address: '',
    certificates: null,
    apiKeys: null,
    passed: 0,
    refused: 0,
    hangUp: () => {
      for (const session of sessions) session.destroy();
    },
    close: async () => {
      guard.hangUp();
      behind.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  server.on('sessionError', () => undefined);
  server.on('session', (session) => {
    session.on('error', () => undefined);
    const socket = session.socket as TLSSocket;
    const name = socket.authorized ? String(socket.getPeerCertificate().subject?.CN ?? '') : '';
    // Without a word, as TLS does.
    if (guard.certificates !== null && !guard.certificates.includes(name)) {
      guard.refused += 1;
      session.destroy();
      return;
    }
    sessions.add(session);
    session.once('close', () => sessions.delete(session));
  });
  server.on('stream', (stream, headers) => {
    stream.on('error', () => undefined);
    const key = String(headers.authorization ?? '').replace(/^Bearer /, '');
    if (guard.apiKeys !== null && !guard.apiKeys.includes(key)) {
      guard.refused += 1;
      refuse(stream);
      return;
    }
    guard.passed += 1;
    pass(behind, stream, headers);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return Object.assign(guard, { address: `127.0.0.1:${port}` });
}

function refuse(stream: ServerHttp2Stream): void {
  stream.respond(
    {
      ':status': 200,
      'content-type': 'application/grpc',
      'grpc-status': UNAUTHENTICATED,
      'grpc-message': 'Request unauthorized.',
    },
    { endStream: true },
  );
}

function pass(behind: ClientHttp2Session, stream: ServerHttp2Stream, headers: object): void {
  const call = behind.request({ ...headers, ':scheme': 'http' });
  call.on('error', () => stream.close());
  call.on('response', (answer) => {
    if (stream.destroyed) return;
    const { ':status': status, ...rest } = answer;
    // A refusal is all in its headers: nothing follows them.
    const isWhole = rest['grpc-status'] !== undefined;
    stream.respond(
      { ':status': status ?? 200, ...rest },
      isWhole ? { endStream: true } : { waitForTrailers: true },
    );
    if (isWhole) return;
    let trailers: object = {};
    call.on('trailers', (these) => {
      trailers = these;
    });
    stream.on('wantTrailers', () => stream.sendTrailers({ ...trailers }));
    call.pipe(stream);
  });
  stream.on('close', () => call.close());
  stream.pipe(call);
}
