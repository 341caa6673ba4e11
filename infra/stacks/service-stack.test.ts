import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { stageOf } from '../stages.ts';
import { CONTEXT, stageInTransition, testInstallation } from '../test-installation.ts';

const { serviceTemplate: template } = testInstallation(stageInTransition('prod'));

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
  const ours = Object.values(template.findResources('AWS::Lambda::Function'));

  it('runs on Node 24 and arm64, traced, with a log group that forgets', () => {
    expect(ours).toHaveLength(7);
    for (const { Properties } of ours) {
      expect(Properties).toMatchObject({
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        TracingConfig: { Mode: 'Active' },
        LoggingConfig: { LogGroup: expect.anything() },
      });
    }
  });

  it('is what the log groups of the stack belong to, all of which forget and are kept', () => {
    template.allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: 365 });
    template.allResources('AWS::Logs::LogGroup', { DeletionPolicy: 'Retain' });
    const dev = testInstallation(stageInTransition('dev'));
    dev.serviceTemplate.allResources('AWS::Logs::LogGroup', { DeletionPolicy: 'Delete' });
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
      DefaultRouteSettings: { ThrottlingRateLimit: 9_000, ThrottlingBurstLimit: 4_500 },
    });
  });

  it('throttles what asks for no proof by itself, once its routes are there', () => {
    const [stage] = Object.values(template.findResources('AWS::ApiGatewayV2::Stage'));
    const settings = stage?.Properties.RouteSettings;
    expect(Object.keys(settings).sort()).toEqual([
      'ANY /{proxy+}',
      'GET /v1/health',
      'GET /v1/openapi.json',
    ]);
    for (const one of Object.values(settings)) {
      expect(one).toMatchObject({ ThrottlingRateLimit: 50, ThrottlingBurstLimit: 50 });
    }
    const routes = template.findResources('AWS::ApiGatewayV2::Route');
    const named = Object.keys(routes).filter((id) => routes[id]?.Properties.RouteKey in settings);
    expect(stage?.['DependsOn']).toEqual(expect.arrayContaining(named));
  });

  it('leaves the addresses of senders in its log, and no query', () => {
    const [stage] = Object.values(template.findResources('AWS::ApiGatewayV2::Stage'));
    const format = stage?.Properties.AccessLogSettings.Format;
    expect(format).toContain('$context.identity.sourceIp');
    expect(format).not.toMatch(/query/i);
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
      DomainNameConfigurations: [Match.objectLike({ IpAddressType: 'dualstack' })],
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

  it('takes what proves it to the place of its spans from a secret', () => {
    const { worker, ...stage } = stageInTransition('prod');
    const otlpHeadersSecretArn = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:otlp-AbCdEf';
    const { serviceTemplate } = testInstallation({
      ...stage,
      worker: { ...worker, otlpHeadersSecretArn },
    });
    serviceTemplate.allResourcesProperties('AWS::ECS::TaskDefinition', {
      ContainerDefinitions: [
        Match.objectLike({
          Secrets: [{ Name: 'OTEL_EXPORTER_OTLP_HEADERS', ValueFrom: otlpHeadersSecretArn }],
        }),
      ],
    });
  });

  it('is left out where no build shall serve', () => {
    const { serviceTemplate } = testInstallation(stageOf('prod', CONTEXT));
    serviceTemplate.resourceCountIs('AWS::ECS::Service', 0);
    serviceTemplate.resourceCountIs('AWS::EC2::VPC', 0);
  });
});

it('is what was reviewed', () => {
  expect(template.toJSON()).toMatchSnapshot();
});
