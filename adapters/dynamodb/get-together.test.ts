import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Store } from './client.ts';
import { getTogether } from './get-together.ts';
import { makeItem } from './items.ts';
import { keysOf } from './keys.ts';
import { put } from './step-writes.ts';
import { transact } from './store-errors.ts';
import { openTestStore, type TestStore } from './test-store.ts';

let test_: TestStore;
let store: Store;
/** Requests that were sent, by their names. */
let sent: string[] = [];
let fails = false;

const key = (number: number) => keysOf('main').step(`step-${number}`);
const ask = async (number: number) =>
  (await getTogether(store, 'registry', key(number)))?.['body'] ?? null;

beforeAll(async () => {
  test_ = await openTestStore();
  const items = Array.from({ length: 50 }, (_, number) => makeItem(key(number), 'step', number));
  const action = (item: (typeof items)[number]) => put(test_.store.tables.registry, item);
  await transact(
    test_.store,
    items.map((item) => ({ label: 'put', action: action(item) })),
  );
  store = test_.another();
  store.client.middlewareStack.add(
    (next, { commandName = '' }) =>
      async (args) => {
        sent.push(commandName);
        if (fails) throw new Error('out of order');
        return next(args);
      },
    { step: 'initialize', name: 'note-request' },
  );
});
afterAll(() => test_.close());
beforeEach(() => {
  sent = [];
  fails = false;
});

test('what is asked for side by side is read in one request, each item once', async () => {
  expect(await Promise.all([3, 1, 3, 99, 2].map(ask))).toEqual([3, 1, 3, null, 2]);
  expect(sent).toEqual(['BatchGetItemCommand']);
});

test('what is asked for alone is read alone, and each question reads anew', async () => {
  expect(await ask(1)).toBe(1);
  expect(await ask(1)).toBe(1);
  expect(await ask(99)).toBeNull();
  expect(sent).toEqual(['GetItemCommand', 'GetItemCommand', 'GetItemCommand']);
});

test('what is asked for a moment later, but before any answer, still goes along', async () => {
  const later = async () => {
    await Promise.resolve();
    return ask(2);
  };
  expect(await Promise.all([ask(1), later()])).toEqual([1, 2]);
  expect(sent).toHaveLength(1);
});

test('more than one request can ask for goes in several', async () => {
  const numbers = Array.from({ length: 250 }, (_, number) => number);
  const found = await Promise.all(numbers.map(ask));
  expect(found).toEqual(numbers.map((number) => (number < 50 ? number : null)));
  expect(sent).toHaveLength(3);
});

test('all who asked are told of a failure, and the next question is asked again', async () => {
  fails = true;
  const outcomes = await Promise.allSettled([ask(1), ask(2)]);
  for (const outcome of outcomes)
    expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'store-unreachable' } });
  fails = false;
  expect(await Promise.all([ask(1), ask(2)])).toEqual([1, 2]);
});
