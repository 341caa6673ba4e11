import * as z from 'zod/mini';

const text = z.string().check(z.maxLength(4_096));

/**
 * One alert of the native event: what fires or has ended, for whom, since when. `participantId`, `resourceId`,
 * `violationType` and `severity` are shorthands for the labels `participant_id`, `resource_id`, `violation_type` and
 * `severity`; the mapping of the source reads labels only. `fingerprint` names the alert over all its episodes; without
 * one it is the hash of the labels. Instants are RFC 3339.
 */
export const nativeAlert = z.object({
  state: z.enum(['firing', 'resolved', 'no-data']),
  startsAt: text,
  endsAt: z.optional(z.nullable(text)),
  fingerprint: z.optional(z.string().check(z.regex(/^[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}$/))),
  participantId: z.optional(text),
  resourceId: z.optional(z.nullable(text)),
  violationType: z.optional(text),
  severity: z.optional(text),
  labels: z._default(z.record(z.string(), text), {}),
  summary: z._default(text, ''),
  evidenceUrl: z.optional(z.nullable(text)),
});

/**
 * Body of a native delivery (Standard Webhooks: `type`, `timestamp`, `data`): one alert, or a list of them, in `data`.
 * Example: `{"type":"alert","timestamp":"2026-01-02T03:04:05Z","data":{"state":"firing","startsAt":"2026-01-02T03:04:00Z",
 * "participantId":"provider-1","resourceId":"node-1","violationType":"downtime","severity":"minor"}}`
 */
export const nativeBody = z.object({ data: z.unknown() });

/** A CloudEvent in structured form whose `data` is one native alert; a batch is a list of them. */
export const cloudEvent = z.object({
  specversion: z.literal('1.0'),
  id: z.string().check(z.minLength(1)),
  source: z.string().check(z.minLength(1)),
  type: z.string().check(z.minLength(1)),
  data: z.unknown(),
});
