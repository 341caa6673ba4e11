import { Logger } from '@aws-lambda-powertools/logger';
import { DomainError } from '../../domain/errors.ts';
import { type ApiHandler, createApi } from '../shared/api.ts';
import { openMeter } from '../shared/metrics.ts';
import type { TokenVerifier } from '../shared/principal.ts';
import type { BoundRoute, RouteRequest } from '../shared/route.ts';
import { tracedLog } from '../shared/tracing.ts';
import type { ReceiveAlertDeps } from './deps.ts';
import { counted } from './operations/count-deliveries.ts';
import { receiveDelivery } from './operations/receive-delivery.ts';

const SERVICE = 'receive-alert';

const PATH = '/v1/alerts/{sourceId}';

/** Sources prove themselves by credentials of their own; a person's token opens nothing here. */
const NO_TOKENS: TokenVerifier = {
  async verify() {
    throw new DomainError('token-invalid', 'caller', 'Alerts are not posted with a token.');
  },
};

/** The HTTP function that takes alerts. Some senders post, some put; it is the same to us. */
export function receiveAlertApi(deps: ReceiveAlertDeps): ApiHandler {
  const logger = deps.logger ?? new Logger({ serviceName: SERVICE });
  const meter = deps.meter ?? openMeter(SERVICE, process.env);
  const ready = { ...deps, meter, logger: tracedLog(logger) };
  const serve = (request: RouteRequest) => counted(meter, () => receiveDelivery(ready, request));
  const routes: BoundRoute[] = [
    { operation: { id: 'receiveAlerts', method: 'POST', path: PATH }, serve },
    { operation: { id: 'receiveAlertsByPut', method: 'PUT', path: PATH }, serve },
  ];
  return createApi(routes, {
    service: SERVICE,
    tokens: NO_TOKENS,
    clock: deps.clock,
    logger,
    meter,
  });
}
