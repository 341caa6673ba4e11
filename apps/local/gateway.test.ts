import { request as httpRequest } from 'node:http';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { gateway, type HttpHandler } from './gateway.ts';
import { close, listen } from './http-server.ts';

describe('the gateway', () => {
  let events: APIGatewayProxyEventV2[] = [];
  let answer: HttpHandler;
  const served: string[] = [];
  let server: Awaited<ReturnType<typeof listen>>;
  let url = '';

  beforeAll(async () => {
    const handler: HttpHandler = (event, context) => {
      events.push(event);
      return answer(event, context);
    };
    const routes = [
      { functionName: 'alerts', prefix: '/v1/alerts/', handler },
      { functionName: 'cases', prefix: '/v1/', handler },
    ];
    server = await listen(
      0,
      gateway(routes, (name, status) => served.push(`${name} ${status}`)),
    );
    const address = server.address();
    url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
  });
  beforeEach(() => {
    events = [];
    served.length = 0;
    answer = async () => ({ statusCode: 202, body: '{"ok":true}' });
  });
  afterAll(() => close(server, 1_000));

  it('makes an event of payload 2.0 from a request', async () => {
    await fetch(`${url}/v1/alerts/am?limit=5&tag=a&tag=b%20c`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'X-Thing': 'Yes' },
      body: '{"a": 1}',
    });
    expect(events[0]).toMatchObject({
      version: '2.0',
      rawPath: '/v1/alerts/am',
      rawQueryString: 'limit=5&tag=a&tag=b%20c',
      headers: { 'content-type': 'application/json', 'x-thing': 'Yes' },
      queryStringParameters: { limit: '5', tag: 'a,b c' },
      requestContext: { http: { method: 'POST', path: '/v1/alerts/am' } },
      body: '{"a": 1}',
      isBase64Encoded: false,
    });
    expect(served).toEqual(['alerts 202']);
  });

  it.each([
    ['bytes that are no text', 'application/octet-stream', Buffer.from([0, 255, 1])],
    ['what is called JSON and is not UTF-8', 'application/json', Buffer.from([0x7b, 0xff, 0x7d])],
  ])('keeps every byte of %s', async (_, contentType, body) => {
    await fetch(`${url}/v1/alerts/am`, {
      method: 'POST',
      headers: { 'content-type': contentType },
      body,
    });
    const [event] = events;
    expect(event?.isBase64Encoded).toBe(true);
    expect(Buffer.from(event?.body ?? '', 'base64')).toEqual(body);
  });

  it('has no body where the request has none', async () => {
    await fetch(`${url}/v1/cases`);
    expect(events[0]).not.toHaveProperty('body');
    expect(events[0]).not.toHaveProperty('queryStringParameters');
  });

  it('joins headers that come several times', async () => {
    await new Promise<void>((resolve, reject) => {
      const sent = httpRequest(`${url}/v1/cases`, { headers: { 'x-many': ['a', 'b'] } }, (got) => {
        got.resume();
        got.on('end', resolve);
      });
      sent.on('error', reject);
      sent.end();
    });
    expect(events[0]?.headers['x-many']).toBe('a,b');
  });

  it('answers what the function answers, base64 too', async () => {
    answer = async () => ({
      statusCode: 201,
      headers: { 'x-request-id': 'r1', 'content-type': 'application/octet-stream' },
      body: Buffer.from([1, 2, 255]).toString('base64'),
      isBase64Encoded: true,
    });
    const got = await fetch(`${url}/v1/cases`);
    expect(got.status).toBe(201);
    expect(got.headers.get('x-request-id')).toBe('r1');
    expect([...new Uint8Array(await got.arrayBuffer())]).toEqual([1, 2, 255]);
  });

  it('gives a function its remaining time', async () => {
    let leftMs = 0;
    answer = async (_, context) => {
      leftMs = context.getRemainingTimeInMillis();
      return { statusCode: 204 };
    };
    await fetch(`${url}/v1/cases`);
    expect(leftMs).toBeGreaterThan(20_000);
  });

  it.each([
    [404, 'route-unknown', '/elsewhere', undefined],
    [413, 'body-too-large', '/v1/alerts/am', 'x'.repeat(10 * 1_024 * 1_024 + 1)],
  ])('answers %i by itself with a problem', async (status, code, path, body) => {
    const got = await fetch(`${url}${path}`, { method: 'POST', ...(body && { body }) });
    expect(got.status).toBe(status);
    expect(got.headers.get('content-type')).toBe('application/problem+json');
    expect(await got.json()).toMatchObject({ code, status });
    expect(events).toHaveLength(0);
  });

  it('answers 500 for a function that throws, and serves on', async () => {
    answer = () => Promise.reject(new Error('bug'));
    expect((await fetch(`${url}/v1/cases`)).status).toBe(500);
    answer = async () => ({ statusCode: 200 });
    expect((await fetch(`${url}/v1/cases`)).status).toBe(200);
  });
});
