import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseSourceConfig, type SourceConfig } from '../../contracts/source-config.ts';
import type { Policy } from '../../domain/policy.ts';
import { cached } from './cache.ts';
import { createDirectory } from './directory.ts';
import { putPolicy, putSource } from './directory-seed.ts';
import { createSourceNotes } from './intake-sources.ts';
import { createParticipantRegistry } from './participant-registry.ts';
import { aParticipant, T0 } from './test-fixtures.ts';
import { openTestStore, type TestStore } from './test-store.ts';

let test_: TestStore;

beforeAll(async () => {
  test_ = await openTestStore();
});
afterAll(() => test_.close());

function setup(networkId: string) {
  const store = { ...test_.store, networkId };
  const clock = { now: T0, nowMs: () => clock.now };
  return { store, clock, directory: createDirectory(store, clock) };
}

function aPolicy(version: string, hash = `hash-${version}`): Policy {
  const file = new URL('../../policies/default.json', import.meta.url);
  const policy = JSON.parse(readFileSync(file, 'utf8')) as Policy;
  return { ...policy, version, hash };
}

function aSource(sourceId: string, changes: Record<string, unknown> = {}): SourceConfig {
  return parseSourceConfig({
    sourceId,
    kind: 'alertmanager',
    ownerControlGroup: 'platform',
    independenceGroup: 'prometheus-a',
    setBy: ['olga'],
    scope: { families: ['performance'], highestSeverity: 'major' },
    repeatInterval: '4h',
    maxLag: '10m',
    auth: { kind: 'bearer', secretId: `sources/${sourceId}` },
    mapping: {
      version: 'm1',
      participant: { labels: ['participant'] },
      violationType: { labels: ['alertname'], values: { NodeDown: 'downtime' } },
      severity: { labels: ['severity'], default: 'minor' },
    },
    ...changes,
  });
}

test('the version in force is the last one that began before the instant', async () => {
  const { store, directory } = setup('policies');
  await putPolicy(store, aPolicy('v1'), T0);
  await putPolicy(store, aPolicy('v2'), T0 + 1_000);
  await putPolicy(store, aPolicy('v3'), T0 + 1_000_000_000_000);
  expect(await directory.policyAt(T0)).toEqual(aPolicy('v1'));
  expect((await directory.policyAt(T0 + 999)).version).toBe('v1');
  expect((await directory.policyAt(T0 + 1_000)).version).toBe('v2');
  expect((await directory.policyAt(T0 + 2_000_000_000_000)).version).toBe('v3');
  expect((await directory.policy('v1')).hash).toBe('hash-v1');
});

test('a law that is scheduled its notice ahead is known before it is in force, however short the notice', async () => {
  const { store, clock, directory } = setup('notice');
  const noticeMs = 14_000;
  await putPolicy(store, { ...aPolicy('v1'), policyNoticeMs: noticeMs }, T0 - 1_000);
  expect((await directory.policyAt(clock.now)).version).toBe('v1');
  clock.now += 1;
  await putPolicy(store, aPolicy('v2'), clock.now + noticeMs);
  clock.now += noticeMs;
  expect((await directory.policyAt(clock.now)).version).toBe('v2');
  expect((await directory.policyAt(clock.now - 1)).version).toBe('v1');
});

test('no law is an error, not a default', async () => {
  const { store, directory } = setup('lawless');
  await expect(directory.policyAt(T0)).rejects.toMatchObject({ code: 'policy-missing' });
  await expect(directory.policy('v1')).rejects.toMatchObject({ code: 'policy-missing' });
  await putPolicy(store, aPolicy('v1'), T0);
  // What was missing is asked again, without waiting for a cache.
  expect((await directory.policyAt(T0)).version).toBe('v1');
  await expect(directory.policyAt(T0 - 1)).rejects.toMatchObject({ code: 'policy-missing' });
});

test('a version is stored once and never changed', async () => {
  const { store, directory } = setup('versions');
  expect(await putPolicy(store, aPolicy('v1'), T0)).toBe('stored');
  expect(await putPolicy(store, aPolicy('v1'), T0 + 5)).toBe('exists');
  await expect(putPolicy(store, aPolicy('v1', 'other'), T0)).rejects.toMatchObject({
    code: 'policy-version-taken',
  });
  expect((await directory.policy('v1')).hash).toBe('hash-v1');
});

