import * as z from 'zod';
import { family, instant, maybeInstant, page, paging, participantId, rung } from './fields.ts';
import { defineOperation, noBody, none } from './operation.ts';

const tag = 'Standing';

/** Bands from best to worst (rules §F). */
export const band = z.enum(['normal', 'lower-priority', 'review']).meta({
  id: 'ReputationBand',
  description: 'How to schedule: as usual, after others, or not before somebody has looked',
});

const score = z
  .string()
  .regex(/^[01]\.[0-9]{4}$/)
  .meta({ description: 'From 0.0000 to 1.0000, rounded down', example: '0.9259' });

/** A number of the fixed point; the unit is 10^-18. */
const fixed = z
  .string()
  .regex(/^(0|[1-9][0-9]*)$/)
  .meta({ description: 'Counts in 10^-18', example: '925925925925925925' });

const cause = z
  .object({
    caseId: z.string(),
    violationType: z.string(),
    decisionId: z.string(),
    rung,
    weight: z.int(),
    leftFixed: fixed.meta({ description: 'What is left of the weight, in 10^-18' }),
    imposedAt: instant,
    isFinal: z.boolean().meta({ description: 'False while the decision may still fall' }),
  })
  .meta({ id: 'ReputationCause' });

const familyReputation = z
  .object({
    family,
    score,
    scoreFixed: fixed,
    band,
    finalScore: score.meta({ description: 'The score by decisions that are final alone' }),
    alphaFixed: fixed,
    betaFixed: fixed,
    finalWeightFixed: fixed,
    provisionalWeightFixed: fixed,
    reviewOpenedAt: maybeInstant,
    causes: z.array(cause).meta({ description: 'The last ten, newest first' }),
  })
  .meta({ id: 'FamilyReputation' });

/** Reputation in every family, with what it is computed by. */
export const reputationSchema = z
  .object({
    participantId: z.string(),
    at: instant,
    priority: band.meta({ description: 'The worst band of all families' }),
    law: z.object({
      alpha: z.int(),
      beta: z.int(),
      halfLifeMs: z.int(),
      normalBps: z.int(),
      reviewBps: z.int(),
    }),
    families: z.array(familyReputation),
  })
  .meta({ id: 'Reputation' });

export const readReputation = defineOperation({
  id: 'readReputation',
  method: 'GET',
  path: '/v1/participants/{participantId}/reputation',
  tag,
  summary: 'Read the reputation of a participant in every family, and what caused it (rules §F)',
  params: z.strictObject({ participantId }),
  query: none,
  body: noBody,
  reply: reputationSchema,
  problems: ['participant-unknown'],
});

export const listReputationReviews = defineOperation({
  id: 'listReputationReviews',
  method: 'GET',
  path: '/v1/reputation-reviews',
  tag,
  summary: 'List reputations below the review line: somebody should look, nobody is sanctioned',
  params: none,
  query: z.strictObject(paging),
  body: noBody,
  reply: page(
    z
      .object({
        participantId: z.string(),
        family,
        score,
        openedAt: instant,
        causes: z.array(cause),
      })
      .meta({ id: 'ReputationReview' }),
  ),
  problems: ['cursor-invalid'],
});
