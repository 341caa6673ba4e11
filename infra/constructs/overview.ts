import { Duration } from 'aws-cdk-lib';
import {
  type Alarm,
  AlarmStatusWidget,
  Dashboard,
  GraphWidget,
  type IMetric,
  PeriodOverride,
  SingleValueWidget,
  Stats,
  TextWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { functionsOf, type Watched } from '../alarms.ts';
import { ownMetric, workerMetric } from '../signals.ts';

const MINUTE = Duration.minutes(1);
const FIVE_MINUTES = Duration.minutes(5);

/** One page that answers: do alerts become cases, do cases move, does anybody wait. Read from the top. */
export class Overview extends Construct {
  constructor(scope: Construct, id: string, watched: Watched, alarms: readonly Alarm[]) {
    super(scope, id);
    const dashboard = new Dashboard(this, 'Dashboard', {
      dashboardName: `swarm-${watched.stage.name}`,
      defaultInterval: Duration.hours(6),
      periodOverride: PeriodOverride.AUTO,
    });
    dashboard.addWidgets(
      new TextWidget({
        width: 24,
        height: 2,
        markdown:
          '# Swarm Slashing\nAlerts → inbox → cases → steps. Every alarm has a runbook in docs/operating/runbooks.',
      }),
    );
    dashboard.addWidgets(
      new AlarmStatusWidget({ title: 'Alarms', alarms: [...alarms], width: 24 }),
    );
    dashboard.addWidgets(...waiting());
    dashboard.addWidgets(...intake(watched));
    dashboard.addWidgets(...cases());
    dashboard.addWidgets(...platform(watched));
  }
}

function waiting() {
  const gauge = (metricName: string) =>
    ownMetric('watch-cases', metricName, Stats.MAXIMUM, FIVE_MINUTES);
  return [
    new SingleValueWidget({
      title: 'Cases',
      width: 24,
      height: 3,
      metrics: [
        gauge('OpenCases'),
        gauge('HeldTooLong'),
        gauge('WaitingAtBreaker'),
        gauge('OverdueApprovals'),
        gauge('OverdueAudits'),
        gauge('OverdueDisputes'),
        gauge('OverdueSteps'),
        ownMetric('redeliver', 'OldestUndeliveredAge', Stats.MAXIMUM),
      ],
    }),
  ];
}

function intake({ intake }: Watched) {
  const received = (metricName: string) => ownMetric('receive-alert', metricName, Stats.SUM);
  return [
    graph('Alerts', [
      received('AlertsAccepted'),
      received('AlertsDuplicate'),
      received('AlertsQuarantined'),
    ]),
    graph('Deliveries', [
      received('DeliveriesAccepted'),
      received('DeliveriesRefused'),
      received('DeliveriesShed'),
    ]),
    graph('From alert to case', [
      ownMetric('relay-observations', 'AlertToCaseLatency', Stats.percentile(50)),
      ownMetric('relay-observations', 'AlertToCaseLatency', Stats.percentile(99)),
      intake.relay.lambda.metric('IteratorAge', { statistic: Stats.MAXIMUM, period: MINUTE }),
    ]),
  ];
}

function cases() {
  return [
    graph('Waiting for a worker', [
      workerMetric('ScheduleToStartLatency', Stats.percentile(50)),
      workerMetric('ScheduleToStartLatency', Stats.percentile(95)),
    ]),
    graph('Steps', [
      workerMetric('StepDuration', Stats.percentile(50)),
      workerMetric('StepDuration', Stats.percentile(99)),
    ]),
    graph('Steps that failed, actions that were refused', [
      workerMetric('StepFailures', Stats.SUM),
      workerMetric('StepRefusals', Stats.SUM),
    ]),
  ];
}

function platform(watched: Watched) {
  const functions = functionsOf(watched);
  const each = (metricName: string, statistic: string) =>
    functions.map(({ lambda, name }) =>
      lambda.metric(metricName, { statistic, period: MINUTE, label: name }),
    );
  return [
    graph('Functions: errors', each('Errors', Stats.SUM)),
    graph('Functions: duration', each('Duration', Stats.percentile(99))),
    graph('API', [
      watched.caseApi.api.metricCount({ period: MINUTE }),
      watched.caseApi.api.metricClientError({ period: MINUTE }),
      watched.caseApi.api.metricServerError({ period: MINUTE }),
    ]),
  ];
}

function graph(title: string, left: IMetric[]): GraphWidget {
  return new GraphWidget({ title, left, width: 8, height: 6 });
}
