import path from 'node:path';
import { App, Tags } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { readShape } from './shape.ts';
import { DataStack } from './stacks/data-stack.ts';
import { ServiceStack } from './stacks/service-stack.ts';
import { stageOf } from './stages.ts';

// cdk synth -c stage=dev|prod|rehearsal: the whole installation of one stage, from what npm run build made.

const dist = path.resolve(import.meta.dirname, '../dist');
const app = new App();
const context = (name: string): string => String(app.node.tryGetContext(name) ?? '');
const stage = stageOf(context('stage') || 'dev', {
  temporalAddress: context('temporalAddress'),
  issuer: context('issuer'),
  jwksUrl: context('jwksUrl'),
});
const shape = readShape(path.join(dist, 'shape.json'));
const name = `swarm-${stage.name}`;
const env = stage.env ?? {};

const data = new DataStack(app, `${name}-data`, { stage, shape, env });
const codeOf = (functionName: string) => Code.fromAsset(path.join(dist, 'functions', functionName));
new ServiceStack(app, `${name}-service`, { stage, shape, env, data, codeOf });
Tags.of(app).add('system', 'swarm-slashing');
Tags.of(app).add('stage', stage.name);
