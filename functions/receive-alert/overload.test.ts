import { afterAll, beforeAll, expect, it } from 'vitest';
import type { TestStore } from '../../adapters/dynamodb/test-store.ts';
import type { Problem } from '../../contracts/problem.ts';
import type { ReceiptBody } from '../../contracts/receipts.ts';
import {
  amAlert,
  amBody,
  openReception,
  openTestNetwork,
  post,
  signed,
  T0,
} from './test-reception.ts';

let test: TestStore;
beforeAll(async () => {
  test = await openTestNetwork();
});
afterAll(() => test.close());

/** A reception whose store fails its next transactions by name, or loses the answer of one that was made. */
function failing(faults: string[]) {
  const store = test.another();
  store.client.middlewareStack.add(
    (next, context) => async (args) => {
      const isWrite = context.commandName === 'TransactWriteItemsCommand';
      const fault = isWrite ? faults.shift() : undefined;
      if (fault === undefined) return next(args);
      if (fault === 'TimeoutError') await next(args);
      throw Object.assign(new Error(fault), { name: fault });
    },
    { step: 'deserialize', priority: 'low', name: 'fail' },
  );
  return openReception(store);
}

const native = (name: string) =>
  JSON.stringify({
    data: {
      state: 'firing',
      startsAt: new Date(T0).toISOString(),
      fingerprint: name,
      participantId: 'op-0001',
      violationType: 'downtime',
    },
  });

const throttled = Array.from({ length: 9 }, () => 'ThrottlingException');

it('tells each sender to come back in the way it understands', async () => {
  const am = await post<Problem>(failing([...throttled]).api, amBody([amAlert('o1', -5)]));
  expect([am.status, am.body.code]).toEqual([503, 'overloaded']);
  expect(am.headers['retry-after']).toBe('5');
  const text = native('o2');
  const options = { sourceId: 'native', headers: signed('msg-o2', text, T0) };
  const shed = await post<Problem>(failing([...throttled]).api, text, options);
  expect([shed.status, shed.body.code]).toEqual([429, 'rate-limited']);
  expect(shed.headers['retry-after']).toBe('5');
  // Nothing was accepted, so the retry under the same id is no duplicate.
  const retry = await post<ReceiptBody>(openReception(test.store).api, text, options);
  expect([retry.status, retry.body.accepted]).toEqual([202, 1]);
});

it('says that the store is away, and takes the delivery whole when it is back', async () => {
  const away = Array.from({ length: 9 }, () => 'ECONNREFUSED');
  const failed = await post<Problem>(failing(away).api, amBody([amAlert('o3', -5)]));
  expect([failed.status, failed.body.code]).toEqual([503, 'store-unreachable']);
  const { api } = openReception(test.store);
  const retry = await post<ReceiptBody>(api, amBody([amAlert('o3', -5)]));
  expect(retry.body).toMatchObject({ accepted: 1 });
});

it('writes nothing twice when the answer of the store is lost', async () => {
  const reception = failing(['TimeoutError']);
  const answer = await post<ReceiptBody>(reception.api, amBody([amAlert('o4', -5)]));
  expect([answer.status, answer.body.quarantined]).toEqual([202, 0]);
  const head = (await reception.intake.heads(['prometheus/o4'])).get('prometheus/o4');
  expect(head).toMatchObject({ seq: 1, status: 'firing' });
});
