import { afterEach, beforeEach, expect, it } from 'vitest';
import { makeUndelivered } from '../../adapters/dynamodb/intake-undelivered.ts';
import { UNDELIVERED_SHARDS } from '../../adapters/dynamodb/keys.ts';
import type { TestStore } from '../../adapters/dynamodb/test-store.ts';
import { DomainError } from '../../domain/errors.ts';
import {
  amAlert,
  amBody,
  openReception,
  openTestNetwork,
  post,
  type Reception,
  signed,
  T0,
} from '../receive-alert/test-reception.ts';
import { redeliver } from '../redeliver/redeliver.ts';
import { type TestMeter, testMeter } from '../shared/test-meter.ts';
import type { RelayDeps } from './deps.ts';
import { relay } from './relay.ts';
import {
  allUndelivered,
  MemoryCases,
  relayAll,
  relayDeps,
  streamEvent,
  unreachable,
} from './test-relay.ts';

const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

let test: TestStore;
let received: TestMeter;
let relayed: TestMeter;
let reception: Reception;
let cases: MemoryCases;
let deps: RelayDeps;

beforeEach(async () => {
  test = await openTestNetwork();
  received = testMeter();
  relayed = testMeter();
  reception = openReception(test.store, received);
  cases = new MemoryCases();
  deps = relayDeps(test.store, cases, () => reception.clock.at, relayed);
});
afterEach(() => test.close());

const again = () => redeliver(deps, { shards: UNDELIVERED_SHARDS, ageMs: 0 });

it('counts deliveries and the fates of their alerts', async () => {
  const strange = amAlert('c', -50, null, { severity: 'whatever' });
  await post(reception.api, amBody([amAlert('a', -50), amAlert('b', -50), strange]));
  await post(reception.api, amBody([amAlert('a', -50)]));
  await post(reception.api, 'no json');
  await post(reception.api, amBody([]), { headers: { Authorization: 'Bearer wrong' } });
  await post(reception.api, amBody([]), { sourceId: 'unknown' });
  expect(received.counts).toEqual({
    DeliveriesAccepted: 2,
    DeliveriesRefused: 3,
    AlertsAccepted: 2,
    AlertsDuplicate: 1,
    AlertsQuarantined: 1,
  });
  expect(received.flushes).toBe(5);
});

it('counts a signed delivery that comes again as duplicates, and what it quarantined once', async () => {
  const data = ['op-0001', 'nobody'].map((participantId) => ({
    state: 'firing',
    startsAt: new Date(T0).toISOString(),
    fingerprint: participantId,
    participantId,
    violationType: 'downtime',
  }));
  const text = JSON.stringify({ data });
  const options = { sourceId: 'native', headers: signed('msg-1', text, T0) };
  await post(reception.api, text, options);
  await post(reception.api, text, options);
  expect(received.counts).toEqual({
    DeliveriesAccepted: 2,
    AlertsAccepted: 1,
    AlertsDuplicate: 1,
    AlertsQuarantined: 1,
  });
});

it('counts what it sheds and what it fails at', async () => {
  const fail = (code: string) => {
    const accept = async () => {
      throw new DomainError(code, 'dependency', 'not now');
    };
    Object.assign(reception.intake, { accept });
  };
  fail('overloaded');
  expect((await post(reception.api, amBody([amAlert('a', -50)]))).status).toBe(503);
  fail('store-unreachable');
  expect((await post(reception.api, amBody([amAlert('a', -50)]))).status).toBe(503);
  expect(received.counts).toEqual({ DeliveriesShed: 1, ServerErrors: 2 });
});

it('measures how long alerts take to reach their case, and counts what fails and what is given up', async () => {
  await post(reception.api, amBody([amAlert('a', -50), amAlert('b', -50)]));
  await post(reception.api, amBody([amAlert('x', -50, -40, { slashing_rule: 'subpar-delivery' })]));
  cases.failure = unreachable();
  reception.clock.at = T0 + 1_000;
  await relayAll(deps, test.store);
  expect(relayed.counts).toMatchObject({ RelayFailures: 2 });
  expect(relayed.durations).toEqual({});
  cases.failure = null;
  reception.clock.at = T0 + 2_500;
  await relayAll(deps, test.store);
  expect(relayed.durations).toEqual({ AlertToCaseLatency: [2_500, 2_500] });
  expect(relayed.counts).toMatchObject({ RelayFailures: 2, ObservationsRelayed: 2 });

  await post(reception.api, amBody([amAlert('d', -5)]));
  reception.clock.at += 1;
  cases.failure = new Error('a bug');
  for (let run = 0; run < 3; run++) await again();
  expect(relayed.counts).toMatchObject({ ObservationsQuarantined: 1 });
});

it('measures once what the stream brings twice, and not what a case gave back', async () => {
  await post(reception.api, amBody([amAlert('a', -50)]));
  const event = streamEvent(await allUndelivered(test.store));
  const { ref } = deps.readImage(event.Records[0]?.dynamodb?.NewImage)!;
  for (let time = 0; time < 2; time++) await relay(deps)(event);
  expect(relayed.durations['AlertToCaseLatency']).toHaveLength(1);
  await makeUndelivered(test.store, ref);
  reception.clock.at += 1;
  await again();
  expect(await allUndelivered(test.store)).toEqual([]);
  expect(relayed.durations['AlertToCaseLatency']).toHaveLength(1);
});

it('measures each run how old the oldest is that waits, also while nothing can be delivered', async () => {
  await again();
  expect(relayed.durations['OldestUndeliveredAge']).toEqual([0]);
  await post(reception.api, amBody([amAlert('a', -50)]));
  cases.failure = unreachable();
  reception.clock.at = T0 + 90_000;
  expect(await again()).toMatchObject({ outage: true });
  cases.failure = null;
  await again();
  expect(relayed.durations['OldestUndeliveredAge']).toEqual([0, 90_000, 0]);
});

it('keeps the trace of a request with what it brought, and only a trace', async () => {
  const send = (name: string, traceparent: string) =>
    post(reception.api, amBody([amAlert(name, -50)]), { headers: { traceparent } });
  await send('a', TRACEPARENT);
  await send('b', 'garbage');
  const items = await allUndelivered(test.store);
  expect(items.map((item) => item['traceparent'])).toEqual([TRACEPARENT, undefined]);
  cases.failure = unreachable();
  const lines: unknown[] = [];
  deps = { ...deps, logger: { ...deps.logger, warn: (...line) => void lines.push(line) } };
  await relayAll(deps, test.store);
  expect(lines).toMatchObject([['relay failed', { traceId: TRACEPARENT.split('-')[1] }]]);
  expect(
    items.map(
      (item) => deps.readImage(streamEvent([item]).Records[0]?.dynamodb?.NewImage)?.traceparent,
    ),
  ).toEqual([TRACEPARENT, undefined]);
  // What was stored by another version, or by hand, stops nothing.
  const spoiled = { ...items[0], traceparent: 7 };
  const image = streamEvent([spoiled]).Records[0]?.dynamodb?.NewImage;
  expect(deps.readImage(image)).not.toHaveProperty('traceparent');
});
