import { createRequire } from 'node:module';
import path from 'node:path';
import { run } from '../../../apps/local/parts/which.ts';
import { projectDir } from './budgets.ts';
import { failure, hangLimitMs, type Outcome } from './outcome.ts';

interface Check {
  /** A file of the project (`./…`), or a package and the path of its JavaScript entry. */
  readonly entry: string;
  readonly args: readonly string[];
}

/** The static checks by stage name. Each counts as one test. */
const checks: Readonly<Record<string, Check>> = {
  types: { entry: 'typescript/bin/tsc', args: ['--noEmit', '--pretty', 'false'] },
  build: { entry: './scripts/build.ts', args: [] },
  lint: { entry: '@biomejs/biome/bin/biome', args: ['ci', '--colors=off', '.'] },
};

/** Runs a static check with the pinned Node; what it says is printed. */
export async function runCheck(name: string, budgetMs: number): Promise<Outcome> {
  const check = checks[name];
  if (check === undefined) return failure(`there is no check called ${name}`);
  const entry = entryPath(check.entry);
  const done = await run(process.execPath, [entry, ...check.args], {
    cwd: projectDir,
    withinMs: hangLimitMs(budgetMs),
  });
  if (done.output !== '') process.stdout.write(`${done.output}\n`);
  return done.code === 0
    ? { passed: 1, failed: 0, reasons: [] }
    : failure('see its findings above');
}

function entryPath(entry: string): string {
  if (entry.startsWith('./')) return path.join(projectDir, entry);
  const name = entry
    .split('/')
    .slice(0, entry.startsWith('@') ? 2 : 1)
    .join('/');
  const manifest = createRequire(import.meta.url).resolve(`${name}/package.json`);
  return path.join(path.dirname(manifest), entry.slice(name.length));
}
