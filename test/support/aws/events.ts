import { randomUUID } from 'node:crypto';
import type { APIGatewayProxyEventV2, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import type { Item } from '../../../adapters/dynamodb/items.ts';
import { toImage } from '../../../adapters/dynamodb/stream-image.ts';

/** A request as a caller makes it. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT';
  /** The route that API Gateway has found, such as `/v1/cases/{caseId}`. */
  readonly route: string;
  /** With its query. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly token?: string;
  readonly json?: unknown;
  /** The raw body, instead of `json`. */
  readonly text?: string;
}

/** The event of an HTTP API, payload version 2.0, for a request that one of its routes has taken. */
export function httpEvent(request: HttpRequest): APIGatewayProxyEventV2 {
  const { method, route, token, json, text } = request;
  const url = new URL(request.path, 'https://api.example');
  const body = text ?? (json === undefined ? undefined : JSON.stringify(json));
  const query = Object.fromEntries(url.searchParams);
  const parameters = parametersOf(route, url.pathname);
  const atMs = Date.now();
  return {
    version: '2.0',
    routeKey: `${method} ${route}`,
    rawPath: url.pathname,
    rawQueryString: url.search.slice(1),
    headers: {
      accept: '*/*',
      'content-length': String(Buffer.byteLength(body ?? '')),
      host: url.host,
      'user-agent': 'test',
      'x-amzn-trace-id': `Root=1-${Math.floor(atMs / 1_000).toString(16)}-000000000000000000000001`,
      'x-forwarded-for': '192.0.2.1',
      'x-forwarded-port': '443',
      'x-forwarded-proto': 'https',
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(method === 'POST' && token !== undefined && { 'idempotency-key': randomUUID() }),
      ...request.headers,
    },
    ...(Object.keys(query).length > 0 && { queryStringParameters: query }),
    ...(Object.keys(parameters).length > 0 && { pathParameters: parameters }),
    requestContext: {
      accountId: '000000000000',
      apiId: 'a1b2c3d4e5',
      domainName: url.host,
      domainPrefix: 'api',
      http: {
        method,
        path: url.pathname,
        protocol: 'HTTP/1.1',
        sourceIp: '192.0.2.1',
        userAgent: 'test',
      },
      requestId: randomUUID(),
      routeKey: `${method} ${route}`,
      stage: '$default',
      time: new Date(atMs).toUTCString(),
      timeEpoch: atMs,
    },
    ...(body !== undefined && { body }),
    isBase64Encoded: false,
  };
}

function parametersOf(route: string, path: string): Record<string, string> {
  const names = [...route.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  const pattern = new RegExp(`^${route.replace(/\{\w+\}/g, '([^/]+)')}$`);
  const found = pattern.exec(path);
  if (found === null) throw new Error(`${path} is not of the route ${route}.`);
  return Object.fromEntries(
    names.map((name, index) => [name, decodeURIComponent(found[index + 1] ?? '')]),
  );
}

const REGION = 'eu-west-1';

/** The event by which the stream of the inbox brings new items. */
export function insertsEvent(table: string, items: readonly Item[]): DynamoDBStreamEvent {
  return { Records: items.map((item, index) => insertOf(table, item, index + 1)) };
}

function insertOf(table: string, item: Item, sequence: number): DynamoDBRecord {
  const image = toImage(item);
  return {
    eventID: randomUUID().replaceAll('-', ''),
    eventName: 'INSERT',
    eventVersion: '1.1',
    eventSource: 'aws:dynamodb',
    awsRegion: REGION,
    eventSourceARN: `arn:aws:dynamodb:${REGION}:000000000000:table/${table}/stream/2026-01-01T00:00:00.000`,
    dynamodb: {
      ApproximateCreationDateTime: Math.floor(Date.now() / 1_000),
      Keys: { pk: { S: String(item['pk']) }, sk: { S: String(item['sk']) } },
      NewImage: image as NonNullable<NonNullable<DynamoDBRecord['dynamodb']>['NewImage']>,
      SequenceNumber: String(sequence).padStart(21, '0'),
      SizeBytes: JSON.stringify(image).length,
      StreamViewType: 'NEW_IMAGE',
    },
  };
}

/** The event by which a schedule calls a function. */
export function scheduledEvent(rule: string): Record<string, unknown> {
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': 'Scheduled Event',
    source: 'aws.events',
    account: '000000000000',
    time: `${new Date().toISOString().slice(0, 19)}Z`,
    region: REGION,
    resources: [`arn:aws:events:${REGION}:000000000000:rule/${rule}`],
    detail: {},
  };
}
