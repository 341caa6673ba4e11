import { type ApiHandler, createApi } from '../shared/api.ts';
import type { CasesApiDeps } from './deps.ts';
import { casesRoutes } from './routes.ts';

/** Its name in logs and metrics. */
export const SERVICE = 'cases-api';

/** The cases API over any adapters. */
export function casesApi(deps: CasesApiDeps): ApiHandler {
  return createApi(casesRoutes(deps), {
    service: SERVICE,
    tokens: deps.tokens,
    clock: deps.clock,
  });
}
