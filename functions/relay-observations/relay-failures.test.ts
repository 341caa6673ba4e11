import { afterEach, beforeEach, expect, it } from 'vitest';
import type { TestStore } from '../../adapters/dynamodb/test-store.ts';
import { DomainError } from '../../domain/errors.ts';
import {
  amAlert,
  amBody,
  openReception,
  openTestNetwork,
  post,
  T0,
} from '../receive-alert/test-reception.ts';
import { connectCaseWorkflows } from '../shared/temporal.ts';
import type { RelayDeps } from './deps.ts';
import { relayBatch } from './operations/relay-batch.ts';
import { allUndelivered, MemoryCases, relayAll, relayDeps, streamEvent } from './test-relay.ts';

let test: TestStore;
beforeEach(async () => {
  test = await openTestNetwork();
});
afterEach(() => test.close());

const accept = (...alerts: unknown[]) => post(openReception(test.store).api, amBody(alerts));

it('blames no observation for a secret that is wrong, however often it is tried', async () => {
  const read = () =>
    Promise.reject(new DomainError('temporal-secret-invalid', 'bug', 'It has another form.'));
  const cases = connectCaseWorkflows({
    address: '127.0.0.1:9',
    namespace: 'default',
    secret: { read, refresh: read },
  });
  const deps = relayDeps(test.store, cases, () => T0);
  await accept(amAlert('a', -50));
  for (let run = 0; run < 4; run++) {
    expect(await relayAll(deps, test.store)).toEqual({
      batchItemFailures: [{ itemIdentifier: '1' }],
    });
  }
  expect(await allUndelivered(test.store)).toMatchObject([{ attempts: 0 }]);
  await cases.close();
});

it('answers for all of a batch also when a failure cannot be counted', async () => {
  const cases = new MemoryCases();
  cases.failure = new Error('a bug');
  const deps = relayDeps(test.store, cases, () => T0);
  const away = new DomainError('store-unreachable', 'dependency', 'down');
  const maxAttempts = () => Promise.reject(away);
  const other = { operator_id: 'op-0002', resource_id: 'op-0002-node' };
  await accept(amAlert('a', -50), amAlert('b', -50, null, other));
  const images = streamEvent(await allUndelivered(test.store)).Records;
  const observations = images.map(({ dynamodb }) => deps.readImage(dynamodb?.NewImage)!);
  const { failed, outage } = await relayBatch({ ...deps, maxAttempts }, observations);
  expect(failed).toHaveLength(2);
  expect(outage).toBe(true);

  // One that cannot be counted leaves the others of its case to be counted.
  const [first] = observations;
  const store: RelayDeps['store'] = {
    ...deps.store,
    markFailed: (one, ...rest) =>
      one === first ? Promise.reject(away) : deps.store.markFailed(one, ...rest),
  };
  const again = await relayBatch({ ...deps, store }, observations);
  expect(again.failed).toHaveLength(2);
  const attempts = (await allUndelivered(test.store)).map((item) => item['attempts']);
  expect(attempts.toSorted()).toEqual([0, 1]);
});
