import * as operations from '../../contracts/http/policies.ts';
import { type BoundRoute, route } from '../shared/route.ts';
import type { AdminApiDeps } from './deps.ts';
import { incidentRoutes } from './incident-routes.ts';
import { approvePolicy } from './operations/approve-policy.ts';
import { lintPolicy } from './operations/lint-policy.ts';
import { listPolicies } from './operations/list-policies.ts';
import { proposePolicy } from './operations/propose-policy.ts';
import { readPolicy } from './operations/read-policy.ts';
import { withdrawPolicy } from './operations/withdraw-policy.ts';

/** Which operation is served by what. */
export function adminRoutes(deps: AdminApiDeps): BoundRoute[] {
  return [
    route(operations.listPolicies, (call) => listPolicies(deps, call)),
    route(operations.readPolicy, (call) => readPolicy(deps, call)),
    route(operations.lintPolicy, (call) => lintPolicy(deps, call)),
    route(operations.proposePolicy, (call) => proposePolicy(deps, call)),
    route(operations.approvePolicy, (call) => approvePolicy(deps, call)),
    route(operations.withdrawPolicy, (call) => withdrawPolicy(deps, call)),
    ...incidentRoutes(deps),
  ];
}
