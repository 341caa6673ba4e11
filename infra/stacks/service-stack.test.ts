import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { Match, type Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { RUNBOOKS } from '../constructs/alarm-board.ts';
import { stageOf } from '../stages.ts';
import { CONTEXT, stageInTransition, testInstallation } from '../test-installation.ts';

const { serviceTemplate: template, service } = testInstallation(stageInTransition('prod'));

interface Statement {
  readonly Effect: string;
  readonly Action: string | string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}

/** All statements by the logical id of the role they are for. */
function statementsOf(from: Template): Map<string, Statement[]> {
  const found = new Map<string, Statement[]>();
  for (const { Properties } of Object.values(from.findResources('AWS::IAM::Policy'))) {
    for (const role of Properties.Roles) {
      const before = found.get(role.Ref) ?? [];
      found.set(role.Ref, [...before, ...Properties.PolicyDocument.Statement]);
    }
  }
  return found;
}

const statements = statementsOf(template);
const actionsOf = (one: Statement) => [one.Action].flat();
const speaksOf = (one: Statement, what: string) => JSON.stringify(one.Resource).includes(what);

/** Roles that may do `action` to what is named `resource`. */
function whoMay(action: string, resource: string): string[] {
  return [...statements]
    .filter(([, list]) =>
      list.some(
        (one) =>
          one.Effect === 'Allow' && actionsOf(one).includes(action) && speaksOf(one, resource),
      ),
    )
    .map(([role]) => role.replace(/[0-9A-F]{8}$/, ''))
    .sort();
}

describe('who may do what', () => {
  it('lets only the worker and the participants API write the ledger, and nobody delete from it', () => {
    const writers = ['CaseApiParticipantsRole', 'WorkerRole'];
    expect(whoMay('dynamodb:PutItem', 'LedgerTable')).toEqual(writers);
    expect(whoMay('dynamodb:UpdateItem', 'LedgerTable')).toEqual(writers);
    expect(whoMay('dynamodb:PutItem', 'AuditTable')).toEqual(writers);
    expect(whoMay('dynamodb:UpdateItem', 'AuditTable')).toEqual([]);
    for (const table of ['LedgerTable', 'AuditTable', 'AlertsTable', 'InboxTable']) {
      expect(whoMay('dynamodb:DeleteItem', table)).toEqual([]);
    }
  });

  it('has no action with a wildcard, and no resource with one where an action knows resources', () => {
    const withoutResources = new Set([
      'dynamodb:ListStreams',
      'ecr:GetAuthorizationToken',
      'xray:PutTelemetryRecords',
      'xray:PutTraceSegments',
    ]);
    for (const one of [...statements.values()].flat()) {
      for (const action of actionsOf(one)) expect(action).not.toContain('*');
      if (actionsOf(one).every((action) => withoutResources.has(action))) continue;
      expect(JSON.stringify(one.Resource)).not.toContain('*');
    }
  });

  it('uses keys only through the tables, or for what was sealed in this network', () => {
    const unconditional = [...statements].flatMap(([role, list]) =>
      list
        .filter((one) => one.Condition === undefined)
        .filter((one) => actionsOf(one).some((action) => action.startsWith('kms:')))
        .map((one) => [role.slice(0, -8), actionsOf(one)]),
    );
    // The library's own statement for reading an encrypted stream: the platform polls it in the relay's name.
    expect(unconditional).toEqual([['AlertIntakeRelayRole', ['kms:Decrypt', 'kms:DescribeKey']]]);
  });

  it('opens secrets of sources only where alerts are received and notices are sent', () => {
    const openers = [...statements].filter(([, list]) =>
      list.some(
        (one) =>
          actionsOf(one).includes('kms:Decrypt') &&
          JSON.stringify(one.Condition ?? '').includes('"secret"'),
      ),
    );
    expect(openers.map(([role]) => role.slice(0, -8)).sort()).toEqual([
      'AlertIntakeReceiveAlertRole',
      'WorkerRole',
    ]);
  });

  it('still opens what an earlier key sealed, and seals nothing with it', () => {
    const earlier = 'arn:aws:kms:eu-west-1:111122223333:key/earlier';
    const stage = { ...stageInTransition('prod'), earlierSealingKeys: [earlier] };
    const found = [...statementsOf(testInstallation(stage).serviceTemplate).values()]
      .flat()
      .filter((one) => speaksOf(one, earlier));
    expect(found.length).toBeGreaterThan(0);
    for (const one of found) {
      expect(actionsOf(one)).toEqual(['kms:Decrypt']);
      expect(one.Condition).toBeDefined();
    }
  });

  it('gives the credentials for Temporal only to who talks to it', () => {
    expect(whoMay('secretsmanager:GetSecretValue', 'TemporalCredentials')).toEqual([
      'AlertIntakeRedeliverRole',
      'AlertIntakeRelayRole',
      'CaseApiCasesRole',
      'WorkerRole',
    ]);
  });
});

describe('the intake', () => {
  it('feeds the relay as the design says', () => {
    template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      BisectBatchOnFunctionError: true,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      MaximumRecordAgeInSeconds: 120,
      MaximumRetryAttempts: 3,
      StartingPosition: 'TRIM_HORIZON',
      FilterCriteria: {
        Filters: [
          {
            Pattern: JSON.stringify({
              eventName: ['INSERT'],
              dynamodb: { NewImage: { undeliveredShard: { S: [{ exists: true }] } } },
            }),
          },
        ],
      },
      DestinationConfig: { OnFailure: { Destination: Match.anyValue() } },
    });
  });

  it('redelivers every minute, one at a time', () => {
    template.hasResourceProperties('AWS::Events::Rule', { ScheduleExpression: 'rate(1 minute)' });
    template.hasResourceProperties('AWS::Lambda::Function', {
      Description: 'Relays what has waited for a minute',
      ReservedConcurrentExecutions: 1,
    });
  });

  it('makes up for no missed run of what a schedule calls', () => {
    template.resourceCountIs('AWS::Lambda::EventInvokeConfig', 2);
    template.allResourcesProperties('AWS::Lambda::EventInvokeConfig', {
      MaximumRetryAttempts: 0,
      MaximumEventAgeInSeconds: 60,
    });
  });
});

