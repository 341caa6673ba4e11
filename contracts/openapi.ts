import * as z from 'zod';
import {
  createDocument,
  type ZodOpenApiOperationObject,
  type ZodOpenApiPathsObject,
} from 'zod-openapi';
import { bodyOf, needsIdempotencyKey, none, type Operation } from './http/operation.ts';
import { OPERATIONS } from './http/operations.ts';
import { rolesOf } from './http/roles.ts';
import { alertPaths, alertSecuritySchemes } from './openapi-alerts.ts';
import { PROBLEM_MEDIA_TYPE, PROBLEMS, type ProblemCode } from './problem.ts';

/** Builds `docs/reference/openapi.json`; run by `scripts/openapi.ts`, never by a function. */

const problemSchema = z
  .object({
    type: z.string().meta({ description: 'Stable path of the kind of error: `/problems/{code}`' }),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    instance: z.string(),
    code: z.string().meta({ description: 'Stable; listed in docs/reference/errors.md' }),
    requestId: z.string(),
    errors: z.array(z.object({ pointer: z.string(), code: z.string() })).optional(),
    faults: z
      .array(z.string())
      .optional()
      .meta({ description: 'Only with `policy-invalid`: every fault in words' }),
  })
  .meta({ id: 'Problem', description: 'RFC 9457 problem details' });

const idempotencyKeySchema = z
  .string()
  .regex(/^[\x21-\x7e]{8,128}$/)
  .meta({
    description:
      'A new key with each action, the same one with each retry: a repeat gets the first answer and does nothing twice.',
  });

/** Codes that every operation with a token may answer with. */
const WITH_TOKEN: readonly ProblemCode[] = [
  'invalid-request',
  'token-missing',
  'token-invalid',
  'token-claims-invalid',
  'role-missing',
  'store-unreachable',
  'issuer-unreachable',
  'timed-out',
  'internal-error',
];

const WITH_BODY: readonly ProblemCode[] = [
  'malformed-json',
  'body-too-large',
  'unsupported-media-type',
];

const WITH_KEY: readonly ProblemCode[] = ['idempotency-key-missing', 'idempotency-key-invalid'];

/** Every code that an operation may be refused with, its own and those of its kind. */
export function problemsOf(operation: Operation): ProblemCode[] {
  const codes = [
    ...(rolesOf(operation.id) === 'public' ? (['internal-error'] as const) : WITH_TOKEN),
    ...(bodyOf(operation) === 'none' ? [] : WITH_BODY),
    ...(needsIdempotencyKey(operation) ? WITH_KEY : []),
    ...operation.problems,
  ];
  return [...new Set(codes)];
}

/** The OpenAPI 3.1 document of the whole HTTP contract. */
export function openApiDocument() {
  return createDocument({
    openapi: '3.1.0',
    info: {
      title: 'Swarm Slashing',
      version: '1.0.0',
      description:
        'Fair, explainable enforcement for decentralised clouds. Amounts are whole base units as decimal strings, instants RFC 3339 in UTC, durations milliseconds. Errors are RFC 9457 problems with stable codes.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    security: [{ token: [] }],
    components: {
      securitySchemes: {
        ...alertSecuritySchemes,
        token: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description:
            'OIDC token with `sub`, `person`, `org`, `roles` and, for participants, `participant_id`',
        },
      },
    },
    paths: { ...alertPaths(problemSchema), ...pathsOf(OPERATIONS) },
  });
}

function pathsOf(operations: readonly Operation[]): ZodOpenApiPathsObject {
  const paths: ZodOpenApiPathsObject = {};
  for (const operation of operations) {
    const method = operation.method.toLowerCase();
    paths[operation.path] = { ...paths[operation.path], [method]: describe(operation) };
  }
  return paths;
}

function describe(operation: Operation): ZodOpenApiOperationObject {
  const roles = rolesOf(operation.id);
  const body = bodyOf(operation);
  return {
    operationId: operation.id,
    tags: [operation.tag],
    summary: operation.summary,
    ...(roles === 'public'
      ? { security: [] }
      : { description: `Roles: ${roles.join(', ')}.`, 'x-roles': [...roles] }),
    requestParams: parametersOf(operation),
    ...(body !== 'none' && {
      requestBody: {
        required: body === 'required',
        content: { 'application/json': { schema: operation.body } },
      },
    }),
    responses: { ...successesOf(operation), ...failuresOf(operation) },
  };
}

function parametersOf(
  operation: Operation,
): NonNullable<ZodOpenApiOperationObject['requestParams']> {
  const headers = {
    ...(needsIdempotencyKey(operation) && { 'Idempotency-Key': idempotencyKeySchema }),
    ...(operation.etag && { 'If-None-Match': z.string().optional() }),
  };
  return {
    ...(operation.params !== none && { path: operation.params as z.ZodObject }),
    ...(operation.query !== none && { query: operation.query as z.ZodObject }),
    ...(Object.keys(headers).length > 0 && { header: z.object(headers) }),
  };
}

function successesOf(operation: Operation): ZodOpenApiOperationObject['responses'] {
  const content = { 'application/json': { schema: operation.reply } };
  const successes = operation.statuses.map((status) => [
    String(status),
    { description: status === 201 ? 'Done now' : 'Success', content },
  ]);
  const unchanged = { '304': { description: 'The caller has this already' } };
  return { ...Object.fromEntries(successes), ...(operation.etag && unchanged) };
}

/** One answer per status, with the codes that come under it. */
function failuresOf(operation: Operation): ZodOpenApiOperationObject['responses'] {
  const byStatus = Object.groupBy(problemsOf(operation), (code) => PROBLEMS[code].status);
  const answers = Object.entries(byStatus).map(([status, codes = []]) => [
    status,
    {
      description: codes.map((code) => `\`${code}\``).join(', '),
      content: { [PROBLEM_MEDIA_TYPE]: { schema: problemSchema } },
    },
  ]);
  return Object.fromEntries(answers);
}
