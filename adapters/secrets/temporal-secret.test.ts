import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { openAuthority } from '../../test/support/sealing/certificates.ts';
import { createTemporalSecret } from './temporal-secret.ts';

/** The real client is spoken to by a server of ours. */
let server: Server;
let folder: string;
let authority: ReturnType<typeof openAuthority>;
let stored: unknown;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'swarm-temporal-secret-'));
  authority = openAuthority(folder);
  server = createServer((request, response) => {
    request.resume().once('end', () => {
      response
        .writeHead(200, { 'content-type': 'application/x-amz-json-1.1' })
        .end(JSON.stringify({ SecretString: JSON.stringify(stored) }));
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
  rmSync(folder, { recursive: true, force: true });
});

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
  stored = wrong();
  const error = await secret.read().catch((caught: unknown) => caught);
  expect(error).toMatchObject(invalid);
  expect(String(error) + JSON.stringify(error)).not.toContain('hush');
  stored = { apiKey: 'good' };
  expect(await secret.read()).toEqual({ apiKey: 'good' });
  stored = wrong();
  clock.atMs += 10_000;
  expect(await secret.refresh()).toEqual({ apiKey: 'good' });
  expect(await secret.read()).toEqual({ apiKey: 'good' });
  expect(told).toMatchObject([invalid, invalid]);
});

test('a certificate with its own key and authority is taken', async () => {
  const { secret, told } = setUp();
  stored = { ...authority.issue('own'), serverRootCa: authority.certificate };
  expect(await secret.read()).toEqual(stored);
  expect(told).toEqual([]);
});
