import { CfnOutput, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import { Repository, RepositoryEncryption, TagMutability } from 'aws-cdk-lib/aws-ecr';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.ts';
import { Backups } from '../constructs/backups.ts';
import { PeoplePool } from '../constructs/people-pool.ts';
import { StakeLedger } from '../constructs/stake-ledger.ts';
import type { Shape } from '../shape.ts';
import type { Stage } from '../stages.ts';

/** What the data stack is made from. */
export interface DataStackProps extends StackProps {
  readonly stage: Stage;
  readonly shape: Shape;
}

/** Everything that must never be lost: tables, keys, credentials, people, and the builds that cases in flight may need. Destroyed never. */
export class DataStack extends Stack {
  readonly ledger: StakeLedger;
  /** Seals payloads on their way through Temporal, the secrets of sources, and the credentials for Temporal. */
  readonly sealingKey: Key;
  /** The credentials for Temporal; null where it asks for none. */
  readonly temporalSecret: Secret | null;
  /** The people of the network; null where it has an issuer of its own. */
  readonly people: PeoplePool | null;
  /** Images of the worker, one tag for each build. */
  readonly builds: Repository;

  constructor(scope: Construct, id: string, props: DataStackProps) {
    super(scope, id, {
      ...props,
      terminationProtection: true,
      description: 'Swarm Slashing: tables, keys and credentials',
    });
    const { stage } = props;
    this.ledger = new StakeLedger(this, 'StakeLedger', {
      shape: props.shape,
      tablePrefix: stage.tablePrefix,
    });
    this.sealingKey = new Key(this, 'SealingKey', {
      description: 'Payloads of workflows and secrets of sources',
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    this.temporalSecret = stage.temporal.access === 'secret' ? this.secret() : null;
    this.builds = new Repository(this, 'WorkerBuilds', {
      encryption: RepositoryEncryption.KMS,
      // A build id names one build for ever: cases are replayed by it.
      imageTagMutability: TagMutability.IMMUTABLE,
      imageScanOnPush: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    this.people =
      stage.auth.kind === 'cognito' ? new PeoplePool(this, 'People', stage.auth.signIn) : null;
    if (stage.hasBackups) {
      new Backups(this, 'Backups', {
        tables: Object.values(this.ledger.tables),
        key: this.ledger.key,
      });
    }
    this.tell();
  }

  /** What people need by hand: where builds are pushed to, where credentials are put, where people are kept. */
  private tell(): void {
    const told = {
      SealingKeyArn: this.sealingKey.keyArn,
      WorkerBuildsUri: this.builds.repositoryUri,
      TemporalSecretArn: this.temporalSecret?.secretArn,
      UserPoolId: this.people?.pool.userPoolId,
      UserPoolClientId: this.people?.client.userPoolClientId,
      SignInUrl: this.people?.signInUrl,
    };
    for (const [name, value] of Object.entries(told)) {
      if (value !== undefined) new CfnOutput(this, name, { value });
    }
  }

  private secret(): Secret {
    const secret = new Secret(this, 'TemporalCredentials', {
      description: 'JSON: {"apiKey"} or {"certificate","privateKey"} for Temporal',
      encryptionKey: this.sealingKey,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    acknowledge(secret, {
      'AwsSolutions::AwsSolutions-SMG4':
        'Only Temporal can issue its credentials; who runs the installation rotates them, without a deployment (docs/operating/secrets.md).',
    });
    return secret;
  }
}
