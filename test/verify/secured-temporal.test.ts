import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  CreateSecretCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createTemporalSecret } from '../../adapters/secrets/temporal-secret.ts';
import { startTemporal } from '../../apps/local/parts/temporal.ts';
import type { RunningTemporal } from '../../apps/local/parts/temporal-server.ts';
import { waitUntil } from '../../apps/local/parts/wait-until.ts';
import { connectTemporal } from '../../apps/worker/connection.ts';
import type { PlatformSecret } from '../../domain/ports/platform-secret.ts';
import { type CaseWorkflows, connectCaseWorkflows } from '../../functions/shared/temporal.ts';
import { type LocalAws, localAws, startLocalAws } from '../support/parts/ministack.ts';
import { type KeyPair, openAuthority } from '../support/sealing/certificates.ts';
import { type GuardedTemporal, guardTemporal } from '../support/sealing/guarded-temporal.ts';

/**
 * Temporal's real server behind a guard that asks for API keys or client certificates, as Temporal Cloud does, and the secret in a real
 * Secrets Manager endpoint. The development server itself asks for neither.
 */

let folder: string;
let aws: LocalAws;
let temporal: RunningTemporal;
let secrets: SecretsManagerClient;
let authority: ReturnType<typeof openAuthority>;
let own: KeyPair;
let guard: GuardedTemporal;

/** The secret's own clock: what is known grows old when the test says so. */
const clock = { aheadMs: 0, nowMs: () => Date.now() + clock.aheadMs };

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'swarm-secured-'));
  authority = openAuthority(folder);
  own = authority.issue('server');
  [aws, temporal] = await Promise.all([
    startLocalAws({ folder }),
    startTemporal({
      dbPath: path.join(folder, 'temporal.db'),
      logPath: path.join(folder, 'temporal.log'),
      say: () => {},
    }),
  ]);
  vi.stubEnv('AWS_ENDPOINT_URL_SECRETS_MANAGER', aws.endpoint);
  vi.stubEnv('AWS_ACCESS_KEY_ID', localAws.credentials.accessKeyId);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', localAws.credentials.secretAccessKey);
  const { region, credentials } = localAws;
  secrets = new SecretsManagerClient({ endpoint: aws.endpoint, region, credentials });
});
afterAll(async () => {
  secrets?.destroy();
  await temporal?.process?.kill9();
  await aws?.stop();
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  guard = await guardTemporal(temporal.address, own, authority.certificate);
});
afterEach(() => guard?.close());

let names = 0;

/** A secret of its own, and how it is rotated. */
async function store(value: object): Promise<{
  secret: PlatformSecret;
  rotate(value: object): Promise<void>;
}> {
  names += 1;
  const SecretId = `temporal-${names}`;
  const text = (it: object) => JSON.stringify({ ...it, serverRootCa: authority.certificate });
  await secrets.send(new CreateSecretCommand({ Name: SecretId, SecretString: text(value) }));
  return {
    secret: createTemporalSecret({ region: localAws.region, secretId: SecretId, clock }),
    async rotate(next) {
      await secrets.send(new PutSecretValueCommand({ SecretId, SecretString: text(next) }));
    },
  };
}

/** Tells a case that is not there: `gone` means that the server took the call. */
const ask = (workflows: CaseWorkflows) => workflows.signal('case/main/nobody', { v: 1, items: [] });

const open = (secret: PlatformSecret) =>
  connectCaseWorkflows({
    address: guard.address,
    namespace: 'default',
    secret,
    signalDeadlineMs: 5_000,
  });

