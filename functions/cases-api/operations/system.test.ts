import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { readReceipt } from '../../../contracts/http/system.ts';
import { NOW_MS, send, sendForProblem } from '../../shared/test-http.ts';
import { casesApi } from '../cases-api.ts';
import { composeCasesApi } from '../compose.ts';
import { type CasesFixture, openCasesApi } from '../test-cases.ts';

let fixture: CasesFixture;
beforeAll(async () => {
  fixture = await openCasesApi();
});
afterAll(() => fixture.close());

test('health needs no token and means that the store answers', async () => {
  const answer = await send(fixture.api, { method: 'GET', path: '/v1/health' });
  expect(answer).toMatchObject({ status: 200, body: { status: 'ok', networkId: 'main' } });
});

test('without a store it is unhealthy and says when to come back', async () => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'local');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'local');
  const deps = composeCasesApi({
    TABLE_PREFIX: 'none-',
    AWS_REGION: 'eu-west-1',
    DYNAMODB_ENDPOINT: 'http://127.0.0.1:9',
    TEMPORAL_ADDRESS: '127.0.0.1:9',
    JWT_ISSUER: 'i',
    JWT_AUDIENCE: 'a',
    JWKS_JSON: '{"keys":[]}',
  });
  const problem = await sendForProblem(casesApi(deps), { method: 'GET', path: '/v1/health' });
  expect(problem).toMatchObject({ status: 503, code: 'store-unreachable' });
  expect(problem.headers['retry-after']).toBe('5');
  vi.unstubAllEnvs();
});

test('the OpenAPI document is served as committed', async () => {
  const answer = await send(fixture.api, { method: 'GET', path: '/v1/openapi.json' });
  expect(answer).toMatchObject({ status: 200, body: { openapi: '3.1.0' } });
  expect(answer.body).toHaveProperty(['paths', '/v1/cases/{caseId}', 'get']);
});

test('a receipt says what became of each alert, to staff only', async () => {
  await fixture.receipts.putReceipt({
    receiptId: 'r-1',
    sourceId: 'prometheus',
    receivedAtMs: NOW_MS,
    received: 2,
    accepted: 1,
    duplicate: 0,
    quarantined: 1,
    truncated: 3,
    items: [
      { alertKey: 'prometheus/a', fate: 'repeat', seq: null, reason: null, caseId: null },
      {
        alertKey: 'prometheus/b',
        fate: 'quarantine',
        seq: null,
        reason: 'malformed',
        caseId: null,
      },
    ],
  });
  const token = await fixture.token({ roles: ['operator'] });
  const get = { method: 'GET', path: '/v1/receipts/r-1' };
  const answer = await send(fixture.api, { ...get, token });
  expect(readReceipt.reply.parse(answer.body)).toMatchObject({
    receivedAt: '2026-11-22T12:00:00.000Z',
    accepted: 1,
    items: [{ fate: 'repeat' }, { fate: 'quarantine', reason: 'malformed' }],
  });
  const unknown = { ...get, path: '/v1/receipts/r-9', token };
  expect(await sendForProblem(fixture.api, unknown)).toMatchObject({
    status: 404,
    code: 'receipt-unknown',
  });
  const owner = await fixture.token({ roles: ['participant'], participant_id: 'hp-1' });
  expect(await sendForProblem(fixture.api, { ...get, token: owner })).toMatchObject({
    status: 403,
  });
});