describe('every function', () => {
  /** Without the library's own one that closes the network's default security group when the stack is deployed. */
  const ours = Object.entries(template.findResources('AWS::Lambda::Function'))
    .filter(([id]) => !id.startsWith('Custom'))
    .map(([, resource]) => resource);

  it('runs on Node 24 and arm64, traced, with a log group that forgets', () => {
    expect(ours).toHaveLength(6);
    for (const { Properties } of ours) {
      expect(Properties).toMatchObject({
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        TracingConfig: { Mode: 'Active' },
        LoggingConfig: { LogGroup: expect.anything() },
      });
    }
    template.allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: 365 });
  });

  it('has a role of its own', () => {
    const roles = ours.map(({ Properties }) => JSON.stringify(Properties.Role));
    expect(new Set(roles).size).toBe(ours.length);
  });
});

describe('the API', () => {
  it('asks for a token before everything that is not public', () => {
    const routes = Object.values(template.findResources('AWS::ApiGatewayV2::Route'));
    const open = routes.filter(({ Properties }) => Properties.AuthorizationType === 'NONE');
    expect(open.map(({ Properties }) => Properties.RouteKey).sort()).toEqual([
      'ANY /{proxy+}',
      'GET /v1/health',
      'GET /v1/openapi.json',
      'POST /v1/alerts/{sourceId}',
      'PUT /v1/alerts/{sourceId}',
    ]);
    for (const { Properties } of routes.filter((route) => !open.includes(route))) {
      expect(Properties.AuthorizationType).toBe('JWT');
    }
  });

  it('throttles', () => {
    template.hasResourceProperties('AWS::ApiGatewayV2::Stage', {
      DefaultRouteSettings: { ThrottlingRateLimit: 10_000, ThrottlingBurstLimit: 5_000 },
    });
  });

  it('has a name of its own where the stage names one, and then no other', () => {
    const stage = {
      ...stageOf('dev', CONTEXT),
      domain: {
        name: 'slashing.example.org',
        certificateArn: 'arn:aws:acm:eu-west-1:111122223333:certificate/one',
        zone: { id: 'Z1', name: 'example.org' },
      },
    };
    const { serviceTemplate } = testInstallation(stage);
    serviceTemplate.hasResourceProperties('AWS::ApiGatewayV2::DomainName', {
      DomainName: 'slashing.example.org',
    });
    serviceTemplate.resourceCountIs('AWS::Route53::RecordSet', 2);
    serviceTemplate.hasResourceProperties('AWS::ApiGatewayV2::Api', {
      DisableExecuteApiEndpoint: true,
    });
    serviceTemplate.hasOutput('ApiUrl', { Value: 'https://slashing.example.org' });
  });

  it('takes the tokens of any issuer', () => {
    const { serviceTemplate } = testInstallation(stageOf('rehearsal', CONTEXT));
    serviceTemplate.resourceCountIs('AWS::Cognito::UserPool', 0);
    serviceTemplate.hasResourceProperties('AWS::ApiGatewayV2::Authorizer', {
      JwtConfiguration: { Issuer: CONTEXT.issuer, Audience: ['swarm-slashing'] },
    });
  });
});

