import * as z from 'zod/mini';
import { alertmanagerAlert, alertmanagerBody } from '../contracts/alertmanager.ts';
import { DomainError } from '../domain/errors.ts';
import {
  hashName,
  type ParsedDelivery,
  rejected,
  sampleOf,
  spellOf,
  summaryOf,
  webUrl,
} from './alert.ts';

/** Fingerprints of Alertmanager are 16 hex digits; anything longer or stranger is replaced by a hash of the labels. */
const FINGERPRINT = /^[0-9a-zA-Z]{1,64}$/;

/**
 * Reads a delivery of Prometheus Alertmanager, version "4": one entry per alert, each with its own status. Throws
 * `delivery-malformed` (caller) when the body is no such delivery at all.
 */
export function parseAlertmanager(body: unknown): ParsedDelivery {
  const read = z.safeParse(alertmanagerBody, body);
  if (!read.success) {
    throw new DomainError(
      'delivery-malformed',
      'caller',
      'The body is JSON but no delivery of Alertmanager: `alerts` must be a list.',
    );
  }
  const { alerts, groupKey, truncatedAlerts } = read.data;
  return { alerts: alerts.map(parseAlert), groupKey, truncated: truncatedAlerts };
}

function parseAlert(alert: unknown): ParsedDelivery['alerts'][number] {
  const read = z.safeParse(alertmanagerAlert, alert);
  if (!read.success) return rejected('malformed', alert);
  const { status, labels, annotations, startsAt, endsAt, generatorURL } = read.data;
  const given = read.data.fingerprint ?? '';
  const fingerprint = FINGERPRINT.test(given) ? given : hashName(labels);
  const spell = spellOf(startsAt, endsAt);
  if (spell === null) return rejected('timestamp-invalid', alert, fingerprint);
  return {
    ok: true,
    alert: {
      fingerprint,
      state: status,
      labels,
      ...spell,
      summary: summaryOf(
        annotations['summary'] ?? annotations['description'] ?? labels['alertname'] ?? '',
      ),
      evidenceUrl: webUrl(generatorURL),
      sample: sampleOf(alert),
    },
  };
}
