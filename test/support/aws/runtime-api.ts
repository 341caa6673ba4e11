import { randomBytes, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An error as Lambda tells it. `trace` are the lines of the stack. */
export interface LambdaError {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace?: readonly string[];
}

/** How an invocation ended, and how long the function had it (what Lambda bills as its duration). */
export type Invocation = {
  readonly requestId: string;
  readonly durationMs: number;
} & (
  | { readonly kind: 'response'; readonly result: unknown }
  | { readonly kind: 'error'; readonly error: LambdaError }
);

/** What the service does with the process of the function. */
export interface RuntimeApiOptions {
  readonly functionArn: string;
  /** The function waits for work: Lambda freezes its process. */
  readonly onIdle: () => void;
  /** Work has come: Lambda thaws it. */
  readonly onWork: () => void;
}

/** The service inside Lambda that a runtime talks to, for one process of a function. */
export interface RuntimeApi {
  /** `host:port`, for `AWS_LAMBDA_RUNTIME_API`. */
  readonly address: string;
  /** When the runtime asked for its first invocation (`performance.now()`); null before. */
  readonly readyAtMs: () => number | null;
  /** What the runtime said when it could not load the function; null if nothing. */
  readonly initError: () => LambdaError | null;
  /** Hands over one event and waits for the function's answer; one at a time. Rejects when `close` comes first. */
  readonly invoke: (event: unknown, timeoutMs: number) => Promise<Invocation>;
  readonly close: () => void;
}

/** The most that a function may answer. */
const MAX_RESPONSE_BYTES = 6 * 1_024 * 1_024 + 100;

const VERSION = '/2018-06-01/runtime';

interface Work {
  readonly requestId: string;
  readonly payload: string;
  readonly timeoutMs: number;
  readonly resolve: (invocation: Invocation) => void;
  readonly reject: (error: Error) => void;
  startedAtMs: number | null;
}

/** Starts the service on a free port of 127.0.0.1. */
export async function startRuntimeApi(options: RuntimeApiOptions): Promise<RuntimeApi> {
  let readyAtMs: number | null = null;
  let initError: LambdaError | null = null;
  /** The runtime's open question for work. */
  let waiting: ServerResponse | null = null;
  let work: Work | null = null;

  function handOver(): void {
    if (waiting === null || work === null || work.startedAtMs !== null) return;
    const response = waiting;
    waiting = null;
    options.onWork();
    work.startedAtMs = performance.now();
    response.writeHead(200, {
      'content-type': 'application/json',
      'lambda-runtime-aws-request-id': work.requestId,
      'lambda-runtime-deadline-ms': String(Date.now() + work.timeoutMs),
      'lambda-runtime-invoked-function-arn': options.functionArn,
      'lambda-runtime-trace-id': traceId(),
    });
    response.end(work.payload);
  }

  function settle(requestId: string, end: (work: Work, durationMs: number) => void): boolean {
    const mine = work;
    if (mine?.startedAtMs == null || mine.requestId !== requestId) return false;
    work = null;
    end(mine, performance.now() - mine.startedAtMs);
    return true;
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? '';
    if (request.method === 'GET' && path === `${VERSION}/invocation/next`) {
      readyAtMs ??= performance.now();
      waiting = response;
      if (work === null) options.onIdle();
      handOver();
      return;
    }
    const body = await textOf(request);
    if (path === `${VERSION}/init/error`) {
      initError = JSON.parse(body);
      return accept(response);
    }
    const [, requestId = '', outcome] = /\/invocation\/([^/]+)\/(response|error)$/.exec(path) ?? [];
    if (outcome === undefined) return refuse(response, 404, 'NotFound', `There is no ${path}.`);
    const isTooLarge = outcome === 'response' && Buffer.byteLength(body) > MAX_RESPONSE_BYTES;
    const isKnown = settle(requestId, ({ resolve }, durationMs) => {
      if (isTooLarge) resolve({ kind: 'error', requestId, durationMs, error: tooLarge });
      else if (outcome === 'error') {
        resolve({ kind: 'error', requestId, durationMs, error: JSON.parse(body) });
      } else
        resolve({ kind: 'response', requestId, durationMs, result: JSON.parse(body || 'null') });
    });
    if (!isKnown) return refuse(response, 400, 'InvalidRequestID', 'Invalid request ID');
    if (isTooLarge) return refuse(response, 413, tooLarge.errorType, tooLarge.errorMessage);
    accept(response);
  }

  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => {
      refuse(response, 500, 'InternalServerError', String(error));
    });
  });
  // A frozen function keeps its connection for as long as it is frozen.
  server.keepAliveTimeout = 0;
  server.requestTimeout = 0;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    readyAtMs: () => readyAtMs,
    initError: () => initError,
    invoke(event, timeoutMs) {
      if (work !== null) throw new Error('A process of a function has one invocation at a time.');
      return new Promise((resolve, reject) => {
        const payload = JSON.stringify(event);
        work = { requestId: randomUUID(), payload, timeoutMs, resolve, reject, startedAtMs: null };
        handOver();
      });
    },
    close() {
      work?.reject(new Error('The function was stopped before it had answered.'));
      work = null;
      server.close();
      server.closeAllConnections();
    },
  };
}

const tooLarge: LambdaError = {
  errorType: 'Function.ResponseSizeTooLarge',
  errorMessage: `Response payload size exceeded maximum allowed payload size (${MAX_RESPONSE_BYTES} bytes).`,
};

/** A trace that nobody samples. */
function traceId(): string {
  const seconds = Math.floor(Date.now() / 1_000).toString(16);
  const root = `1-${seconds}-${randomBytes(12).toString('hex')}`;
  return `Root=${root};Parent=${randomBytes(8).toString('hex')};Sampled=0`;
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

function accept(response: ServerResponse): void {
  response.writeHead(202, { 'content-type': 'application/json' });
  response.end('{"status":"OK"}');
}

function refuse(response: ServerResponse, status: number, errorType: string, errorMessage: string) {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ errorMessage, errorType }));
}
