import { type Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import {
  Architecture,
  type Code,
  Function as LambdaFunction,
  Runtime,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { TableKind } from '../shape.ts';
import type { Stage } from '../stages.ts';

/** What a function may do with one table; nothing that is not named. */
export type TableRights = Readonly<
  Partial<Record<TableKind, readonly ('read' | 'put' | 'update' | 'delete')[]>>
>;

/** What every function of an installation shares. */
export interface FunctionSurroundings {
  readonly stage: Stage;
  readonly tables: Readonly<Record<TableKind, Table>>;
  /** Tables that have an index. */
  readonly indexed: ReadonlySet<TableKind>;
  readonly tableKey: IKey;
  readonly sealingKey: IKey;
  /** Where the bundle of a function comes from. */
  readonly codeOf: (functionName: string) => Code;
}

/** One function: what it is for, and the least it needs for it. */
export interface EdgeFunctionProps {
  /** Folder of the function, such as `receive-alert`. */
  readonly name: string;
  readonly description: string;
  readonly memoryMb: number;
  readonly timeout: Duration;
  readonly rights: TableRights;
  readonly environment?: Readonly<Record<string, string>>;
  readonly reservedConcurrency?: number;
  /** Opens what was sealed; `seal` may seal too. */
  readonly sealing: 'none' | 'open' | 'seal';
}

/** DynamoDB's actions behind each right; a transaction asks for the rights of the writes in it. */
const ACTIONS = {
  read: ['GetItem', 'BatchGetItem', 'Query', 'ConditionCheckItem'],
  put: ['PutItem'],
  update: ['UpdateItem'],
  delete: ['DeleteItem'],
} as const;

/** A Lambda function with a role, a log group and an environment of its own. */
export class EdgeFunction extends Construct {
  readonly lambda: LambdaFunction;

  constructor(
    scope: Construct,
    id: string,
    around: FunctionSurroundings,
    props: EdgeFunctionProps,
  ) {
    super(scope, id);
    const { stage } = around;
    const logGroup = new LogGroup(this, 'Logs', {
      retention: stage.logRetentionDays,
      removalPolicy: stage.name === 'prod' ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: `Role of ${props.name}: ${props.description}`,
    });
    logGroup.grantWrite(role);
    this.lambda = new LambdaFunction(this, 'Function', {
      runtime: Runtime.NODEJS_24_X,
      architecture: stage.architecture === 'arm64' ? Architecture.ARM_64 : Architecture.X86_64,
      code: around.codeOf(props.name),
      handler: 'index.handler',
      description: props.description,
      memorySize: props.memoryMb,
      timeout: props.timeout,
      role,
      logGroup,
      tracing: Tracing.ACTIVE,
      environment: {
        NETWORK_ID: stage.networkId,
        TABLE_PREFIX: stage.tablePrefix,
        POWERTOOLS_SERVICE_NAME: props.name,
        POWERTOOLS_METRICS_NAMESPACE: 'SwarmSlashing',
        ...(props.sealing !== 'none' && { SEALING_KEY: around.sealingKey.keyArn }),
        ...props.environment,
      },
      ...(props.reservedConcurrency !== undefined && {
        reservedConcurrentExecutions: props.reservedConcurrency,
      }),
    });
    grantTables(role, around, props.rights);
    if (props.sealing !== 'none') grantSealing(role, around, props.sealing);
  }
}

function grantTables(role: Role, around: FunctionSurroundings, rights: TableRights): void {
  for (const [kind, granted] of Object.entries(rights)) {
    const table = around.tables[kind as TableKind];
    role.addToPolicy(
      new PolicyStatement({
        actions: granted.flatMap((right) => ACTIONS[right].map((action) => `dynamodb:${action}`)),
        resources: [
          table.tableArn,
          ...(granted.includes('read') && around.indexed.has(kind as TableKind)
            ? [`${table.tableArn}/index/*`]
            : []),
        ],
      }),
    );
  }
  role.addToPolicy(
    new PolicyStatement({
      actions: ['kms:Decrypt', 'kms:DescribeKey'],
      resources: [around.tableKey.keyArn],
      // The key serves only through the tables, never by itself.
      conditions: {
        StringEquals: { 'kms:ViaService': `dynamodb.${Stack.of(role).region}.amazonaws.com` },
      },
    }),
  );
}

function grantSealing(role: Role, around: FunctionSurroundings, sealing: 'open' | 'seal'): void {
  role.addToPolicy(
    new PolicyStatement({
      actions: ['kms:Decrypt', ...(sealing === 'seal' ? ['kms:GenerateDataKey'] : [])],
      resources: [around.sealingKey.keyArn],
      conditions: { StringEquals: { 'kms:EncryptionContext:network': around.stage.networkId } },
    }),
  );
}
