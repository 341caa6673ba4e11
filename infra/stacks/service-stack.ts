import { CfnOutput, Fn, Stack, type StackProps } from 'aws-cdk-lib';
import type { Code } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { alarmsOf } from '../alarms.ts';
import { AlarmBoard } from '../constructs/alarm-board.ts';
import { AlertIntake } from '../constructs/alert-intake.ts';
import { BackupFailures } from '../constructs/backup-failures.ts';
import { CaseApi } from '../constructs/case-api.ts';
import { CaseWatch } from '../constructs/case-watch.ts';
import { DurableWorker } from '../constructs/durable-worker.ts';
import type { FunctionSurroundings } from '../constructs/edge-function.ts';
import { Overview } from '../constructs/overview.ts';
import type { Tokens } from '../constructs/people-pool.ts';
import { WorkerRole } from '../constructs/worker-role.ts';
import type { Shape, TableKind } from '../shape.ts';
import type { Stage } from '../stages.ts';
import type { DataStack } from './data-stack.ts';

/** What the service stack is made from. */
export interface ServiceStackProps extends StackProps {
  readonly stage: Stage;
  readonly shape: Shape;
  readonly data: DataStack;
  readonly codeOf: (functionName: string) => Code;
}

/** Everything that can be made anew at any time: functions, API and their feeds, workers, alarms. */
export class ServiceStack extends Stack {
  readonly intake: AlertIntake;
  readonly caseApi: CaseApi;
  readonly caseWatch: CaseWatch;
  /** Null where no build of the worker shall serve here. */
  readonly worker: DurableWorker | null;
  readonly alarms: AlarmBoard;

  /** The first two of the region, asked for when the stack is deployed: the library would ask the account when it is synthesised. */
  override get availabilityZones(): string[] {
    return [0, 1].map((index) => Fn.select(index, Fn.getAzs()));
  }

  constructor(scope: Construct, id: string, props: ServiceStackProps) {
    super(scope, id, { ...props, description: 'Swarm Slashing: functions, API, workers, alarms' });
    const { stage, shape, data } = props;
    const around = surroundings(props);
    const { tables, indexes } = around;
    this.intake = new AlertIntake(this, 'AlertIntake', { around, inbox: tables.inbox });
    this.caseApi = new CaseApi(this, 'CaseApi', {
      around,
      routes: shape.routes,
      tokens: tokensOf(stage, data),
      receiveAlert: this.intake.receiveAlert,
    });
    this.caseWatch = new CaseWatch(this, 'CaseWatch', around);
    const { role } = new WorkerRole(this, 'Worker', around);
    new CfnOutput(this, 'WorkerRole', { value: role.roleArn });
    this.worker =
      stage.worker.builds.length > 0
        ? new DurableWorker(this, 'DurableWorker', { around, role, builds: data.builds })
        : null;
    const { intake, caseApi, caseWatch } = this;
    const watched = { stage, intake, caseApi, caseWatch, tables, indexes };
    this.alarms = new AlarmBoard(this, 'Alarms', { stage, definitions: alarmsOf(watched) });
    if (data.backups !== null) {
      const { vault } = data.backups;
      new BackupFailures(this, 'BackupFailures', { vault, topic: this.alarms.topic });
    }
    new Overview(this, 'Overview', watched, this.alarms.alarms);
    new CfnOutput(this, 'ApiUrl', { value: this.caseApi.url });
  }
}

/** The network's own issuer, or the people of the data stack. */
function tokensOf({ auth }: Stage, { people }: DataStack): Tokens {
  if (auth.kind === 'oidc') return { ...auth, claims: 'plain' };
  if (people === null) throw new Error('A stage with Cognito has its people in the data stack.');
  return people.tokens;
}

function surroundings({ stage, shape, data, codeOf }: ServiceStackProps): FunctionSurroundings {
  return {
    stage,
    networkId: stage.networkId,
    tables: data.ledger.tables,
    indexes: indexNames(shape),
    tableKey: data.ledger.key,
    sealing: data.sealing,
    temporalAccess: data.temporalAccess,
    codeOf,
    temporalEnvironment: {
      TEMPORAL_ADDRESS: stage.temporal.address,
      TEMPORAL_NAMESPACE: stage.temporal.namespace,
      ...(data.temporalAccess !== null && {
        TEMPORAL_SECRET: data.temporalAccess.secret.secretArn,
      }),
    },
  };
}

function indexNames({ tables }: Shape): Record<TableKind, string[]> {
  const names = (kind: TableKind) => tables[kind].indexes.map(({ name }) => name);
  return {
    alerts: names('alerts'),
    inbox: names('inbox'),
    registry: names('registry'),
    ledger: names('ledger'),
    audit: names('audit'),
  };
}
