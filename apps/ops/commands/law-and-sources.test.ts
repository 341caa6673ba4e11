import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createDirectory } from '../../../adapters/dynamodb/directory.ts';
import { createPolicyRegister } from '../../../adapters/dynamodb/policy-register.ts';
import { localStoreAccess } from '../../local/parts/store.ts';
import { openInstallation, type TestInstallation } from '../test-installation.ts';

const demo = JSON.parse(
  readFileSync(path.join(import.meta.dirname, '../../../policies/demo.json'), 'utf8'),
);
const MINUTE_MS = 60_000;

let ops: TestInstallation;
beforeAll(async () => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', localStoreAccess.credentials.accessKeyId);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', localStoreAccess.credentials.secretAccessKey);
  ops = await openInstallation();
});
afterAll(async () => {
  await ops?.close();
  vi.unstubAllEnvs();
});

const directory = () => createDirectory(ops.store, { nowMs: () => Date.now() });
const inFuture = (ms: number) => new Date(Date.now() + ms).toISOString();

describe('ops law', () => {
  it('publishes the first law from when the network began, and says the same again', async () => {
    const first = ops.file({ ...demo, version: 'v1' });
    const from = '2026-01-01T00:00:00Z';
    const published = await ops.run('law', 'publish', first, '--from', from);
    expect(published).toMatchObject({ code: 0, data: expect.stringContaining('is published') });
    const law = await directory().policyAt(Date.parse(from));
    expect(law.version).toBe('v1');
    const again = await ops.run('law', 'publish', first);
    expect(again).toMatchObject({ code: 0, data: expect.stringContaining('published before') });
    expect(again.data).toContain('2026-01-01T00:00:00.000Z');
    const moved = await ops.run('law', 'publish', first, '--from', inFuture(10 * MINUTE_MS));
    expect(moved).toMatchObject({ code: 5, talk: expect.stringContaining('not changed') });
  });

  it('leaves every later version to two persons, and lists what is in force', async () => {
    const second = ops.file({ ...demo, version: 'v2' });
    for (const from of [[], ['--from', inFuture(30 * 24 * 60 * MINUTE_MS)]]) {
      const refused = await ops.run('law', 'publish', second, ...from);
      expect(refused).toMatchObject({ code: 5, talk: expect.stringContaining('two persons') });
    }
    const { data } = await ops.run('law', 'list');
    expect(data).toMatch(/^2026-01-01T00:00:00.000Z {2}v1 {2}[0-9a-f]{12} {2}in force$/);
    expect((await directory().policyAt(Date.now() + 3 * MINUTE_MS)).version).toBe('v1');
  });

  it('keeps the file, so that anybody can recompute the hash', async () => {
    const { version, hash } = await directory().policyAt(Date.now());
    const text = await createPolicyRegister(ops.store).file(version);
    expect(JSON.parse(text ?? '')).toEqual({ ...demo, version: 'v1' });
    expect(
      createHash('sha256')
        .update(text ?? '')
        .digest('hex'),
    ).toBe(hash);
  });

  it('never changes a version, and names every fault of a file', async () => {
    const other = ops.file({ ...demo, version: 'v1', relayAttempts: demo.relayAttempts + 1 });
    const taken = await ops.run('law', 'publish', other, '--from', inFuture(5 * MINUTE_MS));
    expect(taken.code).toBe(5);
    expect((await ops.run('law', 'list')).data.split('\n')).toHaveLength(1);
    const bad = await ops.run('law', 'lint', ops.file({ ...demo, version: '', asset: 7 }));
    expect(bad.code).toBe(1);
    expect(bad.talk).toContain('  version: ');
    expect(bad.talk).toContain('  asset: ');
    expect((await ops.run('law', 'lint', ops.file('{'))).talk).toContain('is not JSON');
    expect((await ops.run('law', 'lint', '/nowhere.json')).talk).toContain('cannot be read');
    expect(await ops.run('law', 'lint', ops.file(demo))).toMatchObject({
      code: 0,
      data: expect.stringMatching(/ [0-9a-f]{64}$/),
      talk: expect.stringMatching(/within\n {2}2m 10s {2}downtime/),
    });
  });

  it.each(['tomorrow', '2026-12-01', '2026-12-01T00:00:00'])(
    'takes %s for no instant',
    async (text) => {
      const said = await ops.run('law', 'publish', ops.file(demo), '--from', text);
      expect(said).toMatchObject({ code: 1, talk: expect.stringContaining('no instant') });
    },
  );
});

const source = {
  sourceId: 'alertmanager',
  kind: 'alertmanager',
  ownerControlGroup: 'swarm',
  independenceGroup: 'prometheus-a',
  setBy: ['ada'],
  scope: { families: ['performance'], highestSeverity: 'major' },
  repeatInterval: '5m',
  maxLag: '10m',
  auth: { kind: 'bearer', secretId: 'source/alertmanager' },
  mapping: {
    version: 'm1',
    participant: { labels: ['participant_id'] },
    violationType: { labels: ['violation_type'] },
    severity: { labels: ['severity'], default: 'minor' },
  },
};

describe('ops sources', () => {
  it('stores one or many, tells what changed, and lists them', async () => {
    const one = ops.file(source);
    expect((await ops.run('sources', 'put', one)).data).toBe(
      'alertmanager is new; it counts within a minute.',
    );
    expect((await ops.run('sources', 'put', one)).data).toBe('alertmanager is as it was.');
    const two = ops.file([
      { ...source, maxLag: '20m' },
      { ...source, sourceId: 'other', enabled: false },
    ]);
    expect((await ops.run('sources', 'put', two)).data.split('\n')).toEqual([
      'alertmanager is changed; it counts within a minute.',
      'other is new; it counts within a minute.',
    ]);
    expect((await ops.run('sources', 'list')).data.split('\n')).toEqual([
      'alertmanager  alertmanager  bearer source/alertmanager  prometheus-a',
      'other  alertmanager  bearer source/alertmanager  prometheus-a  disabled',
    ]);
  });

  it('stores nothing of a list with a fault', async () => {
    const file = ops.file([
      { ...source, sourceId: 'third' },
      { ...source, sourceId: 'Bad Name' },
    ]);
    const said = await ops.run('sources', 'put', file);
    expect(said).toMatchObject({ code: 1, talk: expect.stringContaining('sourceId') });
    expect((await ops.run('sources', 'list')).data).not.toContain('third');
  });

  it('says what of the installation it was not told', async () => {
    const { talk, code } = await ops.run('sources', 'secret', 'put', 'alertmanager', '--generate');
    expect([code, talk]).toEqual([1, expect.stringContaining('SEALING_KEY')]);
    expect((await ops.run('sources', 'secret', 'put', 'nobody', '--generate')).talk).toContain(
      'no source nobody',
    );
    expect((await ops.run('sources', 'secret', 'put', 'alertmanager')).talk).toContain(
      '--generate or --from',
    );
  });
});
