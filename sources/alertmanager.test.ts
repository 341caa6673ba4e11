import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { DomainError } from '../domain/errors.ts';
import { parseAlertmanager } from './alertmanager.ts';

const captured = (name: string): unknown =>
  JSON.parse(readFileSync(path.join(import.meta.dirname, 'samples', `${name}.json`), 'utf8'));

it('reads what a real Alertmanager posts when an alert fires', () => {
  const { alerts, truncated, groupKey } = parseAlertmanager(captured('alertmanager-firing'));
  expect(truncated).toBe(0);
  expect(groupKey).toBe('{}:{alertname="NodeDown", operator_id="op-0001"}');
  expect(alerts).toMatchObject([
    {
      ok: true,
      alert: {
        fingerprint: '761bf2837a33b7b9',
        state: 'firing',
        startsAtMs: Date.parse('2026-11-22T15:03:19.917Z'),
        endsAtMs: null,
        labels: { operator_id: 'op-0001', slashing_rule: 'downtime', severity: 'critical' },
        summary: 'Target 127.0.0.1:9199 down',
      },
    },
  ]);
});

it('reads what it posts when the alert is resolved', () => {
  const { alerts } = parseAlertmanager(captured('alertmanager-resolved'));
  expect(alerts).toMatchObject([
    { ok: true, alert: { state: 'resolved', endsAtMs: Date.parse('2026-11-22T15:02:55.917Z') } },
  ]);
});

it('tolerates what newer versions add, and counts what was cut', () => {
  const body = captured('alertmanager-firing') as Record<string, unknown>;
  const newer = { ...body, notification_reason: 'repeat interval elapsed', truncatedAlerts: 4 };
  expect(parseAlertmanager(newer)).toMatchObject({ truncated: 4, alerts: [{ ok: true }] });
});

it('names an alert without a usable fingerprint by its labels', () => {
  const alert = { status: 'firing', labels: { a: '1' }, startsAt: '2026-01-02T03:04:05Z' };
  const bodies = [{}, { fingerprint: 'a#b' }, { fingerprint: 'x'.repeat(65) }].map((more) => ({
    alerts: [{ ...alert, ...more }],
  }));
  const names = bodies.map((body) => {
    const [one] = parseAlertmanager(body).alerts;
    return one?.ok === true ? one.alert.fingerprint : null;
  });
  expect(new Set(names).size).toBe(1);
  expect(names[0]).toMatch(/^[0-9a-f]{16}$/);
});

it('never throws for an alert, whatever it is, and throws one code for what is no delivery', () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue(), { maxLength: 5 }), (alerts) => {
      expect(parseAlertmanager({ alerts }).alerts).toHaveLength(alerts.length);
    }),
    { numRuns: 500 },
  );
  fc.assert(
    fc.property(fc.jsonValue(), (body) => {
      try {
        parseAlertmanager(body);
      } catch (error) {
        expect(error).toBeInstanceOf(DomainError);
        expect((error as DomainError).code).toBe('delivery-malformed');
      }
    }),
    { numRuns: 500 },
  );
});
