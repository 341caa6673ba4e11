import path from 'node:path';
import { run } from '../../../apps/local/parts/which.ts';
import { projectDir } from '../run/budgets.ts';

/** Vitest global setup of the tests that deploy or run what is built: builds it, since a run may begin with nothing built. */
export async function setup(): Promise<void> {
  const script = path.join(projectDir, 'scripts/build.ts');
  const { code, output } = await run(process.execPath, [script], {
    cwd: projectDir,
    withinMs: 180_000,
  });
  if (code !== 0) throw new Error(`The build ended with ${code}:\n${output}`);
}
