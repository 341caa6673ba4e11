import * as z from 'zod';
import { httpUrl, id, page, paging, participantId, positiveUnits } from './fields.ts';
import { defineOperation, noBody, none } from './operation.ts';
import {
  ledgerSchema,
  noticeLineSchema,
  noticeSchema,
  participantSchema,
  standingLineSchema,
  standingSchema,
} from './participant-schemas.ts';

const tag = 'Participants';
const oneParticipant = z.strictObject({ participantId });

const resource = z.strictObject({
  resourceId: id('Id of a resource, unique in the network'),
  capacity: z
    .int()
    .min(1)
    .max(1_000_000_000_000)
    .meta({ description: 'Verified capacity: the share of the resource in a base (rule D1)' }),
  probeUrl: httpUrl.optional().meta({ description: 'Where the network’s own probe reaches it' }),
});

/** One call takes as many resources as fit one transaction of the store. */
const MAX_RESOURCES_PER_CALL = 80;

const resources = z
  .array(resource)
  .max(MAX_RESOURCES_PER_CALL)
  .refine((list) => new Set(list.map((item) => item.resourceId)).size === list.length);

/** Secrets are filed under paths, so their ids may have slashes. */
const secretId = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}$/)
  .meta({ description: 'Id of the signing secret in the secret store' });

const endpoint = z.strictObject(
  { url: httpUrl, secretId },
  { error: (issue) => (issue.input === undefined ? 'channel-missing' : undefined) },
);

export const registerParticipant = defineOperation({
  id: 'registerParticipant',
  method: 'POST',
  path: '/v1/participants',
  tag,
  summary: 'Register a participant with its channel for notices (rule A7)',
  params: none,
  query: none,
  body: z.strictObject({
    participantId,
    kind: z.enum(['hardware-provider', 'platform-user', 'network-operator']),
    displayName: z.string().trim().min(1).max(200),
    controlGroup: id('Owner, payout key or hardware in common (rule C8)'),
    resources: resources.default([]),
    endpoint,
  }),
  reply: participantSchema,
  statuses: [201, 200],
  problems: [
    'participant-exists',
    'control-group-suspended',
    'control-group-excluded',
    'resource-taken',
    'resource-has-open-case',
    'channel-missing',
    'endpoint-url-invalid',
    'idempotency-key-reused',
  ],
});

export const listParticipants = defineOperation({
  id: 'listParticipants',
  method: 'GET',
  path: '/v1/participants',
  tag,
  summary: 'List participants',
  params: none,
  query: z.strictObject(paging),
  body: noBody,
  reply: page(participantSchema),
  problems: ['cursor-invalid'],
});

export const readParticipant = defineOperation({
  id: 'readParticipant',
  method: 'GET',
  path: '/v1/participants/{participantId}',
  tag,
  summary: 'Read a participant',
  params: oneParticipant,
  query: none,
  body: noBody,
  reply: participantSchema,
  problems: ['participant-unknown'],
});

const resourceChange = {
  path: '/v1/participants/{participantId}/resources',
  tag,
  params: oneParticipant,
  query: none,
  body: z.strictObject({ resources: resources.min(1) }),
  reply: participantSchema,
} as const;

export const putResources = defineOperation({
  ...resourceChange,
  id: 'putResources',
  method: 'PUT',
  summary: 'Add or update resources',
  problems: [
    'participant-unknown',
    'resource-taken',
    'resource-has-open-case',
    'endpoint-url-invalid',
    'policy-missing',
  ],
});

export const addResources = defineOperation({
  ...resourceChange,
  id: 'addResources',
  method: 'POST',
  summary: 'Add or update resources, once per Idempotency-Key',
  problems: [
    'participant-unknown',
    'resource-taken',
    'resource-has-open-case',
    'endpoint-url-invalid',
    'policy-missing',
    'idempotency-key-reused',
  ],
});

