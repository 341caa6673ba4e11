import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { BackupPlan, BackupPlanRule, BackupResource, BackupVault } from 'aws-cdk-lib/aws-backup';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { Schedule } from 'aws-cdk-lib/aws-events';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.ts';

/**
 * Snapshots beyond point-in-time recovery, in a vault that is locked against removing them early by mistake: daily ones for the 35 days in
 * which a mistake is found, monthly ones for the longest dispute and its audit.
 */
export class Backups extends Construct {
  readonly vault: BackupVault;

  constructor(
    scope: Construct,
    id: string,
    props: { readonly tables: readonly Table[]; readonly key: IKey },
  ) {
    super(scope, id);
    this.vault = new BackupVault(this, 'Vault', {
      encryptionKey: props.key,
      removalPolicy: RemovalPolicy.RETAIN,
      lockConfiguration: { minRetention: Duration.days(30) },
    });
    const plan = new BackupPlan(this, 'Plan', { backupVault: this.vault });
    plan.addRule(
      new BackupPlanRule({
        ruleName: 'daily',
        scheduleExpression: Schedule.cron({ hour: '3', minute: '0' }),
        deleteAfter: Duration.days(35),
      }),
    );
    plan.addRule(
      new BackupPlanRule({
        ruleName: 'monthly',
        scheduleExpression: Schedule.cron({ day: '1', hour: '4', minute: '0' }),
        deleteAfter: Duration.days(400),
      }),
    );
    const role = new Role(this, 'Role', {
      description: 'Makes snapshots of the tables, and restores them',
      assumedBy: new ServicePrincipal('backup.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    });
    plan.addSelection('Tables', {
      resources: props.tables.map((table) => BackupResource.fromArn(table.tableArn)),
      role,
      // The day on which a snapshot is needed is no day to make a role.
      allowRestores: true,
    });
    acknowledge(role, {
      [managed('AWSBackupServiceRolePolicyForBackup')]: KEPT_UP,
      [managed('AWSBackupServiceRolePolicyForRestores')]: KEPT_UP,
    });
  }
}

/** The finding about one of the platform's policies. */
function managed(policy: string): string {
  return `AwsSolutions::AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/${policy}]`;
}

const KEPT_UP = "The platform's own policy for its backup service; it is kept up by the platform.";
