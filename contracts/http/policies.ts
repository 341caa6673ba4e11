import * as z from 'zod';
import { policyFileSchema } from '../policy.ts';
import { draftHash, family, instant, maybeInstant, text, violationType } from './fields.ts';
import { defineOperation, noBody, none } from './operation.ts';

const tag = 'Law';

/** Names of versions, as policy files write them. */
const version = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,63}$/)
  .meta({ description: 'Version of a policy' });

const oneVersion = z.strictObject({ version });

/** Any JSON object: what is wrong with it is said by the linter, fault by fault, and not by the shape of the request. */
const policyFile = z.record(z.string(), z.unknown()).meta({
  id: 'PolicyFile',
  description:
    'A policy file, such as `policies/default.json`; durations are strings such as `24h`',
  override: ({ jsonSchema }) => {
    Object.assign(jsonSchema, fileShape());
  },
});

/** The shape of a policy file for the document; made only where the document is. */
function fileShape(): Record<string, unknown> {
  const options = { io: 'input', unrepresentable: 'any' } as const;
  const { $schema: _, ...shape } = z.toJSONSchema(policyFileSchema, options);
  const families = shape.properties?.['families'];
  if (typeof families !== 'object') return shape;
  // The three families have one shape, which is told once.
  const same = {
    $ref: '#/components/schemas/PolicyFile/properties/families/properties/performance',
  };
  const { performance } = families.properties ?? {};
  const properties = { performance, security: same, operational: same };
  return { ...shape, properties: { ...shape.properties, families: { ...families, properties } } };
}

const boundStep = z.object({ what: z.string(), ms: z.int() });

const bound = z
  .object({
    family,
    violationType,
    boundMs: z.int(),
    steps: z.array(boundStep),
    rest: z.enum(['ended', 'people-asked']),
    moneyMs: z.int(),
    moneySteps: z.array(boundStep),
  })
  .meta({
    id: 'CaseBound',
    description:
      'Without further input a case of this type ends, or people are asked, within `boundMs`; `steps` add up to it (invariant H10)',
  });

const publicationFields = {
  version,
  hash: z.string().meta({ description: 'SHA-256 of the canonical JSON of the file, hex' }),
  state: z.enum(['proposed', 'scheduled', 'in-force', 'superseded', 'withdrawn']),
  effectiveFrom: instant,
  proposers: z.array(z.string()),
  proposedAt: maybeInstant,
  draftHash: z
    .string()
    .nullable()
    .meta({ description: 'What an approval names: version, hash, start and proposers' }),
  approvedBy: z.string().nullable(),
  approvedAt: maybeInstant,
  withdrawnBy: z.string().nullable(),
  withdrawnAt: maybeInstant,
  publishedBy: z
    .array(z.string())
    .meta({ description: 'In the conflict set of every case under it (rule E1)' }),
  boundMs: z.int().nullable().meta({ description: 'The longest bound of its violation types' }),
};

const publication = z
  .object(publicationFields)
  .meta({ id: 'PolicyPublication', description: 'A version of the law on its way into force' });

export const listPolicies = defineOperation({
  id: 'listPolicies',
  method: 'GET',
  path: '/v1/policies',
  tag,
  summary: 'List the versions of the law with their states, by the start of each',
  params: none,
  query: none,
  body: noBody,
  reply: z.object({ items: z.array(publication), nextCursor: z.null() }),
});

export const readPolicy = defineOperation({
  id: 'readPolicy',
  method: 'GET',
  path: '/v1/policies/{version}',
  tag,
  summary: 'Read a version of the law: its file, from which anybody can recompute the hash',
  params: oneVersion,
  query: none,
  body: noBody,
  reply: z
    .object({
      ...publicationFields,
      bounds: z.array(bound),
      policy: z.record(z.string(), z.unknown()).nullable().meta({
        description:
          'The file; `hash` is the SHA-256 of it with sorted keys and without white space. Null for a law that was installed without its file',
      }),
    })
    .meta({ id: 'PolicyVersion' }),
  problems: ['policy-unknown'],
  etag: true,
});

export const lintPolicy = defineOperation({
  id: 'lintPolicy',
  method: 'POST',
  path: '/v1/policies/lint',
  tag,
  summary: 'Say in words what is wrong with a policy; nothing is stored',
  params: none,
  query: none,
  body: z.strictObject({ policy: policyFile }),
  reply: z
    .object({
      isSound: z.boolean(),
      faults: z.array(z.string()),
      hash: z.string().nullable(),
      bounds: z.array(bound),
      promqlServers: z
        .array(z.string())
        .meta({ description: 'Monitoring servers that its checks ask; the worker must know them' }),
    })
    .meta({ id: 'PolicyLint' }),
});

export const proposePolicy = defineOperation({
  id: 'proposePolicy',
  method: 'POST',
  path: '/v1/policies',
  tag,
  summary: 'Propose a version of the law, or another start for one that is proposed',
  params: none,
  query: none,
  body: z.strictObject({ policy: policyFile, effectiveFrom: z.iso.datetime({ offset: true }) }),
  reply: publication,
  statuses: [201, 200],
  problems: [
    'policy-invalid',
    'policy-version-taken',
    'policy-not-proposed',
    'policy-start-past',
    'policy-notice-short',
    'policy-out-of-order',
    'policy-missing',
    'idempotency-key-reused',
  ],
});

export const approvePolicy = defineOperation({
  id: 'approvePolicy',
  method: 'POST',
  path: '/v1/policies/{version}/approve',
  tag,
  summary: 'Approve a proposed version as the second person; it is scheduled by that',
  params: oneVersion,
  query: none,
  body: z.strictObject({ draftHash, reason: text }),
  reply: publication,
  problems: [
    'policy-unknown',
    'policy-invalid',
    'policy-not-proposed',
    'draft-changed',
    'second-person-needed',
    'person-affiliated',
    'policy-start-past',
    'policy-notice-short',
    'policy-out-of-order',
    'policy-missing',
    'idempotency-key-reused',
  ],
});

export const withdrawPolicy = defineOperation({
  id: 'withdrawPolicy',
  method: 'POST',
  path: '/v1/policies/{version}/withdraw',
  tag,
  summary: 'Withdraw a version that is not law yet; a scheduled one by a governor',
  params: oneVersion,
  query: none,
  body: z.strictObject({ reason: text }),
  reply: publication,
  problems: [
    'policy-unknown',
    'policy-withdrawn',
    'policy-in-force',
    'governor-needed',
    'policy-missing',
    'idempotency-key-reused',
  ],
});
