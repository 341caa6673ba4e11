import { Duration } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  Architecture,
  type Code,
  Function as LambdaFunction,
  LayerVersion,
  Runtime,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.ts';
import {
  grantRights,
  type Rights,
  type RightsSurroundings,
  sealingEnvironment,
} from '../rights.ts';
import { METRICS_NAMESPACE } from '../signals.ts';
import type { Stage } from '../stages.ts';
import { stageLogs } from './stage-logs.ts';

/** What every function of an installation shares. */
export interface FunctionSurroundings extends RightsSurroundings {
  readonly stage: Stage;
  /** Where the bundle of a function comes from. */
  readonly codeOf: (functionName: string) => Code;
  /** Where Temporal is, as the functions and the worker read it. */
  readonly temporalEnvironment: Readonly<Record<string, string>>;
}

/** One function: what it is for, and the least it needs for it. */
export interface EdgeFunctionProps {
  /** Folder of the function, such as `receive-alert`. */
  readonly name: string;
  readonly description: string;
  readonly memoryMb: number;
  readonly timeout: Duration;
  readonly rights: Rights;
  readonly environment?: Readonly<Record<string, string>>;
  readonly reservedConcurrency?: number;
  /** A rule calls it again and again: a run that failed or found no room is never made up for. */
  readonly runsOnSchedule?: boolean;
}

/** Lets the OpenTelemetry layer run before the handler. */
const TELEMETRY_ENVIRONMENT = {
  AWS_LAMBDA_EXEC_WRAPPER: '/opt/otel-instrument',
  OTEL_NODE_ENABLED_INSTRUMENTATIONS: 'none',
};

/** A Lambda function with a role, a log group and an environment of its own. */
export class EdgeFunction extends Construct {
  readonly lambda: LambdaFunction;
  readonly role: Role;
  readonly name: string;

  constructor(
    scope: Construct,
    id: string,
    around: FunctionSurroundings,
    props: EdgeFunctionProps,
  ) {
    super(scope, id);
    const { stage } = around;
    this.name = props.name;
    const logGroup = stageLogs(this, 'Logs', stage);
    this.role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: `Role of ${props.name}: ${props.description}`,
    });
    logGroup.grantWrite(this.role);
    this.lambda = new LambdaFunction(this, 'Function', {
      runtime: Runtime.NODEJS_24_X,
      architecture: stage.architecture === 'arm64' ? Architecture.ARM_64 : Architecture.X86_64,
      code: around.codeOf(props.name),
      handler: 'index.handler',
      description: props.description,
      memorySize: props.memoryMb,
      timeout: props.timeout,
      role: this.role,
      logGroup,
      tracing: Tracing.ACTIVE,
      environment: {
        NETWORK_ID: stage.networkId,
        TABLE_PREFIX: stage.tablePrefix,
        POWERTOOLS_SERVICE_NAME: props.name,
        POWERTOOLS_METRICS_NAMESPACE: METRICS_NAMESPACE,
        // The bundle has a source map beside it: a stack trace then names our lines.
        NODE_OPTIONS: '--enable-source-maps',
        ...(props.rights.opens !== undefined && sealingEnvironment(around)),
        ...(props.rights.reachesTemporal === true && around.temporalEnvironment),
        ...(stage.telemetryLayerArn !== null && TELEMETRY_ENVIRONMENT),
        ...props.environment,
      },
      ...(stage.telemetryLayerArn !== null && {
        layers: [LayerVersion.fromLayerVersionArn(this, 'Telemetry', stage.telemetryLayerArn)],
      }),
      ...(props.reservedConcurrency !== undefined && {
        reservedConcurrentExecutions: props.reservedConcurrency,
      }),
    });
    if (props.runsOnSchedule === true) this.forgetMissedRuns();
    grantRights(this.role, around, props.rights);
    acknowledge(this, {
      'Serverless::Serverless-LambdaDLQ':
        'The gateway waits for the answer, and the stream has a queue for its failures. What a schedule calls is not tried again: its next run does the work.',
      'AwsSolutions::AwsSolutions-IAM5[Resource::*]':
        'xray:PutTraceSegments, xray:PutTelemetryRecords and, for who reads a stream, dynamodb:ListStreams know no resources.',
    });
  }

  /** The platform would repeat a failed run twice, and keep one that found no room for six hours. */
  private forgetMissedRuns(): void {
    this.lambda.configureAsyncInvoke({ retryAttempts: 0, maxEventAge: Duration.minutes(1) });
    acknowledge(this.lambda, {
      'Serverless::Serverless-LambdaAsyncFailureDestination':
        'A failed run leaves nothing to look at but its log lines and the alarm functions-failing.',
    });
  }
}
