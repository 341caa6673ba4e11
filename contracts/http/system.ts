import * as z from 'zod';
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
