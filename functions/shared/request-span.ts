import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { HttpAnswer } from './http-problem.ts';
import { failed, inSpan } from './tracing.ts';

/** What of a request its span says; filled while it is served. */
export interface SpannedRequest {
  readonly method: string;
  /** Path of the operation with its parameters unfilled, empty for a path that is none: a filled one may name a participant. */
  readonly route: string;
  readonly caseId: string;
}

/** Answers a request in a span that goes on with the sender's trace, if its `traceparent` is one. */
export function inRequestSpan(
  event: APIGatewayProxyEventV2,
  request: SpannedRequest,
  answer: () => Promise<HttpAnswer>,
): Promise<HttpAnswer> {
  const { method } = request;
  const parent = headerOf(event, 'traceparent');
  return inSpan({ name: method, kind: 'server', parent }, async (span) => {
    const answered = await answer();
    const { route, caseId } = request;
    if (route !== '') span.updateName(`${method} ${route}`);
    span.setAttributes({
      'http.request.method': method,
      'http.response.status_code': answered.statusCode,
      ...(route !== '' && { 'http.route': route }),
      ...(caseId !== '' && { 'swarm.case_id': caseId }),
    });
    if (answered.statusCode >= 500) failed(span, String(answered.statusCode));
    return answered;
  });
}

/** Gateways hand on the names of headers as they came. */
function headerOf(event: APIGatewayProxyEventV2, wanted: string): string | undefined {
  const found = Object.entries(event.headers).find(([name]) => name.toLowerCase() === wanted);
  return found?.[1];
}
