import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { listQuarantine } from '../../adapters/dynamodb/intake-quarantine.ts';
import { undeliveredItems } from '../../adapters/dynamodb/intake-undelivered.ts';
import { keysOf } from '../../adapters/dynamodb/keys.ts';
import type { TestStore } from '../../adapters/dynamodb/test-store.ts';
import type { Problem } from '../../contracts/problem.ts';
import type { ReceiptBody } from '../../contracts/receipts.ts';
import {
  amAlert,
  amBody,
  captured,
  openReception,
  openTestNetwork,
  PASSWORD,
  post,
  type Reception,
  signed,
  T0,
  WEBHOOK_SECRETS,
} from './test-reception.ts';

let test: TestStore;
let reception: Reception;
let lastName = 0;

/** A fingerprint that no other test uses. */
const fresh = () => {
  lastName += 1;
  return `f${String(lastName).padStart(4, '0')}`;
};

beforeAll(async () => {
  test = await openTestNetwork();
});
afterAll(() => test.close());
beforeEach(() => {
  reception = openReception(test.store);
});

const take = (alerts: readonly unknown[], truncated = 0) =>
  post<ReceiptBody>(reception.api, amBody(alerts, truncated));

async function headOf(fingerprint: string, sourceId = 'prometheus') {
  const alertKey = `${sourceId}/${fingerprint}`;
  return (await reception.intake.heads([alertKey])).get(alertKey);
}

async function undelivered(alertKey: string): Promise<number[]> {
  const partition = keysOf('main').undeliveredOf('op-0001');
  const items = await undeliveredItems(test.store, partition, T0 * 2, 10_000);
  return items
    .filter((item) => (item['body'] as { alertKey: string }).alertKey === alertKey)
    .map((item) => item['seq'] as number)
    .toSorted((a, b) => a - b);
}

