import { expect, test } from 'vitest';
import type { Envelope, SealContext } from '../../domain/ports/envelope.ts';
import type { SealedSecrets } from '../../domain/ports/sealed-secrets.ts';
import { createSealedRegistry } from './sealed-registry.ts';

/** An envelope at its port: what is sealed names its context, and opens only under it. */
const envelope: Envelope = {
  async seal(plain, context) {
    return Buffer.from(JSON.stringify([context, Buffer.from(plain).toString('hex')]));
  },
  async open(sealed, context) {
    const [bound, hex] = JSON.parse(Buffer.from(sealed).toString()) as [SealContext, string];
    if (JSON.stringify(bound) !== JSON.stringify(context)) throw new Error('another place');
    return Buffer.from(hex, 'hex');
  },
};

function setUp() {
  const stored = new Map<string, { revision: number; sealed: Uint8Array[] }>();
  const state = { reads: 0, fails: false, beforeWrite: () => {} };
  const items: SealedSecrets = {
    async read(secretId) {
      state.reads += 1;
      if (state.fails) throw new Error('out of order');
      return stored.get(secretId) ?? null;
    },
    async write(secretId, sealed, readRevision) {
      state.beforeWrite();
      if ((stored.get(secretId)?.revision ?? 0) !== readRevision) return false;
      stored.set(secretId, { revision: readRevision + 1, sealed: [...sealed] });
      return true;
    },
  };
  const clock = { atMs: 1_000_000, nowMs: () => clock.atMs };
  const open = () => createSealedRegistry({ items, envelope, networkId: 'main', clock });
  return { stored, state, clock, open, registry: open() };
}

test('a secret is put once, rotated with two valid, and the old one retired', async () => {
  const { registry } = setUp();
  expect(await registry.secrets('source/a')).toEqual([]);
  expect(await registry.put('source/a', 'one')).toBe('stored');
  expect(await registry.put('source/a', 'one')).toBe('unchanged');
  await expect(registry.put('source/a', 'two')).rejects.toMatchObject({ code: 'secret-exists' });
  expect(await registry.rotate('source/a', 'two')).toBe('rotated');
  expect(await registry.rotate('source/a', 'two')).toBe('unchanged');
  expect(await registry.secrets('source/a')).toEqual(['two', 'one']);
  expect(await registry.rotate('source/a', 'three')).toBe('rotated');
  expect(await registry.secrets('source/a')).toEqual(['three', 'two']);
  expect(await registry.retire('source/a')).toBe('retired');
  expect(await registry.retire('source/a')).toBe('unchanged');
  expect(await registry.secrets('source/a')).toEqual(['three']);
  for (const change of [registry.rotate('source/b', 'x'), registry.retire('source/b')])
    await expect(change).rejects.toMatchObject({ code: 'secret-unknown', fault: 'caller' });
});

test('going back to the secret before makes it the newest of the same two', async () => {
  const { registry } = setUp();
  await registry.put('a', 'one');
  await registry.rotate('a', 'two');
  expect(await registry.rotate('a', 'one')).toBe('rotated');
  expect(await registry.secrets('a')).toEqual(['one', 'two']);
});

test('another process sees a rotation within a minute and asks once in it', async () => {
  const { registry, open, clock, state } = setUp();
  await registry.put('a', 'one');
  const other = open();
  state.reads = 0;
  await Promise.all([other.secrets('a'), other.secrets('a'), other.secrets('a')]);
  expect(state.reads).toBe(1);
  await registry.rotate('a', 'two');
  clock.atMs += 59_999;
  expect(await other.secrets('a')).toEqual(['one']);
  clock.atMs += 1;
  expect(await other.secrets('a')).toEqual(['two', 'one']);
});

test('neither absence nor a failure is remembered, and a caller cannot change what the next one gets', async () => {
  const { registry, open, state } = setUp();
  const other = open();
  expect(await other.secrets('a')).toEqual([]);
  await registry.put('a', 'one');
  expect(await other.secrets('a')).toEqual(['one']);
  (await other.secrets('a')).push('forged');
  expect(await other.secrets('a')).toEqual(['one']);
  state.fails = true;
  const third = open();
  await expect(third.secrets('a')).rejects.toThrow('out of order');
  state.fails = false;
  expect(await third.secrets('a')).toEqual(['one']);
});

test('a thousand secrets are kept open at a time, and those used last', async () => {
  const { registry, open, state } = setUp();
  const ids = Array.from({ length: 1_001 }, (_, number) => `source/${number}`);
  for (const id of ids) await registry.put(id, 'one');
  const other = open();
  const [first, second, ...rest] = ids as [string, string, ...string[]];
  for (const id of [first, second, first, ...rest]) await other.secrets(id);
  state.reads = 0;
  await other.secrets(first);
  expect(state.reads).toBe(0);
  await other.secrets(second);
  expect(state.reads).toBe(1);
});

test('sealed bytes that were moved to another id do not open', async () => {
  const { registry, stored } = setUp();
  await registry.put('source/a', 'one');
  stored.set('source/b', stored.get('source/a') as never);
  await expect(registry.secrets('source/b')).rejects.toThrow('another place');
});

test('of two rotations at once none is lost', async () => {
  const { registry, open, state } = setUp();
  await registry.put('a', 'one');
  const other = open();
  let isFirst = true;
  let meanwhile: Promise<unknown> = Promise.resolve();
  state.beforeWrite = () => {
    if (!isFirst) return;
    isFirst = false;
    meanwhile = other.rotate('a', 'theirs');
  };
  const ours = registry.rotate('a', 'ours');
  await ours;
  await meanwhile;
  expect(new Set(await open().secrets('a'))).toEqual(new Set(['ours', 'theirs']));
});