export const releaseResource = defineOperation({
  id: 'releaseResource',
  method: 'POST',
  path: '/v1/participants/{participantId}/resources/{resourceId}/release',
  tag,
  summary: 'Give a resource up after its notice; then another participant may have it (rule C8)',
  params: z.strictObject({ participantId, resourceId: id('Id of a resource') }),
  query: none,
  body: z.strictObject({}).optional(),
  reply: participantSchema,
  problems: [
    'participant-unknown',
    'resource-not-declared',
    'resource-has-open-case',
    'policy-missing',
    'idempotency-key-reused',
  ],
});

export const deposit = defineOperation({
  id: 'deposit',
  method: 'POST',
  path: '/v1/participants/{participantId}/deposits',
  tag: 'Money',
  summary: 'Book a deposit of stake, once per external reference',
  params: oneParticipant,
  query: none,
  body: z.strictObject({
    amount: z.strictObject({ asset: z.string().min(1).max(64), units: positiveUnits }),
    externalRef: id('Reference of the payment outside, unique in the network'),
  }),
  reply: z
    .object({ status: z.enum(['booked', 'repeat']), transferId: z.string() })
    .meta({ id: 'DepositResult' }),
  statuses: [201, 200],
  problems: [
    'participant-unknown',
    'amount-invalid',
    'asset-mismatch',
    'external-ref-reused',
    'idempotency-key-reused',
  ],
});

/** What the network's own checkers report: until a group has passed enough of them it is a newcomer (rule C7). */
export const recordChecks = defineOperation({
  id: 'recordChecks',
  method: 'POST',
  path: '/v1/participants/{participantId}/checks',
  tag: 'Participants',
  summary: 'Count system checks that a participant passed, once per external reference (rule C7)',
  params: oneParticipant,
  query: none,
  body: z.strictObject({
    passed: z.int().min(1).max(1_000).meta({ description: 'Passed system checks of one report' }),
    externalRef: id('Reference of the report, unique in the network'),
  }),
  reply: z
    .object({ status: z.enum(['recorded', 'repeat']), checksPassed: z.int() })
    .meta({ id: 'ChecksCounted' }),
  statuses: [201, 200],
  problems: ['participant-unknown', 'external-ref-reused', 'idempotency-key-reused'],
});

export const readLedger = defineOperation({
  id: 'readLedger',
  method: 'GET',
  path: '/v1/participants/{participantId}/ledger',
  tag: 'Money',
  summary: 'Read balances, charges by case and transfers, newest first',
  params: oneParticipant,
  query: z.strictObject(paging),
  body: noBody,
  reply: ledgerSchema,
  problems: ['participant-unknown', 'cursor-invalid'],
});

export const readStanding = defineOperation({
  id: 'readStanding',
  method: 'GET',
  path: '/v1/participants/{participantId}/standing',
  tag: 'Standing',
  summary: 'Read the standing of a participant and the sanctions behind it (rule C1)',
  params: oneParticipant,
  query: none,
  body: noBody,
  reply: standingSchema,
  problems: ['participant-unknown'],
  etag: true,
});

export const listStandings = defineOperation({
  id: 'listStandings',
  method: 'GET',
  path: '/v1/standings',
  tag: 'Standing',
  summary: 'List the standing of every participant, for schedulers to poll',
  params: none,
  query: z.strictObject(paging),
  body: noBody,
  reply: page(standingLineSchema),
  problems: ['cursor-invalid'],
  etag: true,
});

export const listNotices = defineOperation({
  id: 'listNotices',
  method: 'GET',
  path: '/v1/participants/{participantId}/notices',
  tag: 'Notices',
  summary: 'List the notices in the inbox of a participant, newest first',
  params: oneParticipant,
  query: z.strictObject(paging),
  body: noBody,
  reply: page(noticeLineSchema),
  problems: ['participant-unknown', 'cursor-invalid'],
});

/** Read by the participant itself, a notice is served (rule A7). */
export const readNotice = defineOperation({
  id: 'readNotice',
  method: 'GET',
  path: '/v1/participants/{participantId}/notices/{noticeId}',
  tag: 'Notices',
  summary: 'Read a notice; the participant’s own reading serves it (rule A7)',
  params: z.strictObject({ participantId, noticeId: id('Id of a notice') }),
  query: none,
  body: noBody,
  reply: noticeSchema,
  problems: ['participant-unknown', 'notice-unknown'],
});
