import { RemovalPolicy } from 'aws-cdk-lib';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { Stage } from '../stages.ts';

/** A log group that forgets after the stage's time, and outlives its stack where the stage keeps logs. */
export function stageLogs(scope: Construct, id: string, stage: Stage): LogGroup {
  return new LogGroup(scope, id, {
    retention: stage.logRetentionDays,
    removalPolicy: stage.keepsLogs ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
  });
}
