import { type ApiHandler, createApi } from '../shared/api.ts';
import type { AdminApiDeps } from './deps.ts';
import { adminRoutes } from './routes.ts';

/** The admin API over any adapters. */
export function adminApi(deps: AdminApiDeps): ApiHandler {
  return createApi(adminRoutes(deps), {
    service: 'admin-api',
    tokens: deps.tokens,
    clock: deps.clock,
  });
}
