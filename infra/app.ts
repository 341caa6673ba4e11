import path from 'node:path';
import { App } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { buildsOf } from './builds.ts';
import { installationOf } from './installation.ts';
import { readShape } from './shape.ts';
import { stageOf } from './stages.ts';

// cdk synth -c stage=dev|prod|rehearsal: the whole installation of one stage, from what npm run build made.

const dist = path.resolve(import.meta.dirname, '../dist');
const app = new App();
const context = (name: string): string => String(app.node.tryGetContext(name) ?? '');
const stage = stageOf(context('stage') || 'dev', {
  builds: buildsOf(context('builds') || withoutBuilds()),
  temporalAddress: context('temporalAddress'),
  issuer: context('issuer'),
  jwksUrl: context('jwksUrl'),
});
/** A deployment of production that forgets its workers would end them. */
function withoutBuilds(): string {
  if (context('stage') !== 'prod') return 'none';
  throw new Error('Say which builds of the worker shall serve: -c builds=id, or -c builds=none.');
}

installationOf(app, {
  stage,
  shape: readShape(path.join(dist, 'shape.json')),
  codeOf: (functionName) => Code.fromAsset(path.join(dist, 'functions', functionName)),
});
