import { randomUUID } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type {
  APIGatewayProxyEventV2,
  APIGatewayProxyStructuredResultV2,
  Context,
} from 'aws-lambda';
import { PROBLEM_MEDIA_TYPE, type ProblemCode, problemType } from '../../contracts/problem.ts';
import { readBody } from './http-server.ts';

/** A Lambda handler for HTTP, as every function with a path exports it. */
export type HttpHandler = (
  event: APIGatewayProxyEventV2,
  context: Context,
) => Promise<APIGatewayProxyStructuredResultV2>;

/** One function behind the gateway: the first whose prefix fits gets the request. */
export interface GatewayRoute {
  readonly functionName: string;
  readonly prefix: string;
  readonly handler: HttpHandler;
}

/** What API Gateway takes at most. */
const MAX_BODY_BYTES = 10 * 1_024 * 1_024;

/** How long API Gateway waits for a function. */
const FUNCTION_TIMEOUT_MS = 30_000;

/**
 * An HTTP listener that hands requests to Lambda handlers as API Gateway does: events of payload version 2.0, and their results as answers.
 * `onServed` hears of each answer, so that what has just been accepted need not wait for the next poll.
 */
export function gateway(
  routes: readonly GatewayRoute[],
  onServed: (functionName: string, status: number) => void,
): RequestListener {
  return (request, response) => {
    void serve(routes, request)
      .catch((error: unknown) => {
        console.error('a function failed', error);
        return problem(500, 'internal-error', 'The function ended without an answer.');
      })
      .then(({ functionName, result }) => {
        send(response, result);
        onServed(functionName, result.statusCode ?? 200);
      });
  };
}

interface Served {
  functionName: string;
  result: APIGatewayProxyStructuredResultV2;
}

async function serve(routes: readonly GatewayRoute[], request: IncomingMessage): Promise<Served> {
  const body = await readBody(request, MAX_BODY_BYTES);
  if (body === null) {
    return problem(413, 'body-too-large', `A body has at most ${MAX_BODY_BYTES} bytes.`);
  }
  const event = toEvent(request, body);
  const route = routes.find(({ prefix }) => event.rawPath.startsWith(prefix));
  if (!route) return problem(404, 'route-unknown', `There is no path ${event.rawPath}.`);
  const context = contextFor(route.functionName, event.requestContext.requestId);
  return { functionName: route.functionName, result: await route.handler(event, context) };
}

/** The event of a request: names of headers in lower case, what comes several times joined by commas, the body as it came. */
export function toEvent(request: IncomingMessage, body: Buffer): APIGatewayProxyEventV2 {
  const url = new URL(request.url ?? '/', 'http://127.0.0.1');
  const headers = joinedHeaders(request);
  const atMs = Date.now();
  const query = joinedQuery(url.searchParams);
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: url.pathname,
    rawQueryString: url.search.replace(/^\?/, ''),
    headers,
    ...(Object.keys(query).length > 0 && { queryStringParameters: query }),
    requestContext: {
      accountId: '000000000000',
      apiId: 'local',
      domainName: headers['host'] ?? '127.0.0.1',
      domainPrefix: 'local',
      http: {
        method: request.method ?? 'GET',
        path: url.pathname,
        protocol: `HTTP/${request.httpVersion}`,
        sourceIp: request.socket.remoteAddress ?? '127.0.0.1',
        userAgent: headers['user-agent'] ?? '',
      },
      requestId: randomUUID(),
      routeKey: '$default',
      stage: '$default',
      time: new Date(atMs).toUTCString(),
      timeEpoch: atMs,
    },
    ...bodyFields(body, headers['content-type']),
  };
}

function joinedHeaders(request: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    Object.entries(request.headersDistinct).flatMap(([name, values]) =>
      values === undefined ? [] : [[name, values.join(',')]],
    ),
  );
}

function joinedQuery(params: URLSearchParams): Record<string, string> {
  return Object.fromEntries(
    [...new Set(params.keys())].map((name) => [name, params.getAll(name).join(',')]),
  );
}

/** Text stays text; everything else, and text that is not valid UTF-8, is base64, so that no byte of a signed body is lost. */
function bodyFields(
  body: Buffer,
  contentType = 'application/json',
): { body?: string; isBase64Encoded: boolean } {
  if (body.length === 0) return { isBase64Encoded: false };
  const isText = /^(text\/|application\/(json|xml|javascript|[a-z0-9.-]+\+(json|xml)))/i;
  const text = body.toString('utf8');
  if (isText.test(contentType) && Buffer.from(text, 'utf8').equals(body)) {
    return { body: text, isBase64Encoded: false };
  }
  return { body: body.toString('base64'), isBase64Encoded: true };
}

/** What Lambda tells a function about its own call. */
export function contextFor(functionName: string, requestId: string): Context {
  const endsAtMs = Date.now() + FUNCTION_TIMEOUT_MS;
  return {
    callbackWaitsForEmptyEventLoop: false,
    functionName,
    functionVersion: '$LATEST',
    invokedFunctionArn: `arn:aws:lambda:local:000000000000:function:${functionName}`,
    memoryLimitInMB: '512',
    awsRequestId: requestId,
    logGroupName: `/local/${functionName}`,
    logStreamName: 'local',
    getRemainingTimeInMillis: () => Math.max(0, endsAtMs - Date.now()),
    done: () => {},
    fail: () => {},
    succeed: () => {},
  };
}

function send(response: ServerResponse, result: APIGatewayProxyStructuredResultV2): void {
  const body = Buffer.from(result.body ?? '', result.isBase64Encoded ? 'base64' : 'utf8');
  const headers = Object.entries(result.headers ?? {});
  for (const [name, value] of headers) response.setHeader(name, String(value));
  if (result.cookies !== undefined) response.setHeader('set-cookie', result.cookies);
  response.writeHead(result.statusCode ?? 200);
  response.end(body);
}

/** What the gateway itself has to say, in the words of the API. */
function problem(status: number, code: ProblemCode, detail: string): Served {
  const content = { type: problemType(code), title: detail, status, detail, code };
  return {
    functionName: 'gateway',
    result: {
      statusCode: status,
      headers: { 'content-type': PROBLEM_MEDIA_TYPE },
      body: JSON.stringify({ ...content, requestId: randomUUID() }),
    },
  };
}
