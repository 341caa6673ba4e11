import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createEnvelope } from './kms-envelope.ts';
import { createTestDataKeys } from './test-data-keys.ts';

const context = { network: 'main', purpose: 'payload' };
const bytes = (text: string) => new TextEncoder().encode(text);
const text = (plain: Uint8Array) => new TextDecoder().decode(plain);
const broken = { code: 'seal-broken', fault: 'bug' };
const unreachable = { code: 'key-unreachable', fault: 'dependency' };

function setUp(limits = {}) {
  const keys = createTestDataKeys();
  const clock = { atMs: 1_000_000, nowMs: () => clock.atMs };
  const envelope = createEnvelope(keys, clock, limits);
  /** Another process: it has made and opened nothing yet. */
  const elsewhere = () => createEnvelope(keys, clock, limits);
  return { keys, clock, envelope, elsewhere };
}

test('whatever was sealed opens, here and in another process, and says nothing meanwhile', async () => {
  const { envelope, elsewhere } = setUp();
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ maxLength: 300 }),
      fc.dictionary(fc.string(), fc.string(), { maxKeys: 4 }),
      async (plain, names) => {
        const sealed = await envelope.seal(plain, names);
        expect(Buffer.from(await envelope.open(sealed, names))).toEqual(Buffer.from(plain));
        expect(Buffer.from(await elsewhere().open(sealed, names))).toEqual(Buffer.from(plain));
        if (plain.length > 8) expect(Buffer.from(sealed).includes(Buffer.from(plain))).toBe(false);
      },
    ),
  );
});

test('no changed, cut or lengthened byte opens', async () => {
  const { envelope } = setUp();
  const sealed = await envelope.seal(bytes('op-1 owes 1000 units'), context);
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        fc.record({ at: fc.nat(sealed.length - 1), by: fc.integer({ min: 1, max: 255 }) }),
        fc.record({ length: fc.nat(sealed.length - 1) }),
        fc.record({ more: fc.uint8Array({ minLength: 1, maxLength: 20 }) }),
      ),
      async (harm) => {
        const harmed =
          'length' in harm
            ? sealed.slice(0, harm.length)
            : 'more' in harm
              ? Buffer.concat([sealed, harm.more])
              : sealed.map((byte, at) => (at === harm.at ? byte ^ harm.by : byte));
        await expect(envelope.open(harmed, context)).rejects.toMatchObject(broken);
      },
    ),
  );
});

test.each([
  ['another network', { network: 'other', purpose: 'payload' }],
  ['another purpose', { network: 'main', purpose: 'secret' }],
  ['one name less', { network: 'main' }],
  ['one name more', { ...context, secretId: 'source/a' }],
  ['none', {}],
])('%s opens nothing, also where the data key is known', async (_name, other) => {
  const { envelope, elsewhere } = setUp();
  const sealed = await envelope.seal(bytes('secret'), context);
  await expect(envelope.open(sealed, other)).rejects.toMatchObject(broken);
  await expect(elsewhere().open(sealed, other)).rejects.toMatchObject(broken);
  expect(text(await envelope.open(sealed, { purpose: 'payload', network: 'main' }))).toBe('secret');
});

test('many are sealed and opened with one question each', async () => {
  const { keys, envelope, elsewhere } = setUp();
  const sealed = await Promise.all(
    Array.from({ length: 50 }, (_, index) => envelope.seal(bytes(`${index}`), context)),
  );
  expect(keys.made).toBe(1);
  await envelope.open(sealed[0] as Uint8Array, context);
  expect(keys.opened).toBe(0);
  const other = elsewhere();
  const plain = await Promise.all(sealed.map((each) => other.open(each, context)));
  expect(plain.map(text)).toEqual(sealed.map((_, index) => `${index}`));
  expect(keys.opened).toBe(1);
});

test('a data key seals for so long and so often; each context has its own', async () => {
  const { keys, clock, envelope } = setUp({ sealForMs: 1_000, sealUses: 3 });
  // The seal that finds a key worn out still uses it; its successor is there for the next one.
  const seal = async () => {
    await envelope.seal(bytes('x'), context);
    await new Promise(setImmediate);
  };
  for (let use = 0; use < 3; use += 1) await seal();
  expect(keys.made).toBe(1);
  await seal();
  expect(keys.made).toBe(2);
  clock.atMs += 1_000;
  await seal();
  expect(keys.made).toBe(3);
  clock.atMs -= 5_000;
  await seal();
  expect(keys.made).toBe(4);
  await envelope.seal(bytes('x'), { ...context, network: 'other' });
  expect(keys.made).toBe(5);
});

