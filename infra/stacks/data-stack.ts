import { CfnOutput, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import { Repository, RepositoryEncryption, TagMutability } from 'aws-cdk-lib/aws-ecr';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.ts';
import { Backups } from '../constructs/backups.ts';
import { PeoplePool } from '../constructs/people-pool.ts';
import { StakeLedger } from '../constructs/stake-ledger.ts';
import type { SealingKeys, TemporalAccess } from '../rights.ts';
import type { Shape } from '../shape.ts';
import type { Stage, StageSealing } from '../stages.ts';

/** What the data stack is made from. */
export interface DataStackProps extends StackProps {
  readonly stage: Stage;
  readonly shape: Shape;
}

/** Everything that must never be lost: tables, keys, credentials, people, and the builds that cases in flight may need. Destroyed never. */
export class DataStack extends Stack {
  readonly ledger: StakeLedger;
  /** What seals payloads on their way through Temporal, and the secrets of sources. */
  readonly sealing: SealingKeys;
  /** The credentials for Temporal; null where it asks for none. */
  readonly temporalAccess: TemporalAccess | null;
  /** The people of the network; null where it has an issuer of its own. */
  readonly people: PeoplePool | null;
  /** Snapshots of the tables; null where the stage keeps none. */
  readonly backups: Backups | null;
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
    this.sealing = this.sealingKeys(stage.sealing);
    this.temporalAccess = stage.temporal.access === 'secret' ? this.credentials() : null;
    this.builds = new Repository(this, 'WorkerBuilds', {
      encryption: RepositoryEncryption.KMS,
      // A build id names one build for ever: cases are replayed by it.
      imageTagMutability: TagMutability.IMMUTABLE,
      imageScanOnPush: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    this.people =
      stage.auth.kind === 'cognito' ? new PeoplePool(this, 'People', stage.auth.signIn) : null;
    // Names of tables are fixed, and tables are kept. A first deployment that fails at the pool must not leave any behind: they would be in
    // the way of the second.
    if (this.people !== null) this.ledger.node.addDependency(this.people);
    const { key, tables } = this.ledger;
    this.backups = stage.hasBackups
      ? new Backups(this, 'Backups', { tables: Object.values(tables), key })
      : null;
    this.tell();
  }

  /** What people need by hand: where builds are pushed to, where credentials are put, where people are kept. */
  private tell(): void {
    const told = {
      SealingKeyArn: this.sealing.present,
      WorkerBuildsUri: this.builds.repositoryUri,
      TemporalSecretArn: this.temporalAccess?.secret.secretArn,
      UserPoolId: this.people?.pool.userPoolId,
      UserPoolClientId: this.people?.client.userPoolClientId,
      SignInUrl: this.people?.signInUrl,
    };
    for (const [name, value] of Object.entries(told)) {
      if (value !== undefined) new CfnOutput(this, name, { value });
    }
  }

  private key(id: string, description: string): Key {
    return new Key(this, id, {
      description,
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
  }

  private sealingKeys({ keys, sealsWith, opensToo }: StageSealing): SealingKeys {
    const made = new Map(
      keys.map((id) => [id, this.key(id, 'Payloads of workflows and secrets of sources').keyArn]),
    );
    const present = made.get(sealsWith);
    if (present === undefined)
      throw new Error(`No key is called "${sealsWith}": it must be one of ${keys.join(', ')}.`);
    made.delete(sealsWith);
    return { present, others: [...made.values(), ...opensToo] };
  }

  /** Under a key of their own: a change of the sealing key does not touch them. */
  private credentials(): TemporalAccess {
    const key = this.key('TemporalKey', 'Credentials for Temporal');
    const secret = new Secret(this, 'TemporalCredentials', {
      description: 'JSON: {"apiKey"} or {"certificate","privateKey"} for Temporal',
      encryptionKey: key,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    acknowledge(secret, {
      'AwsSolutions::AwsSolutions-SMG4':
        'Only Temporal can issue its credentials; who runs the installation rotates them, without a deployment (docs/operating/secrets.md).',
    });
    return { secret, key };
  }
}
