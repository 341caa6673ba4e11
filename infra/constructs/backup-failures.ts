import { Stack } from 'aws-cdk-lib';
import type { BackupVault } from 'aws-cdk-lib/aws-backup';
import { Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Topic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.ts';
import { RUNBOOKS } from './alarm-board.ts';

/** Name of its runbook. */
export const BACKUPS_FAILING = 'backups-failing';

const MESSAGE = RuleTargetInput.fromText(
  `A snapshot of a table was not made. What to do: ${RUNBOOKS}/${BACKUPS_FAILING}.md`,
);

/** Tells people of each snapshot that was not made. An event and no alarm: every one of them matters, and none is ever taken back. */
export class BackupFailures extends Construct {
  constructor(
    scope: Construct,
    id: string,
    { vault, topic }: { readonly vault: BackupVault; readonly topic: Topic },
  ) {
    super(scope, id);
    const role = publisher(this, topic);
    const rule = new Rule(this, 'Failed', {
      description: 'Snapshots of tables that were not made',
      eventPattern: {
        source: ['aws.backup'],
        detailType: ['Backup Job State Change'],
        detail: {
          state: ['FAILED', 'ABORTED', 'EXPIRED'],
          backupVaultName: [vault.backupVaultName],
        },
      },
      targets: [{ bind: () => ({ arn: topic.topicArn, role, input: MESSAGE }) }],
    });
    acknowledge(rule, {
      'Serverless::Serverless-EventBusDLQ':
        'What is not told is still there: the list of jobs says it, and the next night fails alike.',
    });
  }
}

/** A role of its own: the topic's policy then knows nobody but alarms. */
function publisher(scope: Construct, topic: Topic): Role {
  const { account, region } = Stack.of(scope);
  const role = new Role(scope, 'Role', {
    description: 'Tells people of snapshots that were not made',
    assumedBy: new ServicePrincipal('events.amazonaws.com', {
      conditions: { StringEquals: { 'aws:SourceAccount': account } },
    }),
  });
  role.addToPolicy(new PolicyStatement({ actions: ['sns:Publish'], resources: [topic.topicArn] }));
  if (topic.masterKey === undefined) return role;
  role.addToPolicy(
    new PolicyStatement({
      actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
      resources: [topic.masterKey.keyArn],
      conditions: { StringEquals: { 'kms:ViaService': `sns.${region}.amazonaws.com` } },
    }),
  );
  return role;
}
