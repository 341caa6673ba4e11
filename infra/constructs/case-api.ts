import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import {
  HttpApi,
  HttpMethod,
  HttpNoneAuthorizer,
  HttpStage,
  LogGroupLogDestination,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpJwtAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { RouteShape } from '../shape.ts';
import { EdgeFunction, type FunctionSurroundings } from './edge-function.ts';
import type { Tokens } from './people-pool.ts';

/** What the API is made from. */
export interface CaseApiProps {
  readonly around: FunctionSurroundings;
  readonly routes: readonly RouteShape[];
  /** Whose tokens the gateway takes. */
  readonly tokens: Tokens;
  readonly receiveAlert: EdgeFunction;
  readonly temporalEnvironment: Readonly<Record<string, string>>;
}

/** The HTTP API: a route per operation, a token before every one that is not public, and the functions behind them. */
export class CaseApi extends Construct {
  readonly api: HttpApi;
  readonly casesApi: EdgeFunction;
  readonly participantsApi: EdgeFunction;

  constructor(scope: Construct, id: string, props: CaseApiProps) {
    super(scope, id);
    const { around, tokens } = props;
    const auth = {
      JWT_ISSUER: tokens.issuer,
      JWT_AUDIENCE: tokens.audience,
      JWKS_URL: tokens.jwksUrl,
      JWT_CLAIMS: tokens.claims,
    };
    this.casesApi = new EdgeFunction(this, 'Cases', around, {
      name: 'cases-api',
      description: 'Cases, and what people do in them',
      memoryMb: 1024,
      timeout: Duration.seconds(20),
      sealing: 'seal',
      rights: { registry: ['read'], audit: ['read'], alerts: ['read'], inbox: ['read'] },
      environment: { ...auth, ...props.temporalEnvironment },
    });
    this.participantsApi = new EdgeFunction(this, 'Participants', around, {
      name: 'participants-api',
      description: 'Participants, their stake and standing',
      memoryMb: 512,
      timeout: Duration.seconds(10),
      sealing: 'none',
      rights: {
        registry: ['read', 'put', 'update'],
        ledger: ['read', 'put', 'update'],
        audit: ['read', 'put'],
      },
      environment: auth,
    });
    this.api = new HttpApi(this, 'Http', {
      description: 'Swarm Slashing',
      createDefaultStage: false,
    });
    this.stage(around);
    this.routes(props);
  }

  private stage(around: FunctionSurroundings): void {
    const { stage } = around;
    const logGroup = new LogGroup(this, 'AccessLogs', {
      retention: stage.logRetentionDays,
      removalPolicy: stage.name === 'prod' ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    new HttpStage(this, 'Stage', {
      httpApi: this.api,
      stageName: '$default',
      autoDeploy: true,
      detailedMetricsEnabled: true,
      throttle: { rateLimit: stage.throttle.rate, burstLimit: stage.throttle.burst },
      accessLogSettings: { destination: new LogGroupLogDestination(logGroup) },
    });
  }

  private routes(props: CaseApiProps): void {
    const behind = new Map<string, HttpLambdaIntegration>(
      Object.entries({
        'receive-alert': props.receiveAlert,
        'cases-api': this.casesApi,
        'participants-api': this.participantsApi,
      }).map(([name, { lambda }]) => [name, new HttpLambdaIntegration(name, lambda)]),
    );
    const authorizer = new HttpJwtAuthorizer('Tokens', props.tokens.issuer, {
      jwtAudience: [props.tokens.audience],
    });
    const open = new HttpNoneAuthorizer();
    const route = (path: string, method: HttpMethod, functionName: string, isPublic: boolean) => {
      const integration = behind.get(functionName);
      if (integration === undefined)
        throw new Error(`No function serves ${path}: ${functionName}.`);
      this.api.addRoutes({
        path,
        methods: [method],
        integration,
        authorizer: isPublic ? open : authorizer,
      });
    };
    for (const { method, path, functionName, isPublic } of props.routes) {
      route(path, HttpMethod[method as keyof typeof HttpMethod], functionName, isPublic);
    }
    // What no operation has is answered by our own problem; behind it lies nothing that a token protects.
    this.api.addRoutes({
      path: '/{proxy+}',
      methods: [HttpMethod.ANY],
      integration: new HttpLambdaIntegration('unknown', this.casesApi.lambda),
      authorizer: open,
    });
  }
}
