import { RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import { Key } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { StakeLedger } from '../constructs/stake-ledger.ts';
import type { Shape } from '../shape.ts';
import type { Stage } from '../stages.ts';

/** What the data stack is made from. */
export interface DataStackProps extends StackProps {
  readonly stage: Stage;
  readonly shape: Shape;
}

/** Everything that must never be lost: tables and keys. Deployed rarely, destroyed never. */
export class DataStack extends Stack {
  readonly ledger: StakeLedger;
  /** Seals payloads on their way through Temporal, and the secrets of sources. */
  readonly sealingKey: Key;

  constructor(scope: Construct, id: string, props: DataStackProps) {
    super(scope, id, {
      ...props,
      terminationProtection: true,
      description: 'Swarm Slashing: tables and keys',
    });
    this.ledger = new StakeLedger(this, 'StakeLedger', {
      shape: props.shape,
      tablePrefix: props.stage.tablePrefix,
    });
    this.sealingKey = new Key(this, 'SealingKey', {
      description: 'Payloads of workflows and secrets of sources',
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
  }
}
