import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Code } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { AlertIntake } from '../constructs/alert-intake.ts';
import { CaseApi } from '../constructs/case-api.ts';
import { PeoplePool, type Tokens } from '../constructs/people-pool.ts';
import { type Shape, TABLE_KINDS } from '../shape.ts';
import type { Stage } from '../stages.ts';
import type { DataStack } from './data-stack.ts';

/** What the service stack is made from. */
export interface ServiceStackProps extends StackProps {
  readonly stage: Stage;
  readonly shape: Shape;
  readonly data: DataStack;
  readonly codeOf: (functionName: string) => Code;
}

/** Everything that can be made anew at any time: functions, API and their feeds. */
export class ServiceStack extends Stack {
  readonly intake: AlertIntake;
  readonly caseApi: CaseApi;

  constructor(scope: Construct, id: string, props: ServiceStackProps) {
    super(scope, id, { ...props, description: 'Swarm Slashing: functions and API' });
    const { stage, shape, data } = props;
    const around = {
      stage,
      tables: data.ledger.tables,
      indexed: new Set(TABLE_KINDS.filter((kind) => shape.tables[kind].indexes.length > 0)),
      tableKey: data.ledger.key,
      sealingKey: data.sealingKey,
      codeOf: props.codeOf,
    };
    const temporalEnvironment = {
      TEMPORAL_ADDRESS: stage.temporal.address,
      TEMPORAL_NAMESPACE: stage.temporal.namespace,
    };
    this.intake = new AlertIntake(this, 'AlertIntake', {
      around,
      inbox: data.ledger.tables.inbox,
      temporalEnvironment,
    });
    this.caseApi = new CaseApi(this, 'CaseApi', {
      around,
      routes: shape.routes,
      tokens: this.tokens(stage),
      receiveAlert: this.intake.receiveAlert,
      temporalEnvironment,
    });
    new CfnOutput(this, 'ApiUrl', { value: this.caseApi.api.apiEndpoint });
  }

  private tokens({ auth }: Stage): Tokens {
    if (auth.kind === 'oidc') return { ...auth, claims: 'plain' };
    return new PeoplePool(this, 'People').tokens;
  }
}