describe('Alertmanager', () => {
  it('takes the captured deliveries: one opens the alert, the other ends an earlier spell of it', async () => {
    const fired = await post<ReceiptBody>(reception.api, captured('firing'));
    expect(fired.status).toBe(202);
    expect(fired.body).toMatchObject({ received: 1, accepted: 1, duplicate: 0, quarantined: 0 });
    expect(fired.headers['location']).toBe(`/v1/receipts/${fired.body.receiptId}`);
    expect(await headOf('761bf2837a33b7b9')).toMatchObject({
      status: 'firing',
      participantId: 'op-0001',
      resourceId: 'node-1',
      violationType: 'downtime',
      // The label says critical; the source is believed up to major (rule B2).
      severity: 'major',
      startsAtMs: Date.parse('2026-11-22T15:03:19.917Z'),
      mappingVersion: 'm1',
    });
    const late = await post<ReceiptBody>(reception.api, captured('resolved'));
    expect(late.body).toMatchObject({ received: 1, accepted: 1 });
    expect(await headOf('761bf2837a33b7b9')).toMatchObject({ status: 'firing' });
    expect(await undelivered('prometheus/761bf2837a33b7b9')).toEqual([1]);
  });

  it('answers a repeat as a duplicate and writes nothing', async () => {
    const name = fresh();
    await take([amAlert(name, -5)]);
    const again = await take([amAlert(name, -5)]);
    expect(again.body).toMatchObject({ accepted: 0, duplicate: 1 });
    expect(await headOf(name)).toMatchObject({ seq: 1 });
  });

  it('reads the status of each alert, never that of the group', async () => {
    const [firing, resolved] = [fresh(), fresh()];
    await take([amAlert(resolved, -50)]);
    await take([amAlert(firing, -5), amAlert(resolved, -50, -10)]);
    expect(await headOf(firing)).toMatchObject({ status: 'firing' });
    expect(await headOf(resolved)).toMatchObject({ status: 'resolved', endsAtMs: T0 });
  });

  it('merges what one body says about one alert', async () => {
    const name = fresh();
    await take([
      amAlert(name, -50),
      amAlert(name, -50, -40),
      amAlert(name, -30),
      amAlert(name, -30),
    ]);
    expect(await headOf(name)).toMatchObject({ status: 'firing', seq: 3 });
    expect(await undelivered(`prometheus/${name}`)).toEqual([1, 2, 3]);
  });

  it('takes very much about one alert and many alerts in one body', async () => {
    const name = fresh();
    const flaps = Array.from({ length: 70 }, (_, index) => [
      amAlert(name, -500 + index * 4),
      amAlert(name, -500 + index * 4, -500 + index * 4 + 2),
    ]).flat();
    const many = Array.from({ length: 230 }, () => amAlert(fresh(), -5));
    const { body } = await take([...flaps, ...many]);
    expect(body).toMatchObject({ received: 370, quarantined: 0 });
    expect(await headOf(name)).toMatchObject({ status: 'resolved' });
    const receipt = await reception.intake.readReceipt(body.receiptId);
    expect(receipt?.items.filter((item) => item.fate === 'pending')).toHaveLength(370);
  });

  it('quarantines what it cannot map, with a reason and a count, and goes on', async () => {
    const good = fresh();
    const bad = fresh();
    const { body } = await take([
      amAlert(good, -5),
      amAlert(bad, -5, null, { operator_id: '' }),
      amAlert(bad, -5, null, { operator_id: 'nobody' }),
      amAlert(bad, -5, null, { resource_id: 'node-of-another' }),
      amAlert(bad, -5, null, { slashing_rule: 'slowness' }),
      amAlert(bad, -5, null, { severity: 'purple' }),
      amAlert(bad, 600),
      { ...amAlert(bad, -5), startsAt: 'yesterday' },
      { ...amAlert(bad, -5), startsAt: '2026-02-30T99:00:00Z' },
      { ...amAlert(bad, -5), labels: { severity: 7 } },
      { ...amAlert(bad, -5), status: 'suppressed' },
      null,
      'alert',
    ]);
    expect(body).toMatchObject({ received: 13, accepted: 1, quarantined: 12 });
    expect(await headOf(good)).toMatchObject({ status: 'firing' });
    expect(await headOf(bad)).toBeUndefined();
    const receipt = await reception.intake.readReceipt(body.receiptId);
    expect(receipt?.items.map((item) => item.reason)).toEqual([
      null,
      'participant-missing',
      'participant-unknown',
      'resource-not-owned',
      'violation-type-unknown',
      'severity-unknown',
      'from-the-future',
      'timestamp-invalid',
      'timestamp-invalid',
      'malformed',
      'malformed',
      'malformed',
      'malformed',
    ]);
    const kept = await listQuarantine(test.store, 'prometheus');
    const invalid = kept.find(
      (entry) => entry.fingerprint === bad && entry.reason === 'timestamp-invalid',
    );
    expect(invalid).toMatchObject({ count: 2, firstAtMs: T0 });
  });

  it('never strands a resolve when the mapping has changed meanwhile', async () => {
    const name = fresh();
    await take([amAlert(name, -50)]);
    const { body } = await take([
      amAlert(name, -50, 0, { operator_id: 'nobody', slashing_rule: 'gone', severity: 'purple' }),
    ]);
    expect(body).toMatchObject({ accepted: 1, quarantined: 0 });
    expect(await headOf(name)).toMatchObject({ status: 'resolved', participantId: 'op-0001' });
  });

  it('notes truncated groups on the source until that group comes whole', async () => {
    const truncatedAt = async () =>
      (await reception.directory.source('prometheus-basic'))?.truncatedAtMs;
    const basic = Buffer.from(`alertmanager:${PASSWORD}`).toString('base64');
    const options = { sourceId: 'prometheus-basic', headers: { Authorization: `Basic ${basic}` } };
    const name = fresh();
    const cut = await post<ReceiptBody>(reception.api, amBody([amAlert(name, -5)], 3), options);
    expect(cut.body.truncated).toBe(3);
    expect(await truncatedAt()).toBe(T0);
    reception.clock.at = T0 + 1_000;
    await post(reception.api, amBody([amAlert(name, -5)], 0, 'another group'), options);
    expect(await truncatedAt()).toBe(T0);
    await post(reception.api, amBody([amAlert(name, -5)]), options);
    expect(await truncatedAt()).toBeNull();
  });

  it('takes PUT as well, and an empty group', async () => {
    const put = await post<ReceiptBody>(reception.api, amBody([]), { method: 'PUT' });
    expect(put.status).toBe(202);
    expect(put.body).toMatchObject({ received: 0, accepted: 0 });
  });
});

