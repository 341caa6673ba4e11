import * as z from 'zod/mini';

/**
 * What is used of Alertmanager's webhook, version "4". Unknown keys are tolerated: newer versions add some. The alerts
 * themselves are checked one by one, so that a bad one does not fail its group; the group's own `status` is never read.
 */
export const alertmanagerBody = z.object({
  alerts: z.array(z.unknown()),
  groupKey: z._default(z.string(), ''),
  /** Alerts that `max_alerts` cut from the delivery: they never come again. */
  truncatedAlerts: z._default(z.int().check(z.nonnegative()), 0),
});

/** One alert of the group. `endsAt` of year 0001 means that it has not ended. */
export const alertmanagerAlert = z.object({
  status: z.enum(['firing', 'resolved']),
  labels: z.record(z.string(), z.string()),
  annotations: z._default(z.record(z.string(), z.string()), {}),
  startsAt: z.string(),
  endsAt: z.optional(z.string()),
  generatorURL: z.optional(z.string()),
  fingerprint: z.optional(z.string()),
});
