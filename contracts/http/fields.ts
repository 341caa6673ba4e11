import * as z from 'zod';
import { FAMILIES, RUNG_IDS, SEVERITIES } from '../../domain/violation.ts';

/** An id in a path or body: letters, digits and `. _ : -`; never a separator of keys. */
const ID = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/;

/** A field that names something by its id. */
export function id(description: string) {
  return z.string().regex(ID).meta({ description });
}

export const caseId = id('Id of a case');
export const participantId = id('Id of a participant');
export const violationType = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,63}$/)
  .meta({ description: 'Violation type of the policy, such as `downtime`' });

export const family = z.enum(FAMILIES);
export const severity = z.enum(SEVERITIES);
export const rung = z.enum(RUNG_IDS);
export const tier = z.enum(['warning', 'penalty', 'severe']);
export const stage = z.enum(['confirming', 'correcting', 'proposed', 'restoring', 'ended']);
export const outcome = z.enum(['unconfirmed', 'corrected', 'reinstated', 'excluded', 'dismissed']);
export const standing = z.enum(['active', 'probation', 'suspended', 'excluded']);

/** What a person writes; half a surrogate pair would not survive the store. */
function prose(maxLength: number) {
  return z
    .string()
    .trim()
    .max(maxLength)
    .refine((text) => text.isWellFormed());
}

/** Text that must say something. */
export const text = prose(4_000).min(1);

/** Text that may be left out. */
export const optionalText = prose(4_000).default('');

/** A short word for a reason, for statistics. */
export const reasonCode = z.string().regex(/^[a-z][a-z0-9-]{1,63}$/);

/** Base units above zero as a decimal string (domain/money.ts); any other value is `amount-invalid`. */
export const positiveUnits = z
  .string({ error: 'amount-invalid' })
  .regex(/^[1-9][0-9]{0,37}$/, { error: 'amount-invalid' })
  .meta({ description: 'Base units, decimal digits', example: '1000000' });

/** Base units in an answer; movements may be negative. */
export const units = z.string().regex(/^-?(0|[1-9][0-9]{0,38})$/);

/** An instant in an answer. */
export const instant = z.iso.datetime();
export const maybeInstant = instant.nullable();

/** Hash of a draft that an approval or veto names (rule E2). */
export const draftHash = z.string().regex(/^[A-Za-z0-9._:-]{8,128}$/);

/** An absolute http or https URL that can be called without a secret in it; anything else is `endpoint-url-invalid`. */
export const httpUrl = z
  .string({ error: 'endpoint-url-invalid' })
  .max(2_048, { error: 'endpoint-url-invalid' })
  .refine(isCallableUrl, { error: 'endpoint-url-invalid' })
  .meta({ format: 'uri', pattern: '^https?://' });

function isCallableUrl(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const url = new URL(value);
  const isHttp = url.protocol === 'http:' || url.protocol === 'https:';
  return isHttp && url.username === '' && url.password === '' && url.hash === '';
}

/** Page of a list: how many at most, and where to go on. */
export const paging = {
  cursor: z
    .string()
    .min(1)
    .max(2_048)
    .optional()
    .meta({ description: '`nextCursor` of the page before, unchanged' }),
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(200)
    .default(50)
    .meta({ override: { type: 'integer', minimum: 1, maximum: 200, default: 50 } }),
};

/** One page; `nextCursor` is opaque and null at the end. */
export function page<Item extends z.ZodType>(item: Item) {
  return z.object({ items: z.array(item), nextCursor: z.string().nullable() });
}
