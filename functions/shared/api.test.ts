import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import { defineOperation, noBody, none } from '../../contracts/http/operation.ts';
import { DomainError } from '../../domain/errors.ts';
import type { Principal } from '../../domain/principal.ts';
import { type ApiHandler, createApi } from './api.ts';
import { MAX_BODY_BYTES } from './json-body.ts';
import { type Call, route } from './route.ts';
import {
  NOW_MS,
  newKey,
  openIssuer,
  send,
  sendForProblem,
  type TestIssuer,
  type TestRequest,
} from './test-http.ts';

const readThing = defineOperation({
  id: 'readCase',
  method: 'GET',
  path: '/v1/things/{thingId}',
  tag: 'Test',
  summary: 'Read a thing',
  params: z.strictObject({ thingId: z.string().regex(/^[a-z0-9 -]+$/) }),
  query: z.strictObject({ limit: z.coerce.number().int().max(10).default(3) }),
  body: noBody,
  reply: z.unknown(),
  etag: true,
});

const changeThing = defineOperation({
  id: 'addNote',
  method: 'POST',
  path: '/v1/things/{thingId}/notes',
  tag: 'Test',
  summary: 'Change a thing',
  params: z.strictObject({ thingId: z.string() }),
  query: none,
  body: z.strictObject({ text: z.string(), nested: z.strictObject({ n: z.int() }).optional() }),
  reply: z.unknown(),
});

let issuer: TestIssuer;
let api: ApiHandler;
let failure: unknown;
const calls: unknown[] = [];
const log: unknown[] = [];

beforeAll(async () => {
  issuer = await openIssuer();
  const handle = async (call: Call<typeof readThing> | Call<typeof changeThing>) => {
    if (failure !== undefined) throw failure;
    calls.push(call);
    return { body: { seen: call.params.thingId, ownOnly: call.ownOnly } };
  };
  api = createApi([route(readThing, handle), route(changeThing, handle)], {
    service: 'test',
    tokens: issuer.tokens,
    clock: { nowMs: () => NOW_MS },
    logger: {
      info: (...line: unknown[]) => void log.push(line),
      error: (...line: unknown[]) => void log.push(line),
    } as never,
  });
});

const read = { method: 'GET', path: '/v1/things/t-1' };
const change = { method: 'POST', path: '/v1/things/t-1/notes' };

/** A request that would succeed, to be spoiled in one way. */
async function goodChange() {
  return {
    ...change,
    token: await issuer.token({ roles: ['operator'] }),
    key: newKey(),
    json: { text: 'x' },
  };
}

test('a request reaches its operation with principal, parameters and defaults', async () => {
  const token = await issuer.token({ roles: ['viewer'], person: 'Ada' });
  const answer = await send(api, { ...read, path: '/v1/things/t%20%201', token });
  expect(answer.status).toBe(200);
  expect(answer.body).toEqual({ seen: 't  1', ownOnly: null });
  const call = calls.at(-1) as Call<typeof readThing>;
  expect(call.query).toEqual({ limit: 3 });
  expect(call.nowMs).toBe(NOW_MS);
  expect(call.principal satisfies Principal).toEqual({
    account: 'ada',
    person: 'Ada',
    organisation: 'acme',
    roles: ['viewer'],
    participantId: null,
    controlGroup: null,
  });
  expect(answer.headers).toMatchObject({
    'content-type': 'application/json',
    'x-content-type-options': 'nosniff',
    'x-request-id': 'request-1',
  });
});

test.each<[string, object, number, string]>([
  ['malformed JSON', { json: undefined, raw: '{"text":' }, 400, 'malformed-json'],
  [
    'bytes that are no UTF-8',
    { json: undefined, raw: Buffer.from([0xff, 0xfe]) },
    400,
    'malformed-json',
  ],
  ['no body', { json: undefined }, 400, 'invalid-request'],
  ['a wrong type', { json: { text: 7 } }, 400, 'invalid-request'],
  ['an unknown field', { json: { text: 'x', more: 1 } }, 400, 'invalid-request'],
  [
    'a polluting field',
    { json: undefined, raw: '{"text":"x","__proto__":{"a":1}}' },
    400,
    'invalid-request',
  ],
  ['an array', { json: [] }, 400, 'invalid-request'],
  [
    'another media type',
    { headers: { 'Content-Type': 'text/plain' } },
    415,
    'unsupported-media-type',
  ],
  ['a large body', { json: { text: 'x'.repeat(MAX_BODY_BYTES) } }, 413, 'body-too-large'],
  ['no key', { key: undefined }, 400, 'idempotency-key-missing'],
  ['a short key', { key: 'short' }, 400, 'idempotency-key-invalid'],
  ['a long key', { key: 'k'.repeat(129) }, 400, 'idempotency-key-invalid'],
  ['a key with a space', { key: 'key with spaces' }, 400, 'idempotency-key-invalid'],
  ['no token', { token: undefined }, 401, 'token-missing'],
  [
    'no bearer',
    { token: undefined, headers: { Authorization: 'Basic YTpi' } },
    401,
    'token-missing',
  ],
  ['a token of nobody', { token: 'a.b.c' }, 401, 'token-invalid'],
  ['an unknown path', { path: '/v1/other' }, 404, 'route-unknown'],
  ['an unknown method', { method: 'DELETE' }, 405, 'method-not-allowed'],
  ['an unknown filter', { query: { colour: 'red' } }, 400, 'invalid-request'],
])('%s is refused and changes nothing', async (_name, spoil, status, code) => {
  const before = calls.length;
  const problem = await sendForProblem(api, { ...(await goodChange()), ...spoil });
  expect(problem).toMatchObject({
    status,
    code,
    type: `/problems/${code}`,
    requestId: 'request-1',
  });
  expect(calls).toHaveLength(before);
});