test('a source is its configuration with the state that deliveries left', async () => {
  const { store, directory } = setup('sources');
  expect(await directory.source('prom')).toBeNull();
  const config = aSource('prom');
  await putSource(store, config);
  expect(await directory.sourceConfig('prom')).toEqual(config);
  expect(await directory.source('prom')).toEqual({
    sourceId: 'prom',
    kind: 'alertmanager',
    ownerControlGroup: 'platform',
    independenceGroup: 'prometheus-a',
    setBy: ['olga'],
    scope: { families: ['performance'], highestSeverity: 'major', mayContain: false },
    repeatIntervalMs: 14_400_000,
    maxLagMs: 600_000,
    enabled: true,
    truncatedAtMs: null,
    lastSeenAtMs: null,
  });
  // The state is never cached: freshness of evidence hangs on it.
  const noteSource = createSourceNotes(store);
  const sighting = { atMs: T0 + 6, groupKey: 'g', truncated: 2, repeatIntervalMs: 60_000 };
  await noteSource('prom', sighting);
  expect(await directory.source('prom')).toMatchObject({
    lastSeenAtMs: T0 + 6,
    truncatedAtMs: T0 + 6,
  });
  await noteSource('prom', { ...sighting, atMs: T0 + 7, truncated: 0 });
  expect(await directory.source('prom')).toMatchObject({
    lastSeenAtMs: T0 + 7,
    truncatedAtMs: null,
  });
});

test('a changed source is seen after a minute at the latest', async () => {
  const { store, clock, directory } = setup('caching');
  await putSource(store, aSource('prom'));
  expect((await directory.source('prom'))?.enabled).toBe(true);
  await putSource(store, aSource('prom', { enabled: false }));
  clock.now += 59_999;
  expect((await directory.source('prom'))?.enabled).toBe(true);
  clock.now += 1;
  expect((await directory.source('prom'))?.enabled).toBe(false);
  await putSource(store, aSource('alpha'));
  const all = await directory.sourceConfigs();
  expect(all.map((config) => config.sourceId)).toEqual(['alpha', 'prom']);
});

test('a participant is read as it is now', async () => {
  const { store, directory } = setup('people');
  const registry = createParticipantRegistry(store);
  const act = { actor: 'admin', atMs: T0 };
  expect(await directory.participant('p')).toBeNull();
  await registry.register(aParticipant('p'), 'SWM', act);
  expect((await directory.participant('p'))?.resources).toHaveLength(1);
  await registry.putResources('p', [{ resourceId: 'p-new', capacity: 1 }], act, {
    shrinkNoticeMs: 10,
  });
  expect((await directory.participant('p'))?.resources).toHaveLength(2);
});

test('a declaration that shrinks a share acts after its notice (rule C8)', async () => {
  const { store, directory, clock } = setup('shrinking');
  const registry = createParticipantRegistry(store);
  const act = { actor: 'admin', atMs: clock.now };
  const [own] = aParticipant('p').resources;
  await registry.register(
    aParticipant('p', { resources: [{ resourceId: own?.resourceId ?? '', capacity: 8 }] }),
    'SWM',
    act,
  );
  const smaller = [{ resourceId: own?.resourceId ?? '', capacity: 2 }];
  await registry.putResources('p', smaller, act, { shrinkNoticeMs: 10 });
  clock.now += 9;
  expect((await directory.participant('p'))?.resources).toMatchObject([{ capacity: 8 }]);
  clock.now += 1;
  expect((await directory.participant('p'))?.resources).toMatchObject([{ capacity: 2 }]);
});

test('a cache shares simultaneous loads and forgets failures, absence and a clock set back', async () => {
  const clock = { now: 1_000, nowMs: () => clock.now };
  let loads = 0;
  const answers: (string | null | Error)[] = ['a', new Error('down'), null, 'b', 'c'];
  const read = cached(clock, 100, async () => {
    const answer = answers[loads++];
    if (answer instanceof Error) throw answer;
    return answer ?? null;
  });
  expect(await Promise.all([read('k'), read('k')])).toEqual(['a', 'a']);
  expect(loads).toBe(1);
  clock.now += 100;
  await expect(read('k')).rejects.toThrow('down');
  expect(await read('k')).toBeNull();
  expect(await read('k')).toBe('b');
  clock.now -= 1;
  expect(await read('k')).toBe('c');
});
