import { Stack } from 'aws-cdk-lib';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { expect, it } from 'vitest';
import { stageOf } from './stages.ts';
import { CONTEXT, stageInTransition, testInstallation } from './test-installation.ts';

it.each(['dev', 'prod', 'rehearsal'])('the rule packs object to nothing in %s', (name) => {
  for (const stage of [stageOf(name, CONTEXT), stageInTransition(name)]) {
    const { app } = testInstallation(stage);
    expect(() => app.synth({ force: true })).not.toThrow();
  }
});

it('would notice what they object to', () => {
  const { app } = testInstallation(stageOf('dev', CONTEXT));
  new Bucket(new Stack(app, 'planted'), 'Open');
  expect(() => app.synth({ force: true })).toThrow('AwsSolutions-S1');
});

it('asks nobody anything, even where account and region are known', () => {
  const env = { account: '111122223333', region: 'eu-west-1' };
  const { app } = testInstallation({ ...stageInTransition('prod'), env });
  expect(app.synth({ force: true }).manifest.missing).toBeUndefined();
});
