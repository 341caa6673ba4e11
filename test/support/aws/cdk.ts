import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { type CommandResult, run } from '../../../apps/local/parts/which.ts';
import { type LocalAws, localAws } from '../parts/ministack.ts';
import { projectDir } from '../run/budgets.ts';

/** The plain CDK command line, talking to one local AWS. */
export interface Cdk {
  /** Runs a command and insists that it ends well. Returns what it said. */
  run(...args: string[]): Promise<string>;
  /** Runs a command that is expected to fail. Returns what it said; throws when it ended well. */
  fails(...args: string[]): Promise<string>;
}

const cdkProgram = path.join(projectDir, 'node_modules/aws-cdk/bin/cdk');

/** Prepares the command line: its home is a folder of the test's, so that nothing of this machine's settings is read. */
export function cdkOf(aws: LocalAws, folder: string): Cdk {
  const home = path.join(folder, 'home');
  mkdirSync(home, { recursive: true });
  const env = {
    PATH: [path.dirname(process.execPath), '/usr/bin', '/bin'].join(path.delimiter),
    HOME: home,
    ...awsEnv(aws),
  };
  const call = (args: readonly string[]) => runCdk(args, env);
  return {
    async run(...args) {
      const { code, output } = await call(args);
      if (code !== 0) throw new Error(`cdk ${args.join(' ')} ended with ${code}:\n${output}`);
      return output;
    },
    async fails(...args) {
      const { code, output } = await call(args);
      if (code === 0) throw new Error(`cdk ${args.join(' ')} was expected to fail:\n${output}`);
      return output;
    },
  };
}

/** How any AWS client finds a local AWS and trusts it. */
function awsEnv(aws: LocalAws): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: aws.endpoint,
    AWS_ACCESS_KEY_ID: localAws.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: localAws.credentials.secretAccessKey,
    AWS_REGION: localAws.region,
    ...(aws.certificate !== null && {
      AWS_CA_BUNDLE: aws.certificate,
      NODE_EXTRA_CA_CERTS: aws.certificate,
    }),
  };
}

function runCdk(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<CommandResult> {
  return run(process.execPath, [cdkProgram, ...args], { cwd: projectDir, env, withinMs: 180_000 });
}

/** What `-c name=value` tells the app. */
export type AppContext = Readonly<Record<string, string>>;

/**
 * Writes the templates of the rehearsal stage to a folder, without credentials. What `npm run build` made must be there.
 * @returns the folder, to deploy from with `--app`
 */
export async function synthesise(folder: string, context: AppContext): Promise<string> {
  const assembly = path.join(folder, 'cdk.out');
  const given = { stage: 'rehearsal', ...context };
  const args = Object.entries(given).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const env = { PATH: process.env['PATH'] ?? '', HOME: folder };
  const { code, output } = await runCdk(['synth', '--quiet', '--output', assembly, ...args], env);
  if (code !== 0) throw new Error(`cdk synth ended with ${code}:\n${output}`);
  return assembly;
}

/** Prepares account and region as a person does before the first deployment. */
export function bootstrap(cdk: Cdk): Promise<string> {
  return cdk.run('bootstrap', `aws://${localAws.account}/${localAws.region}`);
}

/** Outputs by stack and name. */
export type Outputs = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Deploys all stacks of an assembly. Returns their outputs. */
export async function deploy(cdk: Cdk, assembly: string): Promise<Outputs> {
  const file = path.join(path.dirname(assembly), 'outputs.json');
  await cdk.run(...deployArgs(assembly), '--all', '--outputs-file', file);
  return JSON.parse(readFileSync(file, 'utf8'));
}

/** Arguments of a deployment that asks nothing. */
export function deployArgs(assembly: string): string[] {
  return ['deploy', '--app', assembly, '--require-approval', 'never'];
}
