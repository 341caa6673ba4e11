import * as z from 'zod';
import type { ZodOpenApiOperationObject, ZodOpenApiPathsObject } from 'zod-openapi';
import { alertmanagerBody } from './alertmanager.ts';
import { id } from './http/fields.ts';
import { cloudEvent, nativeAlert } from './native-event.ts';
import { PROBLEM_MEDIA_TYPE, PROBLEMS, type ProblemCode } from './problem.ts';
import type { ReceiptBody } from './receipts.ts';

/** The part of the OpenAPI document that monitors use: they prove themselves per source, never by a person's token. */

/** How a source proves itself; which one is the source's configuration. */
export const alertSecuritySchemes = {
  sourceBearer: { type: 'http', scheme: 'bearer', description: 'Alertmanager with credentials' },
  sourceBasic: { type: 'http', scheme: 'basic', description: 'Alertmanager with basic_auth' },
  standardWebhooks: {
    type: 'apiKey',
    in: 'header',
    name: 'webhook-signature',
    description: 'Standard Webhooks HMAC over `webhook-id`, `webhook-timestamp` and the raw body',
  },
} as const;

const receiptSchema: z.ZodType<ReceiptBody> = z
  .object({
    receiptId: z.string(),
    received: z.int(),
    accepted: z.int(),
    duplicate: z.int(),
    quarantined: z.int(),
    truncated: z.int(),
  })
  .meta({ id: 'DeliveryReceipt', description: 'received = accepted + duplicate + quarantined' });

/** What a body is depends on the kind of its source. */
const deliverySchema = z.union([
  alertmanagerBody,
  z.object({ data: z.union([nativeAlert, z.array(nativeAlert)]) }),
  cloudEvent,
]);

const PROBLEMS_OF_A_DELIVERY: readonly ProblemCode[] = [
  'malformed-json',
  'delivery-malformed',
  'signature-invalid',
  'source-disabled',
  'source-unknown',
  'body-too-large',
  'delivery-id-reused',
  'rate-limited',
  'overloaded',
  'store-unreachable',
  'key-unreachable',
  'internal-error',
];

/** `POST` and `PUT /v1/alerts/{sourceId}`: the same for both. */
export function alertPaths(problemSchema: z.ZodType): ZodOpenApiPathsObject {
  const operation = (operationId: string): ZodOpenApiOperationObject => ({
    operationId,
    tags: ['Alerts'],
    summary: 'Deliver alerts of a source; one bad alert never fails its batch',
    security: [{ sourceBearer: [] }, { sourceBasic: [] }, { standardWebhooks: [] }],
    requestParams: { path: z.object({ sourceId: id('Id of a source') }) },
    requestBody: {
      required: true,
      content: { 'application/json': { schema: deliverySchema } },
    },
    responses: {
      '202': {
        description: 'Accepted and stored; the receipt says what became of each alert',
        content: { 'application/json': { schema: receiptSchema } },
      },
      ...failures(problemSchema),
    },
  });
  return {
    '/v1/alerts/{sourceId}': {
      post: operation('receiveAlerts'),
      put: operation('receiveAlertsByPut'),
    },
  };
}

function failures(schema: z.ZodType): ZodOpenApiOperationObject['responses'] {
  const byStatus = Object.groupBy(PROBLEMS_OF_A_DELIVERY, (code) => PROBLEMS[code].status);
  const answers = Object.entries(byStatus).map(([status, codes = []]) => [
    status,
    {
      description: codes.map((code) => `\`${code}\``).join(', '),
      content: { [PROBLEM_MEDIA_TYPE]: { schema } },
    },
  ]);
  return Object.fromEntries(answers);
}
