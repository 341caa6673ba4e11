import { readFileSync } from 'node:fs';
import path from 'node:path';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { shapeOf } from '../scripts/shape.ts';
import { buildsOf } from './builds.ts';
import { installationOf } from './installation.ts';
import { type Stage, stageOf } from './stages.ts';

/** What a deployment would say, for stages that need none of it. */
export const CONTEXT = {
  builds: [],
  temporalAddress: '127.0.0.1:7233',
  issuer: 'http://127.0.0.1:8787',
  jwksUrl: 'http://127.0.0.1:8787/.well-known/jwks.json',
};

/** The feature flags of the project: templates differ by them. */
const { context } = JSON.parse(
  readFileSync(path.join(import.meta.dirname, '../cdk.json'), 'utf8'),
) as { context: Record<string, unknown> };

/** The stage of a name with two builds of the worker, as while one follows the other, and somebody to wake. */
export function stageInTransition(name: string): Stage {
  const stage = stageOf(name, { ...CONTEXT, builds: buildsOf('build-a,build-b') });
  return { ...stage, alarmMails: ['on-call@example.org'] };
}

/** The installation of a stage, with functions that do nothing in place of the bundles. */
export function testInstallation(stage: Stage) {
  const app = new App({ context });
  const { data, service } = installationOf(app, {
    stage,
    shape: shapeOf(),
    codeOf: () => Code.fromInline('exports.handler = async () => {};'),
  });
  return {
    app,
    data,
    service,
    dataTemplate: Template.fromStack(data),
    serviceTemplate: Template.fromStack(service),
  };
}
