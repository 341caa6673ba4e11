import type { readOpenApi as operation } from '../../../contracts/http/system.ts';
import document from '../../../docs/reference/openapi.json' with { type: 'json' };
import type { Reply } from '../../shared/route.ts';

type Read = typeof operation;

/** The OpenAPI document, as committed. */
export async function readOpenApi(): Promise<Reply<Read>> {
  return { body: document };
}
