import { describe, expect, it } from 'vitest';
import { parseNative } from './native.ts';

const alert = {
  state: 'firing',
  startsAt: '2026-01-02T03:04:05Z',
  participantId: 'p1',
  resourceId: 'n1',
  violationType: 'downtime',
  severity: 'minor',
  labels: { rack: 'r7', participant_id: 'overridden' },
};

const one = (body: unknown) => parseNative(body, 'application/json').alerts[0];

it('turns its shorthands into labels', () => {
  expect(one({ data: alert })).toMatchObject({
    ok: true,
    alert: {
      state: 'firing',
      labels: {
        rack: 'r7',
        participant_id: 'p1',
        resource_id: 'n1',
        violation_type: 'downtime',
        severity: 'minor',
      },
    },
  });
});

it('knows one alert again at another severity, with another start and summary', () => {
  const name = (more: object) => {
    const parsed = one({ data: { ...alert, ...more } });
    return parsed?.ok === true ? parsed.alert.fingerprint : null;
  };
  const again = { severity: 'major', startsAt: '2026-01-03T00:00:00Z', summary: 'still' };
  expect(name(again)).toBe(name({}));
  expect(name({ resourceId: 'n2' })).not.toBe(name({}));
  expect(name({ fingerprint: 'mine/1' })).toBe('mine/1');
});

it.each([
  ['another state', { state: 'ok' }, 'malformed'],
  ['a number as an id', { participantId: 7 }, 'malformed'],
  ['a fingerprint with a separator', { fingerprint: 'a#b' }, 'malformed'],
  ['labels that are no texts', { labels: { a: 1 } }, 'malformed'],
  ['a start that is no instant', { startsAt: 'now' }, 'timestamp-invalid'],
  ['an end that is no instant', { endsAt: '2026-02-31' }, 'timestamp-invalid'],
])('rejects an alert with %s', (_name, more, reason) => {
  expect(one({ data: { ...alert, ...more } })).toMatchObject({ ok: false, rejection: { reason } });
});

describe('CloudEvents', () => {
  const event = { specversion: '1.0', id: '1', source: '/m', type: 'alert', data: alert };

  it('reads one', () => {
    const { alerts } = parseNative(event, 'application/cloudevents+json');
    expect(alerts).toMatchObject([{ ok: true, alert: { state: 'firing' } }]);
  });

  it('reads a batch and rejects only what is wrong in it', () => {
    const batch = [event, { ...event, specversion: '0.3' }, { ...event, data: null }];
    const { alerts } = parseNative(batch, 'application/cloudevents-batch+json');
    expect(alerts.map(({ ok }) => ok)).toEqual([true, false, false]);
  });

  it.each([
    ['application/cloudevents+json', { ...event, id: '' }],
    ['application/cloudevents-batch+json', event],
    ['application/json', {}],
    ['application/json', [alert]],
  ] as const)('refuses a body that is no %s', (mediaType, body) => {
    expect(() => parseNative(body, mediaType)).toThrow(
      expect.objectContaining({ code: 'delivery-malformed' }),
    );
  });
});
