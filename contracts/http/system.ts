import * as z from 'zod';
import { id, instant } from './fields.ts';
import { defineOperation, noBody, none } from './operation.ts';

export const readHealth = defineOperation({
  id: 'readHealth',
  method: 'GET',
  path: '/v1/health',
  tag: 'System',
  summary: 'Say whether requests can be served',
  params: none,
  query: none,
  body: noBody,
  reply: z.object({ status: z.literal('ok'), networkId: z.string() }).meta({ id: 'Health' }),
  problems: ['store-unreachable'],
});

export const readOpenApi = defineOperation({
  id: 'readOpenApi',
  method: 'GET',
  path: '/v1/openapi.json',
  tag: 'System',
  summary: 'Read this document',
  params: none,
  query: none,
  body: noBody,
  reply: z.looseObject({ openapi: z.string() }).meta({ description: 'OpenAPI 3.1' }),
});

const receiptItem = z.object({
  alertKey: z.string(),
  fate: z.string(),
  seq: z.int().nullable(),
  reason: z.string().nullable(),
  caseId: z.string().nullable(),
});

/** What became of every alert of one delivery (invariant H9). */
export const readReceipt = defineOperation({
  id: 'readReceipt',
  method: 'GET',
  path: '/v1/receipts/{receiptId}',
  tag: 'Alerts',
  summary: 'Say what became of the alerts of one delivery',
  params: z.strictObject({ receiptId: id('Id from the 202 answer') }),
  query: none,
  body: noBody,
  reply: z
    .object({
      receiptId: z.string(),
      sourceId: z.string(),
      receivedAt: instant,
      received: z.int(),
      accepted: z.int(),
      duplicate: z.int(),
      quarantined: z.int(),
      truncated: z.int(),
      items: z.array(receiptItem),
    })
    .meta({ id: 'Receipt' }),
  problems: ['receipt-unknown'],
});
