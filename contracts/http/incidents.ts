import * as z from 'zod';
import { id, page, paging, text } from './fields.ts';
import { incidentSchema, scopeSchema } from './incident-schemas.ts';
import { defineOperation, noBody, none } from './operation.ts';

/** What stops many cases at once (rules A6, D12): clock holds over a scope, and the network breaker. */

const tag = 'Incidents';
const oneIncident = z.strictObject({ incidentId: id('Id of an incident') });

export const listIncidents = defineOperation({
  id: 'listIncidents',
  method: 'GET',
  path: '/v1/incidents',
  tag,
  summary: 'List incidents, open ones first, then newest first',
  params: none,
  query: z.strictObject(paging),
  body: noBody,
  reply: page(incidentSchema),
  problems: ['cursor-invalid'],
});

/** Only clock holds are opened by people; the breaker opens its incident by itself. */
export const openIncident = defineOperation({
  id: 'openIncident',
  method: 'POST',
  path: '/v1/incidents',
  tag,
  summary: 'Hold the escalation clocks of all cases of a scope (rule A6)',
  params: none,
  query: none,
  body: z.strictObject({ kind: z.literal('clock-hold'), scope: scopeSchema, reason: text }),
  reply: incidentSchema,
  statuses: [201],
  problems: ['idempotency-key-reused', 'conflict-of-interest', 'policy-missing'],
});

export const renewIncident = defineOperation({
  id: 'renewIncident',
  method: 'POST',
  path: '/v1/incidents/{incidentId}/renew',
  tag,
  summary: 'Give a clock hold another term, as another person (rule A6)',
  params: oneIncident,
  query: none,
  body: z.strictObject({ reason: text }),
  reply: incidentSchema,
  problems: [
    'incident-unknown',
    'incident-closed',
    'incident-changed',
    'incident-not-renewable',
    'renewal-same-person',
    'idempotency-key-reused',
    'conflict-of-interest',
    'policy-missing',
  ],
});

/** A clock hold ends with one release; the breaker lets those pass that wait with the second (rule D12). */
export const releaseIncident = defineOperation({
  id: 'releaseIncident',
  method: 'POST',
  path: '/v1/incidents/{incidentId}/release',
  tag,
  summary: 'Release an incident as a governor; the breaker needs two of two organisations',
  params: oneIncident,
  query: none,
  body: z.strictObject({ reason: text }),
  reply: incidentSchema,
  problems: [
    'incident-unknown',
    'incident-closed',
    'incident-changed',
    'already-approved',
    'same-organisation',
    'idempotency-key-reused',
    'conflict-of-interest',
  ],
});