describe('the functions', () => {
  it('show an API key, and after its rotation the new one, at once when the old one is refused', async () => {
    const { secret, rotate } = await store({ apiKey: 'one' });
    guard.apiKeys = ['one'];
    const workflows = open(secret);
    expect(await ask(workflows)).toBe('gone');
    await rotate({ apiKey: 'two' });
    guard.apiKeys = ['two'];
    clock.aheadMs += 11_000;
    const refusedBefore = guard.refused;
    expect(await ask(workflows)).toBe('gone');
    expect(guard.refused).toBeGreaterThan(refusedBefore);
    const refusedOnce = guard.refused;
    expect(await ask(workflows)).toBe('gone');
    expect(guard.refused).toBe(refusedOnce);
    await workflows.close();
  });

  it('are told that they are not let in, and are let in once the secret is right', async () => {
    const { secret, rotate } = await store({ apiKey: 'wrong' });
    guard.apiKeys = ['right'];
    const workflows = open(secret);
    await expect(ask(workflows)).rejects.toMatchObject({
      code: 'workflow-unreachable',
      fault: 'dependency',
    });
    await rotate({ apiKey: 'right' });
    clock.aheadMs += 11_000;
    expect(await ask(workflows)).toBe('gone');
    await workflows.close();
  });

  it('go on with what they have when the secret becomes one that nobody could use', async () => {
    const { secret, rotate } = await store({ apiKey: 'good' });
    guard.apiKeys = ['good'];
    const workflows = open(secret);
    expect(await ask(workflows)).toBe('gone');
    for (const wrong of [{ apikey: 'x' }, { certificate: 'x', privateKey: 'x' }]) {
      await rotate(wrong);
      clock.aheadMs += 600_000;
      expect(await ask(workflows)).toBe('gone');
    }
    await workflows.close();
  });

  it('show a certificate, and connect anew with its successor when the old one is shut out', async () => {
    const { secret, rotate } = await store(authority.issue('client-1'));
    guard.certificates = ['client-1'];
    const workflows = open(secret);
    expect(await ask(workflows)).toBe('gone');
    await rotate(authority.issue('client-2'));
    guard.certificates = ['client-2'];
    guard.hangUp();
    clock.aheadMs += 11_000;
    // The door is closed without a word, so the call that finds it closed fails; the next one has looked at the secret.
    await ask(workflows).catch((error: unknown) =>
      expect(error).toMatchObject({ code: 'workflow-unreachable' }),
    );
    clock.aheadMs += 11_000;
    expect(await ask(workflows)).toBe('gone');
    await workflows.close();
  });

  it('change the certificate without a failed call when both are let in', async () => {
    const { secret, rotate } = await store(authority.issue('client-3'));
    guard.certificates = ['client-3', 'client-4'];
    const workflows = open(secret);
    expect(await ask(workflows)).toBe('gone');
    await rotate(authority.issue('client-4'));
    clock.aheadMs += 301_000;
    guard.certificates = ['client-4'];
    expect(await ask(workflows)).toBe('gone');
    expect(guard.refused).toBe(0);
    await workflows.close();
  });
});

describe('the worker', () => {
  const call = (connection: Awaited<ReturnType<typeof connectTemporal>>['connection']) =>
    connection.workflowService.describeNamespace({ namespace: 'default' });

  it('shows a rotated API key on the connection that it has', async () => {
    const { secret, rotate } = await store({ apiKey: 'one' });
    guard.apiKeys = ['one'];
    const own = await connectTemporal({ address: guard.address, secret });
    await call(own.connection);
    const replaced = vi.fn();
    const watching = own.watch(replaced, { everyMs: 20, spreadMs: 0 });
    await rotate({ apiKey: 'two' });
    guard.apiKeys = ['two'];
    clock.aheadMs += 11_000;
    await waitUntil(() => call(own.connection).then(() => true), {
      what: 'the new key to be shown',
      withinMs: 20_000,
    });
    expect(replaced).not.toHaveBeenCalled();
    watching.stop();
    await own.connection.close();
  });

  it('says once that its certificate was replaced', async () => {
    const { secret, rotate } = await store(authority.issue('client-5'));
    guard.certificates = ['client-5'];
    const own = await connectTemporal({ address: guard.address, secret });
    await call(own.connection);
    const replaced = vi.fn();
    own.watch(replaced, { everyMs: 20, spreadMs: 0 });
    await rotate(authority.issue('client-6'));
    clock.aheadMs += 11_000;
    await waitUntil(() => replaced.mock.calls.length > 0, {
      what: 'the replacement to be seen',
      withinMs: 20_000,
    });
    expect(replaced).toHaveBeenCalledTimes(1);
    await own.connection.close();
  });
});
