import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { createParticipantRegistry } from '../../adapters/dynamodb/participant-registry.ts';
import { openInstallation, type TestInstallation } from '../../apps/ops/test-installation.ts';
import { composeSecrets } from '../../functions/shared/source-secrets/compose.ts';
import { type LocalAws, localAws, startLocalAws } from '../support/parts/ministack.ts';
import { makeSealingKeys, type SealingKeys } from '../support/sealing/sealing-keys.ts';

/** The commands that set and rotate secrets, on the real store and a real KMS endpoint. */

let folder: string;
let aws: LocalAws;
let keys: SealingKeys;
let ops: TestInstallation;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'swarm-secrets-'));
  aws = await startLocalAws({ folder });
  vi.stubEnv('AWS_ENDPOINT_URL_KMS', aws.endpoint);
  vi.stubEnv('AWS_ACCESS_KEY_ID', localAws.credentials.accessKeyId);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', localAws.credentials.secretAccessKey);
  keys = await makeSealingKeys(aws);
  ops = await openInstallation({ SEALING_KEY: keys.before });
});
afterAll(async () => {
  await ops?.close();
  keys?.close();
  await aws?.stop();
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

/** The secrets as a function opens them that has just started with this key. */
const seenBy = (keyArn: string, secretId: string) =>
  composeSecrets({ AWS_REGION: localAws.region, SEALING_KEY: keyArn }, ops.store, {
    nowMs: () => Date.now(),
  }).secrets(secretId);

const source = (sourceId: string, kind: string) => ({
  sourceId,
  kind: kind === 'bearer' ? 'alertmanager' : 'native',
  ownerControlGroup: 'swarm',
  independenceGroup: sourceId,
  setBy: ['ada'],
  scope: { families: ['performance'], highestSeverity: 'major' },
  repeatInterval: '5m',
  maxLag: '10m',
  auth: { kind, secretId: `source/${sourceId}` },
  mapping: {
    version: 'm1',
    participant: { labels: ['participant_id'] },
    violationType: { labels: ['violation_type'] },
    severity: { labels: ['severity'], default: 'minor' },
  },
});

it('gives a source its secret, rotates it and ends the old one', async () => {
  const put = await ops.run('sources', 'put', ops.file(source('am', 'bearer')));
  expect(put.talk).toContain('am has no secret yet');
  const first = await ops.run('sources', 'secret', 'put', 'am', '--generate');
  expect(first).toMatchObject({ code: 0, data: expect.stringMatching(/^[\w-]{32}$/) });
  expect(first.talk).not.toContain(first.data);
  expect(await seenBy(keys.before, 'source/am')).toEqual([first.data]);
  // Set once; another one is a rotation.
  const again = await ops.run('sources', 'secret', 'put', 'am', '--generate');
  expect(again).toMatchObject({ code: 5, data: '', talk: expect.stringContaining('Rotate it') });

  const file = ops.file('a-secret-of-the-other-side\n');
  const rotated = await ops.run('sources', 'secret', 'rotate', 'am', '--from', file);
  expect(rotated).toMatchObject({ code: 0, data: '' });
  expect(rotated.talk).toContain('ops sources secret retire am');
  expect(await seenBy(keys.before, 'source/am')).toEqual([
    'a-secret-of-the-other-side',
    first.data,
  ]);
  expect((await ops.run('sources', 'secret', 'rotate', 'am', '--from', file)).talk).toContain(
    'All is so already',
  );
  expect((await ops.run('sources', 'secret', 'retire', 'am')).code).toBe(0);
  expect(await seenBy(keys.before, 'source/am')).toEqual(['a-secret-of-the-other-side']);
  expect((await ops.run('sources', 'put', ops.file(source('am', 'bearer')))).talk).toBe('');
});

it('takes no secret that its source could not use, and says nothing of what is in it', async () => {
  await ops.run('sources', 'put', ops.file(source('native', 'standard-webhooks')));
  for (const text of ['hush hush hush hush', 'whsec_aHVzaA==', 'hush']) {
    const file = ops.file(text);
    const said = await ops.run('sources', 'secret', 'put', 'native', '--from', file);
    expect(said).toMatchObject({ code: 1, talk: expect.stringContaining('whsec_') });
    expect(said.talk + said.data).not.toMatch(/hush|aHVz/);
  }
  const made = await ops.run('sources', 'secret', 'put', 'native', '--generate');
  expect(made.data).toMatch(/^whsec_[A-Za-z0-9+/]{32}$/);
});

it('signs notices by a secret of the participant’s own', async () => {
  const registry = createParticipantRegistry(ops.store);
  const participant = {
    participantId: 'op-1',
    kind: 'hardware-provider' as const,
    displayName: 'One',
    controlGroup: 'cg-1',
    registeredAtMs: 0,
    checksPassed: 0,
    resources: [],
    endpoint: { url: 'https://op-1.example/notices', secretId: 'participant/op-1' },
  };
  await registry.register(participant, 'SWM', { actor: 'ada', atMs: 0 });
  const made = await ops.run('participants', 'secret', 'put', 'op-1', '--generate');
  expect(await seenBy(keys.before, 'participant/op-1')).toEqual([made.data]);
  const unknown = await ops.run('participants', 'secret', 'put', 'op-2', '--generate');
  expect(unknown).toMatchObject({ code: 1, talk: expect.stringContaining('no participant op-2') });
});

it('opens what an earlier key sealed, for as long as that key may be used', async () => {
  const [before] = await seenBy(keys.before, 'source/am');
  expect(await seenBy(keys.after, 'source/am')).toEqual([before]);
  await keys.disable(keys.before);
  await expect(seenBy(keys.after, 'source/am')).rejects.toMatchObject({ code: 'key-unreachable' });
  await keys.enable(keys.before);
  expect(await seenBy(keys.after, 'source/am')).toEqual([before]);
});
