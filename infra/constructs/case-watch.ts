import { Duration } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.ts';
import { EdgeFunction, type FunctionSurroundings } from './edge-function.ts';

/** Counts every five minutes what has waited too long in cases; it reads, and changes nothing. */
export class CaseWatch extends Construct {
  readonly watch: EdgeFunction;

  constructor(scope: Construct, id: string, around: FunctionSurroundings) {
    super(scope, id);
    this.watch = new EdgeFunction(this, 'Watch', around, {
      name: 'watch-cases',
      description: 'Counts holds, audits and steps that have waited too long',
      memoryMb: 512,
      timeout: Duration.minutes(2),
      rights: { tables: { registry: ['read'] } },
      reservedConcurrency: 1,
      runsOnSchedule: true,
    });
    const rule = new Rule(this, 'EveryFiveMinutes', {
      description: 'Counts what has waited too long',
      schedule: Schedule.rate(Duration.minutes(5)),
      targets: [
        new LambdaFunction(this.watch.lambda, {
          retryAttempts: 0,
          maxEventAge: Duration.minutes(5),
        }),
      ],
    });
    acknowledge(rule, {
      'Serverless::Serverless-EventBusDLQ': 'A count that was missed is made by the next run.',
    });
  }
}
