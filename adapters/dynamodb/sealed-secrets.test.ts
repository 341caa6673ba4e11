import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createEnvelope } from '../sealing/kms-envelope.ts';
import { createTestDataKeys } from '../sealing/test-data-keys.ts';
import { createSealedRegistry } from '../secrets/sealed-registry.ts';
import { keysOf } from './keys.ts';
import { createSealedSecrets } from './sealed-secrets.ts';
import { openTestStore, type TestStore } from './test-store.ts';

const clock = { nowMs: () => Date.now() };
const keys = createTestDataKeys();
let fixture: TestStore;
beforeAll(async () => {
  fixture = await openTestStore();
});
afterAll(() => fixture?.close());

const open = (networkId = 'main') =>
  createSealedRegistry({
    items: createSealedSecrets({ ...fixture.another(), networkId }),
    envelope: createEnvelope(keys, clock),
    networkId,
    clock,
  });

test('a secret is kept sealed through put, rotation and retirement', async () => {
  const registry = open();
  await registry.put('source/grafana', 'hush-one');
  await registry.rotate('source/grafana', 'hush-two');
  expect(await open().secrets('source/grafana')).toEqual(['hush-two', 'hush-one']);
  const { pk, sk } = keysOf('main').secret('source/grafana');
  const { client, tables } = fixture.store;
  const { Item } = await client.send(
    new GetCommand({ TableName: tables.registry, Key: { pk, sk } }),
  );
  expect(Item).toMatchObject({ v: 1, type: 'secret', revision: 2 });
  const lying = JSON.stringify(Item);
  expect(lying).not.toContain('hush');
  expect(lying).not.toContain(Buffer.from('hush').toString('base64').slice(0, 5));
  await registry.retire('source/grafana');
  expect(await open().secrets('source/grafana')).toEqual(['hush-two']);
});

test('each network has its own, and one id is not the start of another', async () => {
  await open().put('source/a', 'ours');
  expect(await open('other').secrets('source/a')).toEqual([]);
  await open('other').put('source/a', 'theirs');
  expect(await open().secrets('source/a')).toEqual(['ours']);
  expect(await open().secrets('source')).toEqual([]);
});

test('of ten who put at once one is first and the rest are told', async () => {
  const outcomes = await Promise.allSettled(
    Array.from({ length: 10 }, (_, index) => open().put('source/race', `secret-${index}`)),
  );
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  for (const outcome of outcomes) {
    if (outcome.status === 'rejected')
      expect(outcome.reason).toMatchObject({ code: 'secret-exists' });
  }
});

test('rotations at once leave two secrets, whatever their order', async () => {
  await open().put('source/turns', 'first');
  const rotations = ['a', 'b', 'c'].map((secret) => open().rotate('source/turns', secret));
  expect(await Promise.all(rotations)).toEqual(['rotated', 'rotated', 'rotated']);
  const left = await open().secrets('source/turns');
  expect(left).toHaveLength(2);
  expect(left).not.toContain('first');
});
