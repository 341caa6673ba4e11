import * as z from 'zod';
import { family, id, instant, maybeInstant, participantId, violationType } from './fields.ts';

/** Wire shapes of incidents. */

/** Which cases a clock hold is about. */
export const scopeSchema = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('network') }),
    z.strictObject({ kind: z.literal('family'), family }),
    z.strictObject({ kind: z.literal('violation-type'), violationType }),
    z.strictObject({ kind: z.literal('source'), sourceId: id('Id of a source') }),
    z.strictObject({ kind: z.literal('control-group'), controlGroup: z.string().min(1).max(128) }),
    z.strictObject({ kind: z.literal('participant'), participantId }),
  ])
  .meta({ id: 'IncidentScope', description: 'Which cases an incident is about' });

const word = z.object({
  person: z.string(),
  organisation: z.string(),
  at: instant,
  reason: z.string(),
});

/** An incident as people see it. */
export const incidentSchema = z
  .object({
    incidentId: z.string(),
    kind: z.enum(['clock-hold', 'breaker']),
    scope: scopeSchema,
    reason: z.string(),
    openedBy: z.string().meta({ description: '`system`, or the person who opened it' }),
    openedAt: instant,
    attentionAt: instant.meta({ description: 'From here on it is a task of people (rule A6)' }),
    endsAt: maybeInstant.meta({ description: 'When a clock hold ends by itself' }),
    longestUntil: maybeInstant.meta({ description: 'No renewal goes beyond it' }),
    terms: z.array(word),
    releases: z.array(word).meta({ description: 'Who wants it released' }),
    isOpen: z.boolean(),
    outcome: z.enum(['released', 'lapsed', 'passed']).nullable(),
    closedAt: maybeInstant,
  })
  .meta({ id: 'Incident', description: 'Something that stops many cases at once' });
