import { Duration } from 'aws-cdk-lib';
import {
  FlowLogDestination,
  GatewayVpcEndpointAwsService,
  IpAddresses,
  type IVpc,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import type { IRepository } from 'aws-cdk-lib/aws-ecr';
import {
  Cluster,
  ContainerImage,
  ContainerInsights,
  CpuArchitecture,
  Secret as EcsSecret,
  FargateService,
  FargateTaskDefinition,
  type ICluster,
  LogDriver,
  OperatingSystemFamily,
  PropagatedTagSource,
} from 'aws-cdk-lib/aws-ecs';
import type { Role } from 'aws-cdk-lib/aws-iam';
import type { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.ts';
import type { WorkerBuild } from '../builds.ts';
import { sealingEnvironment } from '../rights.ts';
import { METRICS_NAMESPACE } from '../signals.ts';
import type { StageWorker } from '../stages.ts';
import type { FunctionSurroundings } from './edge-function.ts';
import { stageLogs } from './stage-logs.ts';
import { scale } from './worker-scaling.ts';

/** Under this name Temporal knows the versions of the worker. */
export const WORKER_DEPLOYMENT = 'enforcement';

/** Steps under way are waited for so long at a polite stop; the platform's own patience is longer. */
const SHUTDOWN_GRACE_S = 60;
const STOP_TIMEOUT_S = 90;

const HEALTH_PORT = '8080';

/** What the workers are made from. */
export interface DurableWorkerProps {
  readonly around: FunctionSurroundings;
  readonly role: Role;
  readonly builds: IRepository;
}

/**
 * The worker of workflows and steps, as containers without servers: one service for each build that shall serve, so that a new build
 * runs beside the old one until the cases have moved.
 */
export class DurableWorker extends Construct {
  readonly services: readonly FargateService[];
  readonly cluster: Cluster;
  private readonly otlpHeaders: Readonly<Record<string, EcsSecret>>;

  constructor(scope: Construct, id: string, props: DurableWorkerProps) {
    super(scope, id);
    const { stage } = props.around;
    this.cluster = new Cluster(this, 'Cluster', {
      // Here and below: the library's own types disagree about absent properties under exactOptionalPropertyTypes.
      vpc: this.network(props.around) as IVpc,
      containerInsightsV2: ContainerInsights.ENABLED,
    });
    const logGroup = stageLogs(this, 'Logs', stage);
    this.otlpHeaders = otlpHeadersOf(this, stage.worker);
    this.services = stage.worker.builds.map((build) => this.service(props, build, logGroup));
  }

  /** Only ways out: nothing asks a worker anything. */
  private network({ stage }: FunctionSurroundings): Vpc {
    const vpc = new Vpc(this, 'Network', {
      ipAddresses: IpAddresses.cidr(stage.worker.cidr),
      maxAzs: 2,
      natGateways: stage.worker.natGateways,
      // Nothing is ever in the default security group: each service has one of its own. Closing it would take a function with rights to
      // change security groups, and with logs that nobody can bound.
      restrictDefaultSecurityGroup: false,
    });
    const logGroup = stageLogs(this, 'Flows', stage);
    vpc.addFlowLog('FlowLog', { destination: FlowLogDestination.toCloudWatchLogs(logGroup) });
    // The store is reached without leaving the platform's network, and without paying for the way.
    vpc.addGatewayEndpoint('Store', { service: GatewayVpcEndpointAwsService.DYNAMODB });
    return vpc;
  }

  private service(
    { around, builds, role: taskRole }: DurableWorkerProps,
    build: WorkerBuild,
    logGroup: LogGroup,
  ): FargateService {
    const { stage } = around;
    const { cpu, memoryMb, tasks } = stage.worker;
    const task = new FargateTaskDefinition(this, `Task-${build.id}`, {
      cpu,
      memoryLimitMiB: memoryMb,
      taskRole,
      runtimePlatform: {
        cpuArchitecture:
          stage.architecture === 'arm64' ? CpuArchitecture.ARM64 : CpuArchitecture.X86_64,
        operatingSystemFamily: OperatingSystemFamily.LINUX,
      },
    });
    task.addContainer('worker', {
      image: ContainerImage.fromEcrRepository(builds, build.image),
      logging: LogDriver.awsLogs({ logGroup, streamPrefix: build.id }),
      environment: environmentOf(around, build),
      secrets: this.otlpHeaders,
      readonlyRootFilesystem: true,
      stopTimeout: Duration.seconds(STOP_TIMEOUT_S),
      // Asks whether the pollers poll: a process with dead pollers looks well and does nothing.
      healthCheck: {
        command: ['CMD', '/usr/local/bin/node', '/app/probe.mjs'],
        interval: Duration.seconds(15),
        retries: 4,
        startPeriod: Duration.seconds(60),
        timeout: Duration.seconds(5),
      },
    });
    acknowledge(task, {
      'AwsSolutions::AwsSolutions-ECS2':
        'Names of tables, keys and addresses; no secret is in the environment.',
      'AwsSolutions::AwsSolutions-IAM5[Resource::*]':
        'ecr:GetAuthorizationToken knows no resources.',
    });
    const service = new FargateService(this, `Service-${build.id}`, {
      cluster: this.cluster as ICluster,
      taskDefinition: task,
      // No desired count: a deployment leaves as many as the load has made of them, never fewer than the least.
      minHealthyPercent: 100,
      maxHealthyPercent: 200,
      circuitBreaker: { rollback: true },
      propagateTags: PropagatedTagSource.SERVICE,
    });
    // Without its way out a task cannot even fetch its image, and the circuit breaker would give the deployment up.
    const { internetConnectivityEstablished } = this.cluster.vpc.selectSubnets({
      subnetType: SubnetType.PRIVATE_WITH_EGRESS,
    });
    service.node.addDependency(internetConnectivityEstablished);
    scale(service, tasks);
    return service;
  }
}

/** What the place where spans go asks for, such as a key; taken from the secret when a task starts. */
function otlpHeadersOf(
  scope: Construct,
  { otlpHeadersSecretArn: arn }: StageWorker,
): Record<string, EcsSecret> {
  if (arn === null) return {};
  const secret = Secret.fromSecretCompleteArn(scope, 'OtlpHeaders', arn);
  return { OTEL_EXPORTER_OTLP_HEADERS: EcsSecret.fromSecretsManager(secret) };
}

function environmentOf(around: FunctionSurroundings, build: WorkerBuild): Record<string, string> {
  const { stage, temporalEnvironment } = around;
  return {
    NETWORK_ID: stage.networkId,
    TABLE_PREFIX: stage.tablePrefix,
    ...sealingEnvironment(around),
    WORKER_DEPLOYMENT,
    WORKER_BUILD_ID: build.id,
    ...(build.patchesOff.length > 0 && { PATCHES_OFF: build.patchesOff.join(',') }),
    HEALTH_PORT,
    SHUTDOWN_GRACE_S: String(SHUTDOWN_GRACE_S),
    PROMQL_SERVERS: JSON.stringify(stage.worker.promqlServers),
    POWERTOOLS_SERVICE_NAME: 'worker',
    POWERTOOLS_METRICS_NAMESPACE: METRICS_NAMESPACE,
    ...(stage.worker.otlpEndpoint !== null && {
      OTEL_EXPORTER_OTLP_ENDPOINT: stage.worker.otlpEndpoint,
      OTEL_SERVICE_NAME: 'worker',
    }),
    ...temporalEnvironment,
  };
}
