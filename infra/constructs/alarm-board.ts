import { Annotations, ArnFormat, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.ts';
import type { AlarmDefinition } from '../alarms.ts';
import type { Stage } from '../stages.ts';

/** Folder of the runbooks, one for each alarm's name. */
export const RUNBOOKS = 'docs/operating/runbooks';

/** Every alarm, and the topic through which it reaches people: mail of the stage, and whatever else subscribes. */
export class AlarmBoard extends Construct {
  readonly topic: Topic;
  readonly alarms: readonly Alarm[];

  constructor(
    scope: Construct,
    id: string,
    props: { readonly stage: Stage; readonly definitions: readonly AlarmDefinition[] },
  ) {
    super(scope, id);
    this.topic = new Topic(this, 'Topic', { masterKey: this.key(), enforceSSL: true });
    this.letAlarmsPublish();
    const { alarmMails } = props.stage;
    for (const mail of alarmMails ?? []) {
      acknowledge(this.topic.addSubscription(new EmailSubscription(mail)), {
        'Serverless::Serverless-SNSRedrivePolicy':
          'A mail that cannot be delivered is read by nobody in a queue either: the alarm keeps its state, on the dashboard too.',
      });
    }
    if (alarmMails?.length === 0) {
      Annotations.of(this).addWarningV2(
        'swarm-slashing:nobody-is-woken',
        `No alarm of "${props.stage.name}" reaches anybody: name somebody in alarmMails (infra/stages.ts).`,
      );
    }
    this.alarms = props.definitions.map((definition) => this.alarm(props.stage, definition));
  }

  /** The policy that asks for TLS takes the place of the topic's own, by which the account's alarms might publish. */
  private letAlarmsPublish(): void {
    const stack = Stack.of(this);
    const alarms = stack.formatArn({
      service: 'cloudwatch',
      resource: 'alarm',
      resourceName: '*',
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    this.topic.addToResourcePolicy(
      new PolicyStatement({
        sid: 'AlarmsOfThisAccount',
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [this.topic.topicArn],
        conditions: {
          StringEquals: { 'aws:SourceAccount': stack.account },
          ArnLike: { 'aws:SourceArn': alarms },
        },
      }),
    );
  }

  /** CloudWatch may only publish to an encrypted topic whose key it may use. */
  private key(): Key {
    const key = new Key(this, 'Key', {
      description: 'Alarms on their way to people',
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    key.grantEncryptDecrypt(
      new ServicePrincipal('cloudwatch.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    );
    return key;
  }

  private alarm(stage: Stage, definition: AlarmDefinition): Alarm {
    const { name, subject, says, metric, above, below, periods, of, silence } = definition;
    const fullName = subject === undefined ? name : `${name}-${subject}`;
    const alarm = new Alarm(this, fullName, {
      // Whoever is woken finds the runbook by this name.
      alarmName: `swarm-${stage.name}-${fullName}`,
      alarmDescription: `${says} What to do: ${RUNBOOKS}/${name}.md`,
      metric,
      threshold: above ?? below ?? 0,
      comparisonOperator:
        above === undefined
          ? ComparisonOperator.LESS_THAN_THRESHOLD
          : ComparisonOperator.GREATER_THAN_THRESHOLD,
      datapointsToAlarm: periods,
      evaluationPeriods: of,
      treatMissingData:
        silence === 'alarming' ? TreatMissingData.BREACHING : TreatMissingData.NOT_BREACHING,
    });
    const action = new SnsAction(this.topic);
    alarm.addAlarmAction(action);
    alarm.addOkAction(action);
    return alarm;
  }
}
