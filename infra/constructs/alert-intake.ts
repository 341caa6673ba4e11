import { Duration } from 'aws-cdk-lib';
import type { ITable, Table } from 'aws-cdk-lib/aws-dynamodb';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { FilterCriteria, FilterRule, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { DynamoEventSource, SqsDlq } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.ts';
import type { Rights } from '../rights.ts';
import { EdgeFunction, type FunctionSurroundings } from './edge-function.ts';

/** What the relay and its second chance need: heads and members, the inbox, slots and records. */
const RELAY_RIGHTS: Rights = {
  tables: {
    alerts: ['read', 'put', 'update'],
    inbox: ['read', 'update'],
    // A slot is taken, updated and, when its case had ended before, given back.
    registry: ['read', 'put', 'update', 'delete'],
    // Whose control group is excluded (rule C8).
    ledger: ['read'],
  },
  opens: ['payload'],
  seals: ['payload'],
  reachesTemporal: true,
};

/** What the intake is made from. */
export interface AlertIntakeProps {
  readonly around: FunctionSurroundings;
  readonly inbox: Table;
}

/**
 * From the sender's post to the workflow: accept into the inbox, relay from its stream, and redeliver what the stream did not
 * bring (design §4). The inbox is the queue: a record that leaves the stream undelivered is not lost, `redeliver` finds it.
 */
export class AlertIntake extends Construct {
  readonly receiveAlert: EdgeFunction;
  readonly relay: EdgeFunction;
  readonly redeliver: EdgeFunction;
  readonly failures: Queue;

  constructor(scope: Construct, id: string, props: AlertIntakeProps) {
    super(scope, id);
    const { around } = props;
    this.receiveAlert = this.newReceiveAlert(around);
    this.relay = new EdgeFunction(this, 'Relay', around, {
      name: 'relay-observations',
      description: 'Takes observations from the inbox to their cases',
      memoryMb: 1024,
      timeout: Duration.seconds(20),
      rights: RELAY_RIGHTS,
      ...(around.stage.relayConcurrency !== null && {
        reservedConcurrency: around.stage.relayConcurrency,
      }),
    });
    this.redeliver = new EdgeFunction(this, 'Redeliver', around, {
      name: 'redeliver',
      description: 'Relays what has waited for a minute',
      memoryMb: 1024,
      timeout: Duration.seconds(55),
      rights: RELAY_RIGHTS,
      // Two at a time would only do the same work twice.
      reservedConcurrency: 1,
      runsOnSchedule: true,
    });
    this.failures = new Queue(this, 'RelayFailures', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    acknowledge(this.failures, {
      'AwsSolutions::AwsSolutions-SQS3': 'It is itself where failures go.',
      'Serverless::Serverless-SQSRedrivePolicy': 'It is itself where failures go.',
    });
    this.feedRelay(props.inbox);
    const rule = new Rule(this, 'EveryMinute', {
      description: 'Redelivers what the stream did not bring',
      schedule: Schedule.rate(Duration.minutes(1)),
      // That the function is called at all; what happens to the call then is the function's own setting.
      targets: [
        new LambdaFunction(this.redeliver.lambda, {
          retryAttempts: 0,
          maxEventAge: Duration.minutes(1),
        }),
      ],
    });
    acknowledge(rule, {
      'Serverless::Serverless-EventBusDLQ':
        'What a missed run would have brought, the next one brings.',
    });
  }

  private newReceiveAlert(around: FunctionSurroundings): EdgeFunction {
    const { receiveConcurrency } = around.stage;
    return new EdgeFunction(this, 'ReceiveAlert', around, {
      name: 'receive-alert',
      description: 'Verifies, judges and stores alerts',
      memoryMb: 512,
      timeout: Duration.seconds(10),
      rights: {
        tables: {
          alerts: ['read', 'put', 'update'],
          // A delivery that comes again is answered with the fates of what it brought.
          inbox: ['read', 'put', 'update'],
          registry: ['read', 'put'],
        },
        opens: ['secret'],
      },
      ...(receiveConcurrency !== null && { reservedConcurrency: receiveConcurrency }),
    });
  }

  private feedRelay(inbox: Table): void {
    this.relay.lambda.addEventSource(
      // The library's own types disagree about an absent stream under exactOptionalPropertyTypes.
      new DynamoEventSource(inbox as ITable, {
        startingPosition: StartingPosition.TRIM_HORIZON,
        batchSize: 100,
        retryAttempts: 3,
        maxRecordAge: Duration.seconds(120),
        bisectBatchOnError: true,
        reportBatchItemFailures: true,
        parallelizationFactor: 4,
        // Repeats and the relay's own marks come by the stream too; only what is undelivered has a shard.
        filters: [
          FilterCriteria.filter({
            eventName: FilterRule.isEqual('INSERT'),
            dynamodb: { NewImage: { undeliveredShard: { S: FilterRule.exists() } } },
          }),
        ],
        onFailure: new SqsDlq(this.failures),
      }),
    );
  }
}
