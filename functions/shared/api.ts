import { randomUUID } from 'node:crypto';
import { Logger } from '@aws-lambda-powertools/logger';
import middy from '@middy/core';
import httpHeaderNormalizer from '@middy/http-header-normalizer';
import httpRouter from '@middy/http-router';
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import type { Clock } from '../../domain/ports/clock.ts';
import type { Principal } from '../../domain/principal.ts';
import { type HttpAnswer, HttpProblem, problemAnswer } from './http-problem.ts';
import { invocation } from './invocation.ts';
import { type Meter, openMeter } from './metrics.ts';
import type { TokenVerifier } from './principal.ts';
import { inRequestSpan } from './request-span.ts';
import type { BoundRoute } from './route.ts';
import { type Log, tracedLog } from './tracing.ts';

/** What every HTTP function needs beside its routes. */
export interface ApiOptions {
  readonly service: string;
  readonly tokens: TokenVerifier;
  readonly clock: Clock;
  readonly logger?: Log;
  readonly meter?: Meter;
}

/** A Lambda handler for API Gateway's payload 2.0. */
export type ApiHandler = (event: APIGatewayProxyEventV2, context: Context) => Promise<HttpAnswer>;

/** What is known of a request while it is served, for its answer and its line in the log. */
interface Trace {
  requestId: string;
  method: string;
  path: string;
  operation: string;
  route: string;
  caseId: string;
  account: string;
  startedAtMs: number;
}

/** Said with every answer: no sniffing, no framing, no referrer, and never without TLS where there was TLS. */
const SECURITY_HEADERS = {
  'x-content-type-options': 'nosniff',
  'strict-transport-security': 'max-age=31536000; includeSubDomains',
  'referrer-policy': 'no-referrer',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
} as const;

/**
 * The HTTP function of a set of routes: header names in lower case, routing, one line of log per request without bodies and
 * tokens, and every error as `application/problem+json`. Nothing a caller sends makes it throw.
 */
export function createApi(routes: readonly BoundRoute[], options: ApiOptions): ApiHandler {
  const logger = tracedLog(options.logger ?? new Logger({ serviceName: options.service }));
  const meter = options.meter ?? openMeter(options.service, process.env);
  const traces = new WeakMap<object, Trace>();
  const traceOf = (event: APIGatewayProxyEventV2): Trace => {
    const trace = traces.get(event) ?? newTrace(event, options.clock);
    traces.set(event, trace);
    return trace;
  };

  const router = httpRouter<APIGatewayProxyEventV2, HttpAnswer>({
    routes: routes.map((bound) => ({
      method: bound.operation.method,
      path: bound.operation.path,
      handler: (event: APIGatewayProxyEventV2) => serve(bound, event, traceOf(event), options),
    })),
    notFoundResponse: ({ method, path }) => {
      throw unknownRoute(routes, method, path);
    },
  });

  const handler = middy<APIGatewayProxyEventV2, HttpAnswer>()
    .use(httpHeaderNormalizer())
    .before((request) => {
      traceOf(request.event);
    })
    .after((request) => {
      if (request.response) finish(logger, traceOf(request.event), request.response, options.clock);
    })
    .onError((request) => {
      const trace = traceOf(request.event);
      const answer = problemAnswer(request.error, trace);
      if (answer.statusCode >= 500) {
        logger.error('request failed', { requestId: trace.requestId, error: request.error });
      }
      request.response = finish(logger, trace, answer, options.clock);
    })
    .handler(router) as unknown as ApiHandler;
  return (event, context) =>
    invocation(meter, async () => {
      const serving = () => handler(event, context);
      const answer = await inRequestSpan(event, traceOf(event), serving);
      if (answer.statusCode >= 500) meter.count('ServerErrors');
      return answer;
    });
}

async function serve(
  bound: BoundRoute,
  event: APIGatewayProxyEventV2,
  trace: Trace,
  options: ApiOptions,
): Promise<HttpAnswer> {
  trace.operation = bound.operation.id;
  trace.route = bound.operation.path;
  trace.caseId = event.pathParameters?.['caseId'] ?? '';
  const answer = await bound.serve({
    headers: event.headers,
    body: event.body,
    isBase64Encoded: event.isBase64Encoded,
    pathParameters: event.pathParameters ?? {},
    queryStringParameters: event.queryStringParameters ?? {},
    tokens: options.tokens,
    nowMs: options.clock.nowMs(),
    onPrincipal: (principal: Principal) => {
      trace.account = principal.account;
    },
  });
  return {
    statusCode: answer.status,
    headers: {
      ...(answer.body !== '' && { 'content-type': 'application/json' }),
      ...answer.headers,
    },
    body: answer.body,
  };
}

function newTrace(event: APIGatewayProxyEventV2, clock: Clock): Trace {
  return {
    requestId: event.requestContext.requestId ?? randomUUID(),
    method: event.requestContext.http.method,
    path: event.requestContext.http.path,
    operation: '',
    route: '',
    caseId: '',
    account: '',
    startedAtMs: clock.nowMs(),
  };
}

function finish(
  logger: Pick<Log, 'info'>,
  trace: Trace,
  answer: HttpAnswer,
  clock: Clock,
): HttpAnswer {
  Object.assign(answer.headers, SECURITY_HEADERS, { 'x-request-id': trace.requestId });
  const { startedAtMs, route: _, caseId: __, ...rest } = trace;
  const durationMs = clock.nowMs() - startedAtMs;
  logger.info('request', { ...rest, status: answer.statusCode, durationMs });
  return answer;
}

/** 405 with what the path can do, or 404 when no operation has this path. */
function unknownRoute(routes: readonly BoundRoute[], method: string, path: string): HttpProblem {
  const allowed = routes
    .filter(({ operation }) => pathPattern(operation.path).test(path))
    .map(({ operation }) => operation.method);
  if (allowed.length === 0) {
    return new HttpProblem('route-unknown', `There is no path ${path}.`);
  }
  return new HttpProblem('method-not-allowed', `${path} does not have ${method}.`, {
    headers: { allow: [...new Set(allowed)].join(', ') },
  });
}

function pathPattern(path: string): RegExp {
  const source = path.replaceAll('.', '\\.').replace(/\{[^}]+\}/g, '[^/]+');
  return new RegExp(`^${source}/?$`);
}
