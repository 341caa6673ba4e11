import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import type { Problem } from '../../contracts/problem.ts';
import type { Role } from '../../domain/principal.ts';
import type { ApiHandler } from './api.ts';
import { createTokenVerifier, type TokenVerifier } from './principal.ts';

/** Support for the tests of HTTP functions: an issuer of tokens and requests shaped as API Gateway's payload 2.0. */

// A line of log per request says nothing that a test does not assert.
process.env['POWERTOOLS_LOG_LEVEL'] = 'SILENT';

/** The instant at which the tests of functions happen. */
export const NOW_MS = Date.UTC(2026, 10, 22, 12);

const ISSUER = 'https://issuer.test';
const AUDIENCE = 'swarm-slashing';

/** Claims of a token; `sub` and `roles` are what most tests say. */
export interface TestClaims extends JWTPayload {
  roles?: (Role | (string & {}))[];
  person?: string;
  org?: string;
  participant_id?: string;
  control_group?: string;
}

/** An issuer with its own key and the verifier that trusts it. */
export interface TestIssuer {
  readonly tokens: TokenVerifier;
  token(claims: TestClaims): Promise<string>;
  /** Signs by hand what `token` would not: other issuers, audiences, times. */
  sign(claims: JWTPayload, changes?: { issuer?: string; audience?: string }): Promise<string>;
}

/** Makes an issuer; two of them do not trust each other's tokens. `claims` says how its tokens name who somebody is. */
export async function openIssuer(claims: 'plain' | 'cognito' = 'plain'): Promise<TestIssuer> {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const jwk = { ...(await exportJWK(publicKey)), kid: 'test', alg: 'ES256', use: 'sig' };
  const tokens = createTokenVerifier({
    issuer: ISSUER,
    audience: AUDIENCE,
    keys: { json: JSON.stringify({ keys: [jwk] }) },
    claims,
    clockToleranceS: 5,
  });
  const sign: TestIssuer['sign'] = (claims, changes = {}) =>
    new SignJWT({ exp: NOW_MS / 1_000 + 60, ...claims })
      .setProtectedHeader({ alg: 'ES256', kid: 'test' })
      .setIssuer(changes.issuer ?? ISSUER)
      .setAudience(changes.audience ?? AUDIENCE)
      .sign(privateKey);
  return {
    tokens,
    sign,
    token: (claims) => sign({ sub: 'ada', org: 'acme', ...claims }),
  };
}

/** A request as a test says it. */
export interface TestRequest {
  method: string;
  path: string;
  query?: Record<string, string>;
  headers?: Record<string, string>;
  token?: string;
  key?: string;
  json?: unknown;
  /** The raw body, instead of `json`. */
  raw?: string | Buffer;
}

/** An answer with its body read. */
export interface TestAnswer<Body = unknown> {
  status: number;
  headers: Record<string, string>;
  body: Body;
}

/** Sends a request to a handler as API Gateway would, header names in mixed case. */
export async function send<Body = unknown>(
  handler: ApiHandler,
  request: TestRequest,
): Promise<TestAnswer<Body>> {
  const answer = await handler(eventOf(request), {} as Context);
  const body = answer.body === '' ? undefined : JSON.parse(answer.body);
  return { status: answer.statusCode, headers: answer.headers, body };
}

/** The same for a request that must fail; the answer must be a problem. */
export async function sendForProblem(
  handler: ApiHandler,
  request: TestRequest,
): Promise<Problem & { headers: Record<string, string> }> {
  const answer = await send<Problem>(handler, request);
  const isProblem = answer.headers['content-type'] === 'application/problem+json';
  if (!isProblem || answer.body.status !== answer.status) {
    throw new Error(`Not a problem: ${JSON.stringify(answer)}`);
  }
  return { ...answer.body, headers: answer.headers };
}

/** An event of API Gateway's payload 2.0. */
export function eventOf(request: TestRequest): APIGatewayProxyEventV2 {
  const { method, path, query = {}, raw } = request;
  const json = request.json === undefined ? undefined : JSON.stringify(request.json);
  const body = raw ?? json;
  const headers = {
    ...(body !== undefined && { 'Content-Type': 'application/json' }),
    ...(request.token !== undefined && { Authorization: `Bearer ${request.token}` }),
    ...(request.key !== undefined && { 'Idempotency-Key': request.key }),
    ...request.headers,
  };
  const isBytes = Buffer.isBuffer(body);
  const event: Partial<APIGatewayProxyEventV2> = {
    version: '2.0',
    routeKey: '$default',
    rawPath: path,
    rawQueryString: new URLSearchParams(query).toString(),
    headers,
    queryStringParameters: query,
    requestContext: {
      accountId: 'local',
      apiId: 'local',
      domainName: 'localhost',
      domainPrefix: 'localhost',
      http: { method, path, protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: 'test' },
      requestId: 'request-1',
      routeKey: '$default',
      stage: '$default',
      time: '',
      timeEpoch: NOW_MS,
    },
    isBase64Encoded: isBytes,
    ...(body !== undefined && { body: isBytes ? body.toString('base64') : body }),
  };
  return event as APIGatewayProxyEventV2;
}

let lastKey = 0;

/** An `Idempotency-Key` that no other request of this run has. */
export function newKey(): string {
  lastKey += 1;
  return `key-${String(lastKey).padStart(8, '0')}`;
}