test('what was sealed before a rotation opens after it, and new is sealed by the new key', async () => {
  const { keys, clock, envelope, elsewhere } = setUp({ sealForMs: 1_000 });
  const before = await envelope.seal(bytes('before'), context);
  keys.rotate();
  clock.atMs += 1_000;
  await envelope.seal(bytes('meanwhile'), context);
  await new Promise(setImmediate);
  const after = await envelope.seal(bytes('after'), context);
  expect(after[3]).toBe(1);
  const other = elsewhere();
  expect(text(await other.open(before, context))).toBe('before');
  expect(text(await other.open(after, context))).toBe('after');
});

test('an outage of the keeper stops neither sealing nor opening while keys are at hand, and is told after that', async () => {
  const { keys, clock, envelope, elsewhere } = setUp({ sealForMs: 1_000, sealAtMostMs: 9_000 });
  const sealed = await envelope.seal(bytes('x'), context);
  keys.isReachable = false;
  clock.atMs += 5_000;
  expect(text(await envelope.open(await envelope.seal(bytes('y'), context), context))).toBe('y');
  await expect(elsewhere().seal(bytes('z'), context)).rejects.toMatchObject(unreachable);
  const other = elsewhere();
  await expect(other.open(sealed, context)).rejects.toMatchObject(unreachable);
  clock.atMs += 5_000;
  await expect(envelope.seal(bytes('y'), context)).rejects.toMatchObject(unreachable);
  keys.isReachable = true;
  // A failure is not remembered.
  expect(text(await other.open(sealed, context))).toBe('x');
  await envelope.seal(bytes('y'), context);
});

test('nobody waits for a successor while the key before it may seal', async () => {
  const { keys, clock, envelope } = setUp({ sealForMs: 1_000, sealAtMostMs: 9_000 });
  await envelope.seal(bytes('x'), context);
  let asked = 0;
  keys.make = () => {
    asked += 1;
    return new Promise(() => {});
  };
  clock.atMs += 5_000;
  for (const word of ['y', 'z']) {
    expect(text(await envelope.open(await envelope.seal(bytes(word), context), context))).toBe(
      word,
    );
  }
  expect(asked).toBe(1);
});

test('a keeper that failed has ten seconds before it is asked for a successor again', async () => {
  const { keys, clock, envelope } = setUp({ sealForMs: 1_000 });
  const seal = async () => {
    const sealed = await envelope.seal(bytes('x'), context);
    await new Promise(setImmediate);
    return sealed;
  };
  const first = await seal();
  const { make } = keys;
  let asked = 0;
  keys.make = (of) => {
    asked += 1;
    return make(of);
  };
  keys.isReachable = false;
  clock.atMs += 1_000;
  for (let use = 0; use < 3; use += 1) await seal();
  expect(asked).toBe(1);
  keys.isReachable = true;
  clock.atMs += 9_999;
  await seal();
  expect(asked).toBe(1);
  clock.atMs += 1;
  await seal();
  expect(asked).toBe(2);
  expect((await seal()).slice(0, 40)).not.toEqual(first.slice(0, 40));
});

/** Another process that remembers two opened keys for a second, and opens what three contexts sealed. */
async function openerOfThree() {
  const { keys, clock, envelope, elsewhere } = setUp({ openForMs: 1_000, openedKeys: 2 });
  const sealed = await Promise.all(
    ['a', 'b', 'c'].map((network) => envelope.seal(bytes(network), { network })),
  );
  const other = elsewhere();
  const open = (index: number) =>
    other.open(sealed[index] as Uint8Array, { network: 'abc'[index] as string });
  return { keys, clock, open };
}

test('opened keys are forgotten by age and by number', async () => {
  const { keys, clock, open } = await openerOfThree();
  for (const index of [0, 1, 0, 1, 2, 1]) await open(index);
  expect(keys.opened).toBe(3);
  await open(0);
  expect(keys.opened).toBe(4);
  clock.atMs += 1_000;
  await open(0);
  expect(keys.opened).toBe(5);
});

test('what is too old makes room before what is used less', async () => {
  const { keys, clock, open } = await openerOfThree();
  await open(0);
  clock.atMs += 500;
  await open(1);
  await open(0);
  clock.atMs += 500;
  await open(2);
  expect(keys.opened).toBe(3);
  await open(1);
  expect(keys.opened).toBe(3);
});

test('another version of the form is not guessed at', async () => {
  const { envelope } = setUp();
  const sealed = Buffer.from(await envelope.seal(bytes('x'), context));
  sealed[0] = 2;
  await expect(envelope.open(sealed, context)).rejects.toMatchObject({
    ...broken,
    message: expect.stringContaining('version'),
  });
});
