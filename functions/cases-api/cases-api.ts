import { type ApiHandler, createApi } from '../shared/api.ts';
import type { CasesApiDeps } from './deps.ts';
import { casesRoutes } from './routes.ts';

/** The cases API over any adapters. */
export function casesApi(deps: CasesApiDeps): ApiHandler {
  return createApi(casesRoutes(deps), {
    service: 'cases-api',
    tokens: deps.tokens,
    clock: deps.clock,
  });
}