describe('the worker', () => {
  it('runs one service for each build, behind no door, and stops politely', () => {
    template.resourceCountIs('AWS::ECS::Service', 2);
    for (const build of ['build-a', 'build-b']) {
      template.hasResourceProperties('AWS::ECS::TaskDefinition', {
        RuntimePlatform: { CpuArchitecture: 'ARM64' },
        ContainerDefinitions: [
          Match.objectLike({
            StopTimeout: 90,
            ReadonlyRootFilesystem: true,
            HealthCheck: Match.objectLike({
              Command: ['CMD', '/usr/local/bin/node', '/app/probe.mjs'],
            }),
            Environment: Match.arrayWith([{ Name: 'WORKER_BUILD_ID', Value: build }]),
          }),
        ],
      });
    }
    template.allResourcesProperties('AWS::EC2::SecurityGroup', {
      SecurityGroupIngress: Match.absent(),
    });
  });

  it('grows with the time that steps wait', () => {
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      MetricName: 'ScheduleToStartLatency',
      AlarmActions: [{ Ref: Match.stringLikeRegexp('Waiting') }],
    });
  });

  it('shrinks by one rule only, and keeps its size through a deployment', () => {
    for (const { Properties } of Object.values(
      template.findResources('AWS::ApplicationAutoScaling::ScalingPolicy', {
        Properties: { PolicyType: 'StepScaling' },
      }),
    )) {
      for (const step of Properties.StepScalingPolicyConfiguration.StepAdjustments) {
        expect(step.ScalingAdjustment).toBeGreaterThan(0);
      }
    }
    template.allResourcesProperties('AWS::ECS::Service', { DesiredCount: Match.absent() });
    template.allResourcesProperties('AWS::ApplicationAutoScaling::ScalableTarget', {
      MinCapacity: 2,
      MaxCapacity: 12,
    });
  });

  it('starts when its way out is there', () => {
    template.allResources('AWS::ECS::Service', {
      DependsOn: Match.arrayWith([Match.stringLikeRegexp('PrivateSubnet1DefaultRoute')]),
    });
  });

  it('is left out where no build shall serve', () => {
    const { serviceTemplate } = testInstallation(stageOf('prod', CONTEXT));
    serviceTemplate.resourceCountIs('AWS::ECS::Service', 0);
    serviceTemplate.resourceCountIs('AWS::EC2::VPC', 0);
  });
});

describe('alarms', () => {
  const root = path.resolve(import.meta.dirname, '../..');
  const names = [
    ...new Set(
      service.alarms.alarms.map(
        (alarm) => /runbooks\/(.+)\.md$/.exec(described(alarm.node.id))?.[1] ?? '',
      ),
    ),
  ];

  function described(id: string): string {
    const found = Object.values(template.findResources('AWS::CloudWatch::Alarm')).find(
      ({ Properties }) => Properties.AlarmName === `swarm-prod-${id}`,
    );
    return found?.Properties.AlarmDescription ?? '';
  }

  it.each(names)('%s has a runbook', (name) => {
    expect(existsSync(path.join(root, RUNBOOKS, `${name}.md`))).toBe(true);
  });

  it('has no runbook that no alarm leads to', () => {
    const pages = readdirSync(path.join(root, RUNBOOKS)).filter((file) => file !== 'README.md');
    expect(pages.map((file) => file.replace(/\.md$/, '')).sort()).toEqual([...names].sort());
  });

  it('may publish to its topic, and nobody else of the platform may', () => {
    const fromHere = { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } };
    template.hasResourceProperties('AWS::SNS::TopicPolicy', {
      PolicyDocument: {
        Statement: [
          Match.objectLike({ Effect: 'Deny', Action: 'sns:Publish' }),
          {
            Sid: 'AlarmsOfThisAccount',
            Effect: 'Allow',
            Principal: { Service: 'cloudwatch.amazonaws.com' },
            Action: 'sns:Publish',
            Resource: { Ref: Match.stringLikeRegexp('AlarmsTopic') },
            Condition: {
              StringEquals: fromHere,
              ArnLike: {
                'aws:SourceArn': {
                  'Fn::Join': ['', Match.arrayWith([':cloudwatch:', ':alarm:*'])],
                },
              },
            },
          },
        ],
      },
    });
    template.hasResourceProperties('AWS::KMS::Key', {
      KeyPolicy: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Principal: { Service: 'cloudwatch.amazonaws.com' },
            Condition: { StringEquals: fromHere },
          }),
        ]),
      },
    });
  });

  it('does not miss what is counted once, however late the count comes', () => {
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      AlarmName: 'swarm-prod-observations-quarantined',
      DatapointsToAlarm: 1,
      EvaluationPeriods: 5,
    });
  });

  it('reaches people, and says when all is well again', () => {
    for (const { Properties } of Object.values(
      template.findResources('AWS::CloudWatch::Alarm', {
        Properties: { AlarmName: Match.anyValue() },
      }),
    )) {
      expect(Properties.AlarmActions).toHaveLength(1);
      expect(Properties.OKActions).toEqual(Properties.AlarmActions);
    }
  });
});

it('is what was reviewed', () => {
  expect(template.toJSON()).toMatchSnapshot();
});