describe('the native event', () => {
  const event = (name: string, more: object = {}) => ({
    state: 'firing',
    startsAt: new Date(T0 - 5_000).toISOString(),
    fingerprint: name,
    participantId: 'op-0001',
    resourceId: 'node-2',
    violationType: 'downtime',
    severity: 'moderate',
    ...more,
  });
  const native = (body: unknown, id: string, headers: Record<string, string> = {}) => {
    const text = JSON.stringify(body);
    const all = { ...signed(id, text, reception.clock.at), ...headers };
    return post<ReceiptBody & Problem>(reception.api, text, { sourceId: 'native', headers: all });
  };

  it('takes one alert or a list, in our own JSON', async () => {
    const [one, two, three] = [fresh(), fresh(), fresh()];
    const single = await native({ type: 'alert', data: event(one) }, `msg-${one}`);
    const list = await native({ data: [event(two), event(three)] }, `msg-${two}`);
    expect([single.body.accepted, list.body.accepted]).toEqual([1, 2]);
    expect(await headOf(three, 'native')).toMatchObject({
      resourceId: 'node-2',
      severity: 'moderate',
    });
  });

  it('takes CloudEvents, one or a batch; a bad one among them is quarantined', async () => {
    const [one, two] = [fresh(), fresh()];
    const cloud = (name: string) => ({
      specversion: '1.0',
      id: name,
      source: '/monitor',
      type: 'org.example.alert',
      data: event(name),
    });
    const single = await native(cloud(one), `msg-${one}`, {
      'content-type': 'application/cloudevents+json; charset=utf-8',
    });
    const batch = await native([cloud(two), { specversion: '0.3' }], `msg-${two}`, {
      'content-type': 'application/cloudevents-batch+json',
    });
    expect(single.body).toMatchObject({ accepted: 1 });
    expect(batch.body).toMatchObject({ received: 2, accepted: 1, quarantined: 1 });
  });

  it('names an alert without a fingerprint by its labels, whatever its severity', async () => {
    const { fingerprint: _none, ...unnamed } = event('', { labels: { rack: 'r7' } });
    const first = await native({ data: unnamed }, `msg-${fresh()}`);
    const graver = await native({ data: { ...unnamed, severity: 'major' } }, `msg-${fresh()}`);
    const keys = await Promise.all(
      [first, graver].map(async ({ body }) => {
        const receipt = await reception.intake.readReceipt(body.receiptId);
        return receipt?.items[0]?.alertKey;
      }),
    );
    expect(keys[0]).toBe(keys[1]);
    const head = (await reception.intake.heads([keys[0] ?? ''])).get(keys[0] ?? '');
    expect(head).toMatchObject({ seq: 2, severity: 'major' });
  });

  it('answers the same delivery alike and refuses its id for another body', async () => {
    const name = fresh();
    const first = await native({ data: event(name) }, `msg-${name}`);
    const again = await native({ data: event(name) }, `msg-${name}`);
    expect(again.body).toEqual({ ...first.body, accepted: 0, duplicate: 1 });
    const other = await native({ data: event(fresh()) }, `msg-${name}`);
    expect([other.status, other.body.code]).toEqual([422, 'delivery-id-reused']);
  });

  it('takes both secrets while they are rotated, and no other', async () => {
    const text = JSON.stringify({ data: event(fresh()) });
    const withSecret = (secret: string) =>
      post(reception.api, text, {
        sourceId: 'native',
        headers: signed(`msg-${fresh()}`, text, T0, secret),
      });
    const other = `whsec_${Buffer.alloc(32, 9).toString('base64')}`;
    expect((await withSecret(WEBHOOK_SECRETS[0])).status).toBe(202);
    expect((await withSecret(WEBHOOK_SECRETS[1])).status).toBe(202);
    expect((await withSecret(other)).status).toBe(401);
  });

  it('notes no data without touching the alert', async () => {
    const name = fresh();
    await native({ data: event(name) }, `msg-${name}-1`);
    const before = await headOf(name, 'native');
    const { body } = await native({ data: event(name, { state: 'no-data' }) }, `msg-${name}-2`);
    expect((await reception.intake.readReceipt(body.receiptId))?.items[0]?.fate).toBe('no-data');
    expect(await headOf(name, 'native')).toEqual(before);
  });
});

