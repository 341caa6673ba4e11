import { type App, Tags, Validations } from 'aws-cdk-lib';
import type { Code } from 'aws-cdk-lib/aws-lambda';
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag';
import type { Shape } from './shape.ts';
import { DataStack } from './stacks/data-stack.ts';
import { ServiceStack } from './stacks/service-stack.ts';
import type { Stage } from './stages.ts';

/** What an installation is made from. */
export interface InstallationProps {
  readonly stage: Stage;
  readonly shape: Shape;
  /** Where the bundle of a function comes from. */
  readonly codeOf: (functionName: string) => Code;
}

/** The stacks of one stage, in an app that refuses to synthesise what the rule packs object to. */
export function installationOf(app: App, props: InstallationProps) {
  const { stage } = props;
  const name = `swarm-${stage.name}`;
  const env = stage.env ?? {};
  const data = new DataStack(app, `${name}-data`, { ...props, env });
  const service = new ServiceStack(app, `${name}-service`, { ...props, env, data });
  Tags.of(app).add('system', 'swarm-slashing');
  Tags.of(app).add('stage', stage.name);
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new ServerlessChecks(app));
  return { data, service };
}
