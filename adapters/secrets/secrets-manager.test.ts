import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { startSilentServer } from '../../test/support/silent-server.ts';
import { createPlatformSecret, type SecretsManagerOptions } from './secrets-manager.ts';

/** The real client is spoken to by a server of ours. */
let server: Server;
let asked = 0;
/** Null: none. */
let answer: { status: number; body: Record<string, unknown> } | null;
const clock = { atMs: 0, nowMs: () => clock.atMs };

beforeAll(async () => {
  server = createServer((request, response) => {
    asked += 1;
    request.resume().once('end', () => {
      if (answer === null) return;
      response
        .writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.1' })
        .end(JSON.stringify(answer.body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  vi.stubEnv('AWS_ENDPOINT_URL_SECRETS_MANAGER', `http://127.0.0.1:${port}`);
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
});
afterAll(() => {
  vi.unstubAllEnvs();
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  asked = 0;
  clock.atMs = 1_000_000;
});

const holds = (value: unknown) => ({ status: 200, body: { SecretString: JSON.stringify(value) } });
const open = (more: Partial<SecretsManagerOptions> = {}) =>
  createPlatformSecret({ region: 'eu-west-1', secretId: 'temporal', clock, ...more });

test('a value is read once in five minutes, by however many at the same time', async () => {
  answer = holds({ apiKey: 'one' });
  const secret = open();
  expect(await Promise.all([secret.read(), secret.read()])).toEqual([
    { apiKey: 'one' },
    { apiKey: 'one' },
  ]);
  answer = holds({ apiKey: 'two' });
  clock.atMs += 299_999;
  expect(await secret.read()).toEqual({ apiKey: 'one' });
  expect(asked).toBe(1);
  clock.atMs += 1;
  // Whoever finds it old does not wait for the answer.
  expect(await secret.read()).toEqual({ apiKey: 'one' });
  expect(await secret.refresh()).toEqual({ apiKey: 'two' });
  expect(await secret.read()).toEqual({ apiKey: 'two' });
  expect(asked).toBe(2);
});

test('what is too old to be good, as after a long sleep, is read before it is used', async () => {
  answer = holds({ apiKey: 'one' });
  const secret = open();
  await secret.read();
  answer = holds({ apiKey: 'two' });
  clock.atMs += 480_000;
  expect(await secret.read()).toEqual({ apiKey: 'two' });
});

test('nobody waits for a service that does not answer while a value is at hand', async () => {
  answer = holds({ apiKey: 'one' });
  const secret = open();
  await secret.read();
  answer = null;
  clock.atMs += 300_000;
  for (let use = 0; use < 3; use += 1) expect(await secret.read()).toEqual({ apiKey: 'one' });
  await vi.waitFor(() => expect(asked).toBe(2));
});

test('a service that failed has ten seconds before it is asked again, and each failure is told', async () => {
  answer = holds({ apiKey: 'one' });
  const told: unknown[] = [];
  const secret = open({ onFault: (error) => told.push(error) });
  await secret.read();
  answer = { status: 400, body: { __type: 'AccessDeniedException' } };
  clock.atMs += 480_000;
  for (let use = 0; use < 3; use += 1) {
    expect(await secret.read()).toEqual({ apiKey: 'one' });
    expect(await secret.refresh()).toEqual({ apiKey: 'one' });
  }
  expect(told).toMatchObject([{ code: 'secret-unreachable' }]);
  answer = { status: 200, body: { SecretString: 'no JSON' } };
  clock.atMs += 10_000;
  expect(await secret.refresh()).toEqual({ apiKey: 'one' });
  expect(told.slice(1)).toMatchObject([{ code: 'secret-unreadable' }]);
  expect(asked).toBe(3);
});

test('what was refused is read at once, and not again and again', async () => {
  answer = holds({ apiKey: 'one' });
  const secret = open();
  await secret.read();
  answer = holds({ apiKey: 'two' });
  expect(await secret.refresh()).toEqual({ apiKey: 'one' });
  clock.atMs += 10_000;
  expect(await secret.refresh()).toEqual({ apiKey: 'two' });
  expect(await secret.refresh()).toEqual({ apiKey: 'two' });
  expect(asked).toBe(2);
});

test('while the service is out of reach, what was read last is used', async () => {
  answer = { status: 400, body: { __type: 'ResourceNotFoundException' } };
  const secret = open();
  await expect(secret.read()).rejects.toMatchObject({
    code: 'secret-unreachable',
    fault: 'dependency',
    details: { secretId: 'temporal', reason: 'ResourceNotFoundException' },
  });
  answer = holds({ apiKey: 'one' });
  await secret.read();
  answer = { status: 400, body: { __type: 'AccessDeniedException' } };
  clock.atMs += 600_000;
  expect(await secret.read()).toEqual({ apiKey: 'one' });
});

test.each([[{ SecretString: 'hush-hush' }], [{}]])(
  '%j is refused without telling what is in it',
  async (body) => {
    answer = { status: 200, body };
    const error = await open()
      .read()
      .catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'secret-unreadable', fault: 'bug' });
    expect(String(error) + JSON.stringify(error)).not.toContain('hush');
  },
);

test('a server that takes the question and never answers is given up', async () => {
  const silent = await startSilentServer();
  vi.stubEnv('AWS_ENDPOINT_URL_SECRETS_MANAGER', silent.url);
  const options = { region: 'eu-west-1', secretId: 'temporal', clock, requestTimeoutMs: 50 };
  await expect(createPlatformSecret(options).read()).rejects.toMatchObject({
    code: 'secret-unreachable',
    details: { reason: 'TimeoutError' },
  });
  expect(silent.connections()).toBe(3);
  silent.close();
});