describe('what is refused', () => {
  const good = () => JSON.stringify({ data: { state: 'firing' } });
  const refused = async (
    body: string | object,
    options: Parameters<typeof post>[2],
    expected: [number, string],
  ) => {
    const answer = await post<Problem>(reception.api, body, options);
    expect([answer.status, answer.body.code]).toEqual(expected);
    expect(answer.headers['content-type']).toBe('application/problem+json');
    return answer;
  };

  it('an unknown or disabled source', async () => {
    await refused(amBody([]), { sourceId: 'nobody' }, [404, 'source-unknown']);
    await refused(amBody([]), { sourceId: '%00' }, [404, 'source-unknown']);
    await refused(amBody([]), { sourceId: 'disabled' }, [403, 'source-disabled']);
  });

  it.each([
    ['prometheus', { Authorization: '' }, 'Bearer'],
    ['prometheus', { Authorization: 'Bearer wrong' }, 'Bearer'],
    ['prometheus', { Authorization: `Basic ${PASSWORD}` }, 'Bearer'],
    ['prometheus-basic', { Authorization: 'Basic d3Jvbmc6d3Jvbmc=' }, 'Basic'],
    ['native', {}, 'StandardWebhooks'],
  ])('bad credentials for %s with %o', async (sourceId, headers, scheme) => {
    const answer = await refused(good(), { sourceId, headers }, [401, 'signature-invalid']);
    expect(answer.headers['www-authenticate']).toContain(scheme);
  });

  it('a signature of another body, an old one, one from the future', async () => {
    const of = (text: string, atMs: number) => ({
      sourceId: 'native',
      headers: signed('msg-x', text, atMs),
    });
    await refused(good(), of('{}', T0), [401, 'signature-invalid']);
    await refused(good(), of(good(), T0 - 301_000), [401, 'signature-invalid']);
    await refused(good(), of(good(), T0 + 301_000), [401, 'signature-invalid']);
  });

  it('what is no JSON, no delivery, or not declared as one', async () => {
    await refused('{"alerts":', {}, [400, 'malformed-json']);
    await refused('', {}, [400, 'malformed-json']);
    await refused('[]', {}, [400, 'delivery-malformed']);
    await refused({ alerts: 'all' }, {}, [400, 'delivery-malformed']);
    await refused({ alerts: [], truncatedAlerts: -1 }, {}, [400, 'delivery-malformed']);
    const form = { headers: { 'content-type': 'application/x-www-form-urlencoded' } };
    await refused(amBody([]), form, [415, 'unsupported-media-type']);
  });

  it('what is too large, before its signature is looked at', async () => {
    const large = (mebibytes: number) => 'x'.repeat(mebibytes * 1_024 * 1_024 + 1);
    await refused(large(1), { sourceId: 'native' }, [413, 'body-too-large']);
    await refused(large(10), {}, [413, 'body-too-large']);
    await refused(large(1), {}, [400, 'malformed-json']);
  });

  it('other methods and paths', async () => {
    await refused(amBody([]), { method: 'DELETE' }, [405, 'method-not-allowed']);
    await refused(amBody([]), { sourceId: 'prometheus/more' }, [404, 'route-unknown']);
  });
});
