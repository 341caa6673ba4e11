import { afterAll, beforeAll, expect, test } from 'vitest';
import type { IdempotencyKeys, KeyedRequest } from '../../domain/ports/idempotency-keys.ts';
import { createIdempotencyKeys } from './idempotency-keys.ts';
import { openTestStore, type TestStore } from './test-store.ts';

let opened: TestStore;
let keys: IdempotencyKeys;

beforeAll(async () => {
  opened = await openTestStore();
  keys = createIdempotencyKeys(opened.store);
});
afterAll(() => opened.close());

function aRequest(changes: Partial<KeyedRequest> = {}): KeyedRequest {
  return { account: 'ada', operation: 'deposit', key: 'key-1', bodyHash: 'h1', ...changes };
}

test('a key is claimed, answered once, and answers repeats with its first answer', async () => {
  const request = aRequest({ key: 'answered' });
  expect(await keys.claim(request, 1)).toEqual({ status: 'claimed' });
  await keys.answer(request, '{"first":true}');
  await keys.answer(request, '{"first":false}');
  expect(await keys.claim(request, 2)).toEqual({
    status: 'answered',
    answerJson: '{"first":true}',
  });
});

test('a claim without an answer may be claimed again by the same request', async () => {
  const request = aRequest({ key: 'unanswered' });
  await keys.claim(request, 1);
  expect(await keys.claim(request, 2)).toEqual({ status: 'claimed' });
});

test('the key with another body is refused, answered or not', async () => {
  const request = aRequest({ key: 'reused' });
  await keys.claim(request, 1);
  expect(await keys.claim({ ...request, bodyHash: 'h2' }, 2)).toEqual({ status: 'reused' });
  await keys.answer(request, '{}');
  expect(await keys.claim({ ...request, bodyHash: 'h2' }, 3)).toEqual({ status: 'reused' });
});

test('another account or operation has keys of its own', async () => {
  await keys.claim(aRequest({ key: 'own' }), 1);
  const others = [
    aRequest({ key: 'own', account: 'bob' }),
    aRequest({ key: 'own', operation: 'x' }),
  ];
  for (const other of others) {
    expect(await keys.claim({ ...other, bodyHash: 'h2' }, 2)).toEqual({ status: 'claimed' });
  }
});

test('of many claims at once with different bodies only one body holds the key', async () => {
  const claims = await Promise.all(
    Array.from({ length: 8 }, (_, index) =>
      keys.claim(aRequest({ key: 'raced', bodyHash: `h${index}` }), 1),
    ),
  );
  expect(claims.filter(({ status }) => status === 'claimed')).toHaveLength(1);
  expect(claims.filter(({ status }) => status === 'reused')).toHaveLength(7);
});