test('the pointers of a wrong request name each wrong value', async () => {
  const request = { ...(await goodChange()), json: { nested: { n: 1.5, 'a/b': 1 } } };
  const problem = await sendForProblem(api, request);
  expect(problem.errors).toEqual([
    { pointer: '/text', code: 'invalid-type' },
    { pointer: '/nested/n', code: 'invalid-type' },
    { pointer: '/nested/a~1b', code: 'unknown-field' },
  ]);
});

test('an unknown method says which ones there are', async () => {
  const problem = await sendForProblem(api, { ...read, method: 'POST' });
  expect(problem.headers['allow']).toBe('GET');
});

test('a role that is not enough is 403, and a missing token says how to sign in', async () => {
  const token = await issuer.token({ roles: ['viewer'] });
  expect(await sendForProblem(api, { ...(await goodChange()), token })).toMatchObject({
    status: 403,
    code: 'role-missing',
  });
  const missing = await sendForProblem(api, read);
  expect(missing.headers['www-authenticate']).toBe('Bearer');
});

test('a participant is held to own records, unless it has another role for this', async () => {
  const own = { roles: ['participant'], participant_id: 'hp-1' };
  const asOwner = await send(api, { ...read, token: await issuer.token(own) });
  expect(asOwner.body).toMatchObject({ ownOnly: 'hp-1' });
  const both = await issuer.token({ ...own, roles: ['participant', 'viewer'] });
  expect((await send(api, { ...read, token: both })).body).toMatchObject({ ownOnly: null });
});

test('a tag that the caller has already is answered without a body', async () => {
  const token = await issuer.token({ roles: ['viewer'] });
  const first = await send(api, { ...read, token });
  const etag = first.headers['etag'] ?? '';
  expect(etag).toMatch(/^"[\w-]{43}"$/);
  for (const header of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
    const again = await send(api, { ...read, token, headers: { 'If-None-Match': header } });
    expect(again).toMatchObject({ status: 304, body: undefined, headers: { etag } });
  }
  const other = await send(api, { ...read, token, headers: { 'If-None-Match': '"other"' } });
  expect(other.status).toBe(200);
});

test.each<[string, unknown, number, string, string]>([
  ['a listed conflict', new DomainError('case-ended', 'conflict', 'why'), 409, 'case-ended', 'why'],
  ['an unlisted refusal', new DomainError('new-rule', 'conflict', 'why'), 409, 'new-rule', 'why'],
  [
    'a reused key',
    new DomainError('idempotency-key-reused', 'conflict', 'why'),
    422,
    'idempotency-key-reused',
    'why',
  ],
  ['an unlisted mistake', new DomainError('odd', 'caller', 'why'), 400, 'odd', 'why'],
  [
    'an outage',
    new DomainError('workflow-unreachable', 'dependency', 'why'),
    503,
    'workflow-unreachable',
    'why',
  ],
  [
    'a bug',
    new DomainError('case-ended', 'bug', 'secret'),
    500,
    'internal-error',
    'not your fault',
  ],
  ['a crash', new Error('secret'), 500, 'internal-error', 'not your fault'],
  ['a thrown text', 'secret', 500, 'internal-error', 'not your fault'],
  [
    'a silent store',
    Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }),
    503,
    'store-unreachable',
    'store',
  ],
])('%s has its status and keeps secrets', async (_name, error, status, code, detail) => {
  failure = error;
  try {
    const problem = await sendForProblem(api, await goodChange());
    expect(problem).toMatchObject({ status, code });
    expect(problem.detail).toContain(detail);
    expect(JSON.stringify(problem)).not.toContain('secret');
    expect(problem.headers['retry-after']).toBe(status === 503 ? '5' : undefined);
  } finally {
    failure = undefined;
  }
});

test('the log has one line per request, with status and account, without body and token', async () => {
  const before = log.length;
  const request = { ...(await goodChange()), json: { text: 'private words' } };
  await send(api, request);
  expect(log).toHaveLength(before + 1);
  expect(log.at(-1)).toEqual([
    'request',
    {
      requestId: 'request-1',
      method: 'POST',
      path: change.path,
      operation: 'addNote',
      account: 'ada',
      status: 200,
      durationMs: 0,
    },
  ]);
  expect(JSON.stringify(log)).not.toContain('private words');
  expect(JSON.stringify(log)).not.toContain(request.token);
});

test('nothing that a caller sends makes it throw or answer without a problem', async () => {
  const good = await goodChange();
  const text = fc.string({ unit: 'binary', maxLength: 60 });
  const anyRequest = fc.record(
    {
      method: fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'TRACE', 'toString'),
      path: fc.oneof(
        text.map((tail) => `/v1/things/${tail}`),
        text.map((tail) => `/${tail}`),
        fc.constant(change.path),
      ),
      query: fc.dictionary(text, text, { maxKeys: 2 }),
      token: fc.oneof(text, fc.constant(good.token)),
      key: fc.oneof(text, fc.constant(good.key)),
      headers: fc.dictionary(text, text, { maxKeys: 2 }),
      raw: fc.oneof(
        text,
        fc.json(),
        fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
      ),
    },
    { requiredKeys: ['method', 'path'] },
  );
  await fc.assert(
    fc.asyncProperty(anyRequest, async (request) => {
      const answer = await send<{ status?: number; code?: string }>(api, request as TestRequest);
      expect([200, 304, 400, 401, 403, 404, 405, 413, 415]).toContain(answer.status);
      if (answer.status >= 400) {
        expect(answer.headers['content-type']).toBe('application/problem+json');
        expect(answer.body).toMatchObject({ status: answer.status, code: expect.any(String) });
      }
    }),
    { numRuns: 1_000 },
  );
});
