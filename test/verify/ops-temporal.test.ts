import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  CreateSecretCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { startTestTemporal, type TestTemporal } from '../../apps/ops/test-temporal.ts';
import { type LocalAws, localAws, startLocalAws } from '../support/parts/ministack.ts';
import { type KeyPair, openAuthority } from '../support/sealing/certificates.ts';
import { type GuardedTemporal, guardTemporal } from '../support/sealing/guarded-temporal.ts';

/**
 * The commands for Temporal with the credentials of functions and worker: the secret in a real Secrets Manager endpoint, and the real
 * server behind a guard that asks for API keys or client certificates.
 */

const SECRET = 'temporal';

let folder: string;
let aws: LocalAws;
let temporal: TestTemporal;
let secrets: SecretsManagerClient;
let authority: ReturnType<typeof openAuthority>;
let own: KeyPair;
let guard: GuardedTemporal;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'swarm-ops-temporal-'));
  authority = openAuthority(folder);
  own = authority.issue('server');
  [aws, temporal] = await Promise.all([startLocalAws({ folder }), startTestTemporal()]);
  vi.stubEnv('AWS_ENDPOINT_URL_SECRETS_MANAGER', aws.endpoint);
  vi.stubEnv('AWS_ACCESS_KEY_ID', localAws.credentials.accessKeyId);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', localAws.credentials.secretAccessKey);
  const { region, credentials } = localAws;
  secrets = new SecretsManagerClient({ endpoint: aws.endpoint, region, credentials });
  await secrets.send(new CreateSecretCommand({ Name: SECRET, SecretString: '{}' }));
});
afterAll(async () => {
  secrets?.destroy();
  await temporal?.close();
  await aws?.stop();
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  guard = await guardTemporal(temporal.address, own, authority.certificate);
});
afterEach(() => guard?.close());

const store = (value: object) =>
  secrets.send(
    new PutSecretValueCommand({ SecretId: SECRET, SecretString: JSON.stringify(value) }),
  );

/** Runs a command as it is run beside an installation: at the guarded server, with the secret. */
const ops = (words: string, secretId = SECRET) =>
  temporal.ops('swarm', words, {
    TEMPORAL_ADDRESS: guard.address,
    TEMPORAL_SECRET: secretId,
    AWS_REGION: localAws.region,
  });

it('show a client certificate, to a server whose authority is not public', async () => {
  await store({ ...authority.issue('ops'), serverRootCa: authority.certificate });
  guard.certificates = ['ops'];
  expect((await ops('setup'))[0]).toBe(0);
  expect(await ops('setup')).toEqual([0, 'All is set up already.']);
  expect(guard.refused).toBe(0);

  guard.certificates = ['another'];
  const [code, said] = await ops('versions');
  expect(code).toBe(1);
  expect(said).toContain(
    `error temporal-unreachable: Temporal does not answer at ${guard.address}`,
  );
  expect(said).toContain('the certificate');
});

it('does not talk to a server whose authority it was not told of', async () => {
  await store(authority.issue('ops-2'));
  guard.certificates = ['ops-2'];
  const [code, said] = await ops('versions');
  expect(code).toBe(1);
  expect(said).toContain('error temporal-unreachable: ');
  expect(said).toContain('serverRootCa of TEMPORAL_SECRET');
  expect(guard.passed).toBe(0);
});

it('show an API key, and tell that it is refused without telling it', async () => {
  await store({ apiKey: 'right-key', serverRootCa: authority.certificate });
  guard.apiKeys = ['right-key'];
  expect((await ops('setup'))[0]).toBe(0);
  await store({ apiKey: 'wrong-key', serverRootCa: authority.certificate });
  const [code, said] = await ops('versions');
  expect(code).toBe(5);
  expect(said).toMatch(/^error temporal-refused: .* namespace swarm\. Check TEMPORAL_NAMESPACE, /);
  expect(said).toMatch(/\nreason: Request unauthorized\.$/);
  expect(said).not.toContain('wrong-key');
});

it('tell that the secret is not there or holds nothing of use, and nothing of what it holds', async () => {
  const [code, said] = await ops('versions', 'nowhere');
  expect(code).toBe(1);
  expect(said).toMatch(/^error secret-unreachable: .*\nreason: ResourceNotFoundException$/);
  await store({ certificate: 'half-of-a-pair' });
  const [half, told] = await ops('versions');
  expect(half).toBe(1);
  expect(told).toMatch(/^error temporal-secret-invalid: /);
  expect(told).not.toContain('half-of-a-pair');
});
