import * as z from 'zod';
import { parseDurationMs } from '../domain/duration.ts';
import { DomainError } from '../domain/errors.ts';
import type { Source } from '../domain/observation.ts';
import { FAMILIES, SEVERITIES } from '../domain/violation.ts';

const name = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'must be lower case, digits, hyphens');
const label = z.string().min(1).max(128);
const value = z.string().min(1).max(256);

const duration = z.string().transform((text, context) => {
  try {
    return parseDurationMs(text);
  } catch (error) {
    const message = error instanceof Error ? error.message : 'invalid';
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  }
});

/**
 * Where one fact of an observation comes from: the first of `labels` that the alert has, translated by `values` if it is
 * listed there, as it is otherwise; `default` when the alert has none of the labels.
 */
const fieldMapping = z.strictObject({
  labels: z.array(label).max(16),
  values: z.record(value, value).default({}),
  default: value.optional(),
});

const mapping = z.strictObject({
  /** Named in every observation and pinned by its head until it is resolved. */
  version: value,
  participant: fieldMapping,
  resource: fieldMapping.optional(),
  violationType: fieldMapping,
  severity: fieldMapping,
});

const auth = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('bearer'), secretId: value }),
  z.strictObject({ kind: z.literal('basic'), username: value, secretId: value }),
  z.strictObject({ kind: z.literal('standard-webhooks'), secretId: value }),
]);

const schema = z.strictObject({
  sourceId: name,
  kind: z.enum(['alertmanager', 'native']),
  enabled: z.boolean().default(true),
  ownerControlGroup: value,
  independenceGroup: value,
  setBy: z.array(value).min(1),
  scope: z.strictObject({
    families: z.array(z.enum(FAMILIES)).min(1),
    highestSeverity: z.enum(SEVERITIES),
    mayContain: z.boolean().default(false),
    /** Participants it may speak about; everyone when absent (rule B2). */
    participants: z.array(value).optional(),
  }),
  /** How often the sender repeats what still fires. */
  repeatInterval: duration,
  /** How much older than its arrival an observation may claim to be (rule B4). */
  maxLag: duration,
  auth,
  mapping,
});

/** A source as it is written in a configuration file or request: durations are texts such as `10m`. */
export type SourceConfigInput = z.input<typeof schema>;

/** Where one fact of an observation comes from. */
export type FieldMapping = z.output<typeof fieldMapping>;

/** How labels become participant, resource, violation type and severity. */
export type SourceMapping = z.output<typeof mapping>;

/** How deliveries prove where they come from; the secrets themselves are in the secret store. */
export type SourceAuth = z.output<typeof auth>;

/** A configured sender as it is stored: what the law knows of it, without its state, plus how to receive from it. */
export interface SourceConfig
  extends Omit<Source, 'kind' | 'truncatedAtMs' | 'lastSeenAtMs' | 'scope'> {
  kind: z.output<typeof schema>['kind'];
  scope: z.output<typeof schema>['scope'];
  auth: SourceAuth;
  mapping: SourceMapping;
}

/** Reads a source's configuration. Throws `source-config-invalid` (caller) that names each wrong value. */
export function parseSourceConfig(input: unknown): SourceConfig {
  const read = schema.safeParse(input);
  if (read.success) {
    const { repeatInterval, maxLag, ...rest } = read.data;
    return { ...rest, repeatIntervalMs: repeatInterval, maxLagMs: maxLag };
  }
  const wrong = read.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new DomainError(
    'source-config-invalid',
    'caller',
    `The configuration of the source is wrong: ${wrong.join('; ')}.`,
    { wrong },
  );
}
