import type { readOpenApi as operation } from '../../../contracts/http/system.ts';
import type { Reply } from '../../shared/route.ts';

type Read = typeof operation;

/** The OpenAPI document, as committed. It is large and seldom asked for, so it is loaded when somebody does. */
export async function readOpenApi(): Promise<Reply<Read>> {
  const { default: document } = await import('../../../docs/reference/openapi.json', {
    with: { type: 'json' },
  });
  return { body: document };
}
