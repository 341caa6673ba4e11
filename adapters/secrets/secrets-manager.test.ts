import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { type AwsEndpoint, openAwsEndpoint } from '../../test/support/aws-endpoint.ts';
import { startSilentServer } from '../../test/support/silent-server.ts';
import { createPlatformSecret, type SecretsManagerOptions } from './secrets-manager.ts';

let manager: AwsEndpoint;
const clock = { atMs: 0, nowMs: () => clock.atMs };

beforeAll(async () => {
  manager = await openAwsEndpoint('SECRETS_MANAGER');
});
afterAll(() => manager.close());
beforeEach(() => {
  manager.asked.length = 0;
  clock.atMs = 1_000_000;
});

const holds = (value: unknown) => ({ status: 200, body: { SecretString: JSON.stringify(value) } });
const open = (more: Partial<SecretsManagerOptions> = {}) =>
  createPlatformSecret({ region: 'eu-west-1', secretId: 'temporal', clock, ...more });

test('a value is read once in five minutes, by however many at the same time', async () => {
  manager.answer = holds({ apiKey: 'one' });
  const secret = open();
  expect(await Promise.all([secret.read(), secret.read()])).toEqual([
    { apiKey: 'one' },
    { apiKey: 'one' },
  ]);
  manager.answer = holds({ apiKey: 'two' });
  clock.atMs += 299_999;
  expect(await secret.read()).toEqual({ apiKey: 'one' });
  expect(manager.asked).toHaveLength(1);
  clock.atMs += 1;
  // Whoever finds it old does not wait for the answer.
  expect(await secret.read()).toEqual({ apiKey: 'one' });
  expect(await secret.refresh()).toEqual({ apiKey: 'two' });
  expect(await secret.read()).toEqual({ apiKey: 'two' });
  expect(manager.asked).toHaveLength(2);
});

test('what is too old to be good, as after a long sleep, is read before it is used', async () => {
  manager.answer = holds({ apiKey: 'one' });
  const secret = open();
  await secret.read();
  manager.answer = holds({ apiKey: 'two' });
  clock.atMs += 480_000;
  expect(await secret.read()).toEqual({ apiKey: 'two' });
});

test('nobody waits for a service that does not answer while a value is at hand', async () => {
  manager.answer = holds({ apiKey: 'one' });
  const secret = open();
  await secret.read();
  manager.answer = null;
  clock.atMs += 300_000;
  for (let use = 0; use < 3; use += 1) expect(await secret.read()).toEqual({ apiKey: 'one' });
  await vi.waitFor(() => expect(manager.asked).toHaveLength(2));
});

test('a service that failed has ten seconds before it is asked again, and each failure is told', async () => {
  manager.answer = holds({ apiKey: 'one' });
  const told: unknown[] = [];
  const secret = open({ onFault: (error) => told.push(error) });
  await secret.read();
  manager.answer = { status: 400, body: { __type: 'AccessDeniedException' } };
  clock.atMs += 480_000;
  for (let use = 0; use < 3; use += 1) {
    expect(await secret.read()).toEqual({ apiKey: 'one' });
    expect(await secret.refresh()).toEqual({ apiKey: 'one' });
  }
  expect(told).toMatchObject([{ code: 'secret-unreachable' }]);
  manager.answer = { status: 200, body: { SecretString: 'no JSON' } };
  clock.atMs += 10_000;
  expect(await secret.refresh()).toEqual({ apiKey: 'one' });
  expect(told.slice(1)).toMatchObject([{ code: 'secret-unreadable' }]);
  expect(manager.asked).toHaveLength(3);
});

test('what was refused is read at once, and not again and again', async () => {
  manager.answer = holds({ apiKey: 'one' });
  const secret = open();
  await secret.read();
  manager.answer = holds({ apiKey: 'two' });
  expect(await secret.refresh()).toEqual({ apiKey: 'one' });
  clock.atMs += 10_000;
  expect(await secret.refresh()).toEqual({ apiKey: 'two' });
  expect(await secret.refresh()).toEqual({ apiKey: 'two' });
  expect(manager.asked).toHaveLength(2);
});

test('while the service is out of reach, what was read last is used', async () => {
  manager.answer = { status: 400, body: { __type: 'ResourceNotFoundException' } };
  const secret = open();
  await expect(secret.read()).rejects.toMatchObject({
    code: 'secret-unreachable',
    fault: 'dependency',
    details: { secretId: 'temporal', reason: 'ResourceNotFoundException' },
  });
  manager.answer = holds({ apiKey: 'one' });
  await secret.read();
  manager.answer = { status: 400, body: { __type: 'AccessDeniedException' } };
  clock.atMs += 600_000;
  expect(await secret.read()).toEqual({ apiKey: 'one' });
});

test.each([[{ SecretString: 'hush-hush' }], [{}]])(
  '%j is refused without telling what is in it',
  async (body) => {
    manager.answer = { status: 200, body };
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
