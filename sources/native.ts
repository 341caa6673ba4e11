import * as z from 'zod/mini';
import { cloudEvent, nativeAlert, nativeBody } from '../contracts/native-event.ts';
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

/** Bodies that a native source may send. */
export const NATIVE_MEDIA_TYPES = [
  'application/json',
  'application/cloudevents+json',
  'application/cloudevents-batch+json',
] as const;

/** A media type that a native source may send. */
export type NativeMediaType = (typeof NATIVE_MEDIA_TYPES)[number];

type Parsed = ParsedDelivery['alerts'][number];

/**
 * Reads a native delivery: our own JSON, a CloudEvent in structured form, or a batch of them. Throws `delivery-malformed`
 * (caller) when the body is no such delivery at all.
 */
export function parseNative(body: unknown, mediaType: NativeMediaType): ParsedDelivery {
  return { alerts: alertsOf(body, mediaType), groupKey: '', truncated: 0 };
}

function alertsOf(body: unknown, mediaType: NativeMediaType): Parsed[] {
  if (mediaType === 'application/cloudevents-batch+json') {
    if (!Array.isArray(body)) throw malformed('a batch of CloudEvents is a list');
    return body.map(parseCloudEvent);
  }
  if (mediaType === 'application/cloudevents+json') {
    if (!z.safeParse(cloudEvent, body).success) {
      throw malformed('a CloudEvent has `specversion` "1.0", `id`, `source`, `type` and `data`');
    }
    return [parseCloudEvent(body)];
  }
  const read = z.safeParse(nativeBody, body);
  if (!read.success || read.data.data === undefined) {
    throw malformed('`data` holds one alert or a list of them');
  }
  const { data } = read.data;
  return Array.isArray(data) ? data.map(parseAlert) : [parseAlert(data)];
}

function malformed(what: string): DomainError {
  const message = `The body is JSON but no native delivery: ${what}.`;
  return new DomainError('delivery-malformed', 'caller', message);
}

function parseCloudEvent(event: unknown): Parsed {
  const read = z.safeParse(cloudEvent, event);
  return read.success ? parseAlert(read.data.data) : rejected('malformed', event);
}

function parseAlert(alert: unknown): Parsed {
  const read = z.safeParse(nativeAlert, alert);
  if (!read.success) return rejected('malformed', alert);
  const { state, startsAt, endsAt, summary, evidenceUrl } = read.data;
  const labels = labelsOf(read.data);
  const fingerprint = read.data.fingerprint ?? hashName(labelsOf({ ...read.data, severity: '' }));
  const spell = spellOf(startsAt, endsAt);
  if (spell === null) return rejected('timestamp-invalid', alert, fingerprint);
  return {
    ok: true,
    alert: {
      fingerprint,
      state,
      labels,
      ...spell,
      summary: summaryOf(summary),
      evidenceUrl: webUrl(evidenceUrl),
      sample: sampleOf(alert),
    },
  };
}

/** The shorthands as labels. The severity is no part of an alert's identity: it may rise while it fires. */
function labelsOf(alert: z.output<typeof nativeAlert>): Record<string, string> {
  const { participantId, resourceId, violationType, severity } = alert;
  return {
    ...alert.labels,
    ...(participantId !== undefined && { participant_id: participantId }),
    ...(resourceId != null && { resource_id: resourceId }),
    ...(violationType !== undefined && { violation_type: violationType }),
    ...(severity !== undefined && { severity }),
  };
}
