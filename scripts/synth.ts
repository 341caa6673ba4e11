import { spawnSync } from 'node:child_process';
import path from 'node:path';

// npm run synth [-- -c stage=prod]: builds, then writes the templates of a stage to cdk.out. Needs no credentials, network or Docker.

const root = path.dirname(import.meta.dirname);

function run(file: string, args: readonly string[]): void {
  const { status } = spawnSync(process.execPath, [file, ...args], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, PATH: `${path.dirname(process.execPath)}:${process.env['PATH']}` },
  });
  if (status !== 0) process.exit(status ?? 1);
}

run(path.join(root, 'scripts/build.ts'), []);
run(path.join(root, 'node_modules/aws-cdk/bin/cdk'), [
  'synth',
  '--quiet',
  ...process.argv.slice(2),
]);
