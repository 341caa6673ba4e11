import type { CfnStage, HttpRoute, HttpStage } from 'aws-cdk-lib/aws-apigatewayv2';
import type { StageThrottle } from '../stages.ts';

/** A route that anybody may call, without a token and without credentials of a source. */
export interface OpenRoute {
  /** As the gateway names it, such as `GET /v1/health`. */
  readonly key: string;
  readonly route: HttpRoute;
}

/** Gives each open route a limit of its own, so that who floods one takes nothing from monitors and people. */
export function throttleOpen(
  stage: HttpStage,
  routes: readonly OpenRoute[],
  limit: StageThrottle['open'],
): void {
  const made = stage.node.defaultChild as CfnStage;
  const settings = {
    ThrottlingRateLimit: limit.rate,
    ThrottlingBurstLimit: limit.burst,
    DetailedMetricsEnabled: true,
  };
  made.routeSettings = Object.fromEntries(routes.map(({ key }) => [key, settings]));
  // The gateway refuses settings of a route that is not there yet, and a name says nothing of an order.
  for (const { route } of routes) stage.node.addDependency(route);
}
