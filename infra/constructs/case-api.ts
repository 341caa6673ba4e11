import { Duration } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import {
  HttpApi,
  HttpMethod,
  HttpNoneAuthorizer,
  HttpStage,
  LogGroupLogDestination,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpJwtAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.ts';
import type { RouteShape } from '../shape.ts';
import { ApiDomain } from './api-domain.ts';
import { EdgeFunction, type FunctionSurroundings } from './edge-function.ts';
import { type OpenRoute, throttleOpen } from './open-routes.ts';
import type { Tokens } from './people-pool.ts';
import { stageLogs } from './stage-logs.ts';

/** What the API is made from. */
export interface CaseApiProps {
  readonly around: FunctionSurroundings;
  readonly routes: readonly RouteShape[];
  /** Whose tokens the gateway takes. */
  readonly tokens: Tokens;
  readonly receiveAlert: EdgeFunction;
}

/** The HTTP API: a route per operation, a token before every one that is not public, and the functions behind them. */
export class CaseApi extends Construct {
  readonly api: HttpApi;
  readonly casesApi: EdgeFunction;
  readonly participantsApi: EdgeFunction;
  readonly adminApi: EdgeFunction;
  /** Where clients find it. */
  readonly url: string;

  constructor(scope: Construct, id: string, props: CaseApiProps) {
    super(scope, id);
    const { around, tokens } = props;
    const environment = {
      JWT_ISSUER: tokens.issuer,
      JWT_AUDIENCE: tokens.audience,
      JWKS_URL: tokens.jwksUrl,
      JWT_CLAIMS: tokens.claims,
    };
    this.casesApi = newCasesApi(this, around, environment);
    this.participantsApi = newParticipantsApi(this, around, environment);
    this.adminApi = newAdminApi(this, around, environment);
    const { domain } = around.stage;
    this.api = new HttpApi(this, 'Http', {
      description: 'Swarm Slashing',
      createDefaultStage: false,
      // One door: what is said about the name (certificate, firewall before it) must not be walked around.
      disableExecuteApiEndpoint: domain !== null,
    });
    const stage = this.stage(around, this.routes(props));
    if (domain !== null) new ApiDomain(this, 'Domain', { domain, api: this.api, stage });
    this.url = domain === null ? this.api.apiEndpoint : `https://${domain.name}`;
  }

  private stage({ stage }: FunctionSurroundings, routes: readonly OpenRoute[]): HttpStage {
    const logGroup = stageLogs(this, 'AccessLogs', stage);
    const made = new HttpStage(this, 'Stage', {
      httpApi: this.api,
      stageName: '$default',
      autoDeploy: true,
      detailedMetricsEnabled: true,
      throttle: { rateLimit: stage.throttle.rate, burstLimit: stage.throttle.burst },
      accessLogSettings: {
        destination: new LogGroupLogDestination(logGroup),
        format: AccessLogFormat.custom(JSON.stringify(ACCESS_LOG)),
      },
    });
    throttleOpen(made, routes, stage.throttle.open);
    return made;
  }

  /** Makes every route; says which of them ask for no proof at all. */
  private routes(props: CaseApiProps): OpenRoute[] {
    const behind = new Map<string, HttpLambdaIntegration>(
      Object.entries({
        'receive-alert': props.receiveAlert,
        'cases-api': this.casesApi,
        'participants-api': this.participantsApi,
        'admin-api': this.adminApi,
      }).map(([name, { lambda }]) => [name, new HttpLambdaIntegration(name, lambda)]),
    );
    const authorizer = new HttpJwtAuthorizer('Tokens', props.tokens.issuer, {
      jwtAudience: [props.tokens.audience],
    });
    const nobody = new HttpNoneAuthorizer();
    const open: OpenRoute[] = [];
    for (const { method, path, functionName, isPublic } of props.routes) {
      const integration = behind.get(functionName);
      if (integration === undefined)
        throw new Error(`No function serves ${path}: ${functionName}.`);
      const [route] = this.api.addRoutes({
        path,
        methods: [HttpMethod[method as keyof typeof HttpMethod]],
        integration,
        authorizer: isPublic ? nobody : authorizer,
      });
      if (route === undefined || !isPublic) continue;
      acknowledge(route, { [NO_TOKEN]: PUBLIC });
      if (functionName !== 'receive-alert') open.push({ key: `${method} ${path}`, route });
    }
    // What no operation has is answered by our own problem; behind it lies nothing that a token protects.
    const [unknown] = this.api.addRoutes({
      path: '/{proxy+}',
      methods: [HttpMethod.ANY],
      integration: new HttpLambdaIntegration('unknown', this.casesApi.lambda),
      authorizer: nobody,
    });
    if (unknown === undefined) return open;
    acknowledge(unknown, { [NO_TOKEN]: 'It only says that there is no such path.' });
    return [...open, { key: 'ANY /{proxy+}', route: unknown }];
  }
}

/**
 * One line for each request; the request id leads to the function's own lines. The address tells a sender with a wrong secret from
 * somebody who tries, and is forgotten with the log. No query is kept.
 */
const ACCESS_LOG = {
  requestId: '$context.requestId',
  time: '$context.requestTime',
  sourceIp: '$context.identity.sourceIp',
  routeKey: '$context.routeKey',
  path: '$context.path',
  status: '$context.status',
  responseLength: '$context.responseLength',
  latencyMs: '$context.responseLatency',
  integrationError: '$context.integrationErrorMessage',
  authorizerError: '$context.authorizer.error',
};

const NO_TOKEN = 'AwsSolutions::AwsSolutions-APIG4';
const PUBLIC =
  'Public by contract: the description and health of the API; senders of alerts prove themselves by signature or credentials of their source.';

type Environment = Readonly<Record<string, string>>;

function newCasesApi(scope: Construct, around: FunctionSurroundings, environment: Environment) {
  return new EdgeFunction(scope, 'Cases', around, {
    name: 'cases-api',
    description: 'Cases, and what people do in them',
    memoryMb: 1024,
    timeout: Duration.seconds(20),
    rights: {
      tables: { registry: ['read'], audit: ['read'], alerts: ['read'], inbox: ['read'] },
      opens: ['payload'],
      seals: ['payload'],
      reachesTemporal: true,
    },
    environment,
  });
}

function newParticipantsApi(
  scope: Construct,
  around: FunctionSurroundings,
  environment: Environment,
) {
  return new EdgeFunction(scope, 'Participants', around, {
    name: 'participants-api',
    description: 'Participants, their stake and standing',
    memoryMb: 512,
    timeout: Duration.seconds(10),
    rights: {
      tables: {
        registry: ['read', 'put', 'update'],
        ledger: ['read', 'put', 'update'],
        audit: ['read', 'put'],
      },
    },
    environment,
  });
}

function newAdminApi(scope: Construct, around: FunctionSurroundings, environment: Environment) {
  return new EdgeFunction(scope, 'Admin', around, {
    name: 'admin-api',
    description: 'The versions of the law, and incidents',
    memoryMb: 512,
    timeout: Duration.seconds(10),
    rights: {
      tables: {
        // A closed incident leaves the list of the open ones.
        registry: ['read', 'put', 'update', 'delete'],
        audit: ['read', 'put'],
      },
    },
    environment,
  });
}
