import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AwsEndpoint, openAwsEndpoint } from '../../test/support/aws-endpoint.ts';
import { openAuthority } from '../../test/support/sealing/certificates.ts';
import { createTemporalSecret } from './temporal-secret.ts';

let manager: AwsEndpoint;
let folder: string;
let authority: ReturnType<typeof openAuthority>;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'swarm-temporal-secret-'));
  authority = openAuthority(folder);
  manager = await openAwsEndpoint('SECRETS_MANAGER');
});
afterAll(async () => {
  await manager.close();
  rmSync(folder, { recursive: true, force: true });
});

function store(value: unknown) {
  manager.answer = { status: 200, body: { SecretString: JSON.stringify(value) } };
}

function setUp() {
  const clock = { atMs: 1_000_000, nowMs: () => clock.atMs };
  const told: unknown[] = [];
  const onFault = (error: unknown) => void told.push(error);
  const options = { region: 'eu-west-1', secretId: 'temporal', clock, onFault };
  return { secret: createTemporalSecret(options), told, clock };
}

const invalid = { code: 'temporal-secret-invalid' };

test.each([
  ['has another form', () => ({ apikey: 'hush-hush' })],
  ['has a certificate that is none', () => ({ certificate: 'hush-hush', privateKey: 'x' })],
  [
    'has the key of another certificate',
    () => ({ ...authority.issue('one'), privateKey: authority.issue('other').privateKey }),
  ],
  ['names an authority that is none', () => ({ apiKey: 'x', serverRootCa: 'hush-hush' })],
])('a value that %s is not taken: what was read before stays in use', async (_name, wrong) => {
  const { secret, told, clock } = setUp();
  store(wrong());
  const error = await secret.read().catch((caught: unknown) => caught);
  expect(error).toMatchObject(invalid);
  expect(String(error) + JSON.stringify(error)).not.toContain('hush');
  store({ apiKey: 'good' });
  expect(await secret.read()).toEqual({ apiKey: 'good' });
  store(wrong());
  clock.atMs += 10_000;
  expect(await secret.refresh()).toEqual({ apiKey: 'good' });
  expect(await secret.read()).toEqual({ apiKey: 'good' });
  expect(told).toMatchObject([invalid, invalid]);
});

test('a certificate with its own key and authority is taken', async () => {
  const { secret, told } = setUp();
  const stored = { ...authority.issue('own'), serverRootCa: authority.certificate };
  store(stored);
  expect(await secret.read()).toEqual(stored);
  expect(told).toEqual([]);
});
