import * as z from 'zod';
import { RUNG_IDS } from '../../domain/violation.ts';
import { family, instant, outcome, rung, severity, units, violationType } from './fields.ts';
import { defineOperation, noBody, none } from './operation.ts';

const byRung = z
  .object(Object.fromEntries(RUNG_IDS.map((id) => [id, z.int()])) as Record<Rung, z.ZodInt>)
  .meta({ id: 'CountsByRung' });

type Rung = (typeof RUNG_IDS)[number];

const shadowCase = z.object({
  caseId: z.string(),
  participantId: z.string(),
  severity,
  openedAt: instant,
  outcome: outcome.nullable(),
  rung: rung.nullable(),
  wouldChargeUnits: units,
});

const shadowType = z
  .object({
    violationType,
    family: family.nullable(),
    cases: z.int(),
    open: z.int(),
    participants: z.int().meta({ description: 'Distinct participants' }),
    wouldImpose: byRung,
    wouldChargeUnits: units,
    corrected: byRung.meta({ description: 'Corrected cases by the highest rung before' }),
    unconfirmed: z.int(),
    dismissed: z.int(),
    latest: z.array(shadowCase).meta({ description: 'At most ten, newest first' }),
  })
  .meta({ id: 'ShadowType' });

/** An instant in a query. */
const asked = z.iso.datetime({ offset: true });

export const readShadow = defineOperation({
  id: 'readShadow',
  method: 'GET',
  path: '/v1/shadow',
  tag: 'Policies',
  summary: 'Say what violation types in shadow would have imposed',
  params: none,
  query: z.strictObject({
    violationType: violationType.optional(),
    from: asked.optional().meta({ description: 'Cases opened since; 30 days ago if left out' }),
    to: asked.optional().meta({ description: 'Cases opened until; now if left out' }),
    cursor: z
      .string()
      .min(1)
      .max(2_048)
      .optional()
      .meta({ description: '`nextCursor` of the answer before, sent with its `from` and `to`' }),
  }),
  body: noBody,
  reply: z
    .object({
      from: instant,
      to: instant,
      cases: z.int().meta({ description: 'Cases that this answer sums up, newest first' }),
      types: z.array(shadowType),
      nextCursor: z
        .string()
        .nullable()
        .meta({ description: 'Null when no older case is left; one answer has about a thousand' }),
    })
    .meta({ id: 'ShadowReport' }),
  problems: ['cursor-invalid'],
});
