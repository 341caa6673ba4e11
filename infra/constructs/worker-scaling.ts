import { Duration } from 'aws-cdk-lib';
import { AdjustmentType } from 'aws-cdk-lib/aws-applicationautoscaling';
import type { FargateService } from 'aws-cdk-lib/aws-ecs';
import { workerMetric } from '../signals.ts';
import type { StageWorker } from '../stages.ts';

/**
 * Grows while tasks wait for a worker, which is what their cases feel, or while it is busy. Only the second rule shrinks it, slowly: a
 * worker whose tasks never wait may still be needed for that.
 */
export function scale(service: FargateService, tasks: StageWorker['tasks']): void {
  const scaling = service.autoScaleTaskCount({ minCapacity: tasks.least, maxCapacity: tasks.most });
  scaling.scaleOnMetric('Waiting', {
    metric: workerMetric('ScheduleToStartLatency', 'p95'),
    adjustmentType: AdjustmentType.CHANGE_IN_CAPACITY,
    evaluationPeriods: 3,
    cooldown: Duration.minutes(3),
    scalingSteps: [
      { lower: 1_000, change: +1 },
      { lower: 5_000, change: +3 },
    ],
  });
  scaling.scaleOnCpuUtilization('Busy', {
    targetUtilizationPercent: 60,
    scaleInCooldown: Duration.minutes(10),
  });
}
