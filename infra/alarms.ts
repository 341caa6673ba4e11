import { Duration } from 'aws-cdk-lib';
import { type IMetric, MathExpression, Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import type { AlertIntake } from './constructs/alert-intake.ts';
import type { CaseApi } from './constructs/case-api.ts';
import type { CaseWatch } from './constructs/case-watch.ts';
import type { EdgeFunction } from './constructs/edge-function.ts';
import type { TableKind } from './shape.ts';
import { ownMetric, workerMetric } from './signals.ts';
import type { Stage } from './stages.ts';

/** When somebody must look. Its name is that of its runbook in `docs/operating/runbooks/`. */
export interface AlarmDefinition {
  readonly name: string;
  /** What has happened, for whoever is woken. */
  readonly says: string;
  readonly metric: IMetric;
  /** What it is about where one alarm watches several alike, such as a table. */
  readonly subject?: string;
  /** Goes off above this value, or below it. */
  readonly above?: number;
  readonly below?: number;
  /** In how many of the last periods. */
  readonly periods: number;
  readonly of: number;
  /** What no value means: that all is well, or that whoever counts has stopped. */
  readonly silence: 'well' | 'alarming';
}

/** The parts of an installation that can fail. */
export interface Watched {
  readonly stage: Stage;
  readonly intake: AlertIntake;
  readonly caseApi: CaseApi;
  readonly caseWatch: CaseWatch;
  readonly tables: Readonly<Record<TableKind, Table>>;
  /** Names of each table's indexes. */
  readonly indexes: Readonly<Record<TableKind, readonly string[]>>;
}

/** Every function of an installation. */
export function functionsOf({ intake, caseApi, caseWatch }: Watched): readonly EdgeFunction[] {
  return [
    intake.receiveAlert,
    intake.relay,
    intake.redeliver,
    caseApi.casesApi,
    caseApi.participantsApi,
    caseApi.adminApi,
    caseWatch.watch,
  ];
}

/** Every alarm of an installation. */
export function alarmsOf(watched: Watched): AlarmDefinition[] {
  return [
    ...intakeAlarms(watched.intake),
    ...caseAlarms(),
    ...watchAlarms(),
    ...functionAlarms(watched),
    ...apiAlarms(watched.caseApi),
    ...storeAlarms(watched),
    ...(watched.stage.worker.builds.length > 0 ? workerAlarms() : []),
  ];
}

const lasting = { periods: 3, of: 5, silence: 'well' } as const;

function intakeAlarms({ relay, failures }: AlertIntake): AlarmDefinition[] {
  return [
    {
      name: 'alert-to-case-slow',
      says: 'Accepted alerts take more than a minute to reach their case.',
      metric: new MathExpression({
        expression: 'MAX([FILL(relay, 0), FILL(again, 0)])',
        usingMetrics: {
          relay: ownMetric('relay-observations', 'AlertToCaseLatency', Stats.percentile(99)),
          again: ownMetric('redeliver', 'AlertToCaseLatency', Stats.percentile(99)),
        },
        label: 'AlertToCaseLatency p99',
        period: Duration.minutes(1),
      }),
      above: 60_000,
      ...lasting,
    },
    {
      name: 'iterator-age',
      says: 'The relay is more than a minute behind the stream of the inbox.',
      metric: relay.lambda.metric('IteratorAge', {
        statistic: Stats.MAXIMUM,
        period: Duration.minutes(1),
      }),
      above: 60_000,
      ...lasting,
    },
    {
      name: 'oldest-undelivered',
      says: 'An accepted observation has waited for five minutes, or redeliver does not run: the gate holds every case.',
      metric: ownMetric('redeliver', 'OldestUndeliveredAge', Stats.MAXIMUM),
      above: 300_000,
      ...lasting,
      silence: 'alarming',
    },
    {
      name: 'relay-failures-queue',
      says: 'The stream gave up on a range of records; redeliver brings them, the cause is still there.',
      metric: failures.metricApproximateNumberOfMessagesVisible({ period: Duration.minutes(1) }),
      above: 0,
      periods: 1,
      of: 1,
      silence: 'well',
    },
    {
      name: 'observations-quarantined',
      says: 'An accepted observation could not be relayed and was put aside.',
      metric: new MathExpression({
        expression: 'FILL(relay, 0) + FILL(again, 0)',
        usingMetrics: {
          relay: ownMetric('relay-observations', 'ObservationsQuarantined', Stats.SUM),
          again: ownMetric('redeliver', 'ObservationsQuarantined', Stats.SUM),
        },
        period: Duration.minutes(1),
      }),
      above: 0,
      // Metrics in logs come late, and FILL says 0 for the newest minute until they are there: one look would miss them.
      periods: 1,
      of: 5,
      silence: 'well',
    },
    {
      name: 'deliveries-refused',
      says: 'A sender is refused again and again: a secret was changed on one side, or somebody tries.',
      metric: ownMetric('receive-alert', 'DeliveriesRefused', Stats.SUM),
      above: 20,
      ...lasting,
    },
    {
      name: 'deliveries-shed',
      says: 'Deliveries are turned away because there are too many at once.',
      metric: ownMetric('receive-alert', 'DeliveriesShed', Stats.SUM),
      above: 0,
      ...lasting,
    },
  ];
}

/** Counted every five minutes; silence means that nobody counts. */
function caseAlarms(): AlarmDefinition[] {
  const counted = (metricName: string) =>
    ownMetric('watch-cases', metricName, Stats.MAXIMUM, Duration.minutes(5));
  const gauge = { above: 0, periods: 2, of: 2, silence: 'alarming' } as const;
  return [
    {
      name: 'held-too-long',
      says: 'A case is held beyond the limit of its hold (rule A6): a person must decide.',
      metric: counted('HeldTooLong'),
      ...gauge,
    },
    {
      name: 'breaker-waiting',
      says: 'Impositions wait at the network breaker (rule D12): much of the network fails at once, or what watches it does.',
      metric: counted('WaitingAtBreaker'),
      ...gauge,
    },
    {
      name: 'overdue-audits',
      says: 'An appeal waits for an auditor longer than its term (rule E6).',
      metric: counted('OverdueAudits'),
      ...gauge,
    },
    {
      name: 'overdue-approvals',
      says: 'A proposed rung waits for approvals though its window is over (rule E2): unapproved, it lapses.',
      metric: counted('OverdueApprovals'),
      ...gauge,
    },
    {
      name: 'overdue-disputes',
      says: 'A dispute has outlived its first panel (rule E5): undecided at the hard stop, its money goes back (rule D7).',
      metric: counted('OverdueDisputes'),
      ...gauge,
    },
    {
      name: 'overdue-steps',
      says: 'A case has not done what was due a quarter of an hour ago: its workflow stands still.',
      metric: counted('OverdueSteps'),
      ...gauge,
    },
  ];
}

/** Counted by each look of the network at itself; the daily one reconciles the ledger. */
function watchAlarms(): AlarmDefinition[] {
  const found = (metricName: string) => workerMetric(metricName, Stats.MAXIMUM);
  const once = { above: 0, periods: 1, of: 1, silence: 'well' } as const;
  return [
    {
      name: 'ledger-unbalanced',
      says: 'Accounts, transfers and cases of the ledger disagree (invariants H1, H17).',
      metric: found('LedgerFaults'),
      ...once,
    },
    {
      name: 'lost-cases',
      says: 'A case had no running workflow, or a workflow no case; the watch has mended what it could.',
      metric: new MathExpression({
        expression: 'FILL(lost, 0) + FILL(stray, 0)',
        usingMetrics: { lost: found('LostCases'), stray: found('StrayWorkflows') },
        label: 'LostCases',
        period: Duration.minutes(1),
      }),
      above: 0,
      periods: 1,
      of: 5,
      silence: 'well',
    },
    {
      name: 'network-watch-away',
      says: 'The network has not looked at itself for half an hour: shortfalls and lost cases are not seen.',
      metric: ownMetric('worker', 'WatchRuns', Stats.SUM, Duration.minutes(30)),
      below: 1,
      periods: 1,
      of: 1,
      silence: 'alarming',
    },
    {
      name: 'network-watch-failing',
      says: 'A part of the watch could not be looked at, again and again.',
      metric: ownMetric('worker', 'WatchFailures', Stats.SUM, Duration.minutes(30)),
      above: 0,
      periods: 2,
      of: 2,
      silence: 'well',
    },
  ];
}

function functionAlarms(watched: Watched): AlarmDefinition[] {
  const functions = functionsOf(watched);
  const sumOf = (metricName: 'Errors' | 'Throttles') => {
    const metrics = functions.map(({ lambda }, index): [string, IMetric] => [
      `f${index}`,
      lambda.metric(metricName, { statistic: Stats.SUM, period: Duration.minutes(1) }),
    ]);
    return new MathExpression({
      expression: metrics.map(([id]) => `FILL(${id}, 0)`).join(' + '),
      usingMetrics: Object.fromEntries(metrics),
      label: metricName,
      period: Duration.minutes(1),
    });
  };
  return [
    {
      name: 'functions-failing',
      says: 'A function ends with an error instead of an answer.',
      metric: sumOf('Errors'),
      above: 0,
      ...lasting,
    },
    {
      name: 'functions-throttled',
      says: 'Functions are not started because too many run already.',
      metric: sumOf('Throttles'),
      above: 0,
      ...lasting,
    },
  ];
}

function apiAlarms({ api }: CaseApi): AlarmDefinition[] {
  return [
    {
      name: 'api-failing',
      says: 'The API answers with errors of its own (5xx).',
      metric: api.metricServerError({ statistic: Stats.SUM, period: Duration.minutes(1) }),
      above: 5,
      ...lasting,
    },
  ];
}

function storeAlarms({ tables, indexes }: Watched): AlarmDefinition[] {
  return Object.entries(tables).map(([subject, table]) => ({
    name: 'store-throttled',
    subject,
    says: 'A table turns requests away; steps and deliveries are tried again and become slow.',
    metric: throttledOf(table, indexes[subject as TableKind]),
    above: 10,
    ...lasting,
  }));
}

/** Every read and write that a table or one of its indexes turned away; an index that cannot keep up stops its table's writes. */
function throttledOf(table: Table, indexes: readonly string[]): IMetric {
  const places = [{}, ...indexes.map((name) => ({ GlobalSecondaryIndexName: name }))];
  const metrics = places.flatMap((place, at) =>
    ['Read', 'Write'].map((kind): [string, IMetric] => [
      `${kind.toLowerCase()}${at}`,
      new Metric({
        namespace: 'AWS/DynamoDB',
        metricName: `${kind}ThrottleEvents`,
        dimensionsMap: { TableName: table.tableName, ...place },
        statistic: Stats.SUM,
        period: Duration.minutes(1),
      }),
    ]),
  );
  return new MathExpression({
    expression: metrics.map(([id]) => `FILL(${id}, 0)`).join(' + '),
    usingMetrics: Object.fromEntries(metrics),
    label: 'Throttled',
    period: Duration.minutes(1),
  });
}

function workerAlarms(): AlarmDefinition[] {
  return [
    {
      name: 'worker-away',
      says: 'No worker polls: cases stand still, and their clocks are frozen when one comes back.',
      metric: workerMetric('PollersAlive', Stats.MAXIMUM),
      below: 1,
      periods: 3,
      of: 3,
      silence: 'alarming',
    },
    {
      name: 'schedule-to-start-slow',
      says: 'Steps wait for a worker for more than five seconds, and growing has not helped.',
      metric: workerMetric('ScheduleToStartLatency', Stats.percentile(95)),
      above: 5_000,
      periods: 10,
      of: 15,
      silence: 'well',
    },
    {
      name: 'steps-failing',
      says: 'Steps of cases fail and are tried again; nothing is lost, but the case waits.',
      metric: workerMetric('StepFailures', Stats.SUM),
      above: 0,
      periods: 10,
      of: 15,
      silence: 'well',
    },
  ];
}
