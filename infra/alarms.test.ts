import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { RUNBOOKS } from './constructs/alarm-board.ts';
import { BACKUPS_FAILING } from './constructs/backup-failures.ts';
import { type Stage, stageOf } from './stages.ts';
import { CONTEXT, stageInTransition, testInstallation } from './test-installation.ts';

const { serviceTemplate: template, service } = testInstallation(stageInTransition('prod'));

describe('alarms', () => {
  const root = path.resolve(import.meta.dirname, '..');
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
    const led = [...names, BACKUPS_FAILING];
    expect(pages.map((file) => file.replace(/\.md$/, '')).sort()).toEqual(led.sort());
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

  it('is joined by the snapshots that were not made', () => {
    template.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: {
        source: ['aws.backup'],
        detail: Match.objectLike({ state: ['FAILED', 'ABORTED', 'EXPIRED'] }),
      },
      Targets: [Match.objectLike({ Arn: { Ref: Match.stringLikeRegexp('AlarmsTopic') } })],
    });
  });

  it('says when it can reach nobody', () => {
    const warned = (alarmMails: Stage['alarmMails']) =>
      Annotations.fromStack(
        testInstallation({ ...stageOf('dev', CONTEXT), alarmMails }).service,
      ).findWarning('*', Match.stringLikeRegexp('alarmMails'));
    expect(warned([])).toHaveLength(1);
    expect(warned(['on-call@example.org'])).toEqual([]);
    expect(warned(null)).toEqual([]);
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
