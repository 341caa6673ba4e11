import fc from 'fast-check';
import { watch } from './test-checks.ts';
import { decisionsOf } from './test-decisions.ts';
import { scene, story } from './test-stories.ts';

/** What a shard has done since it reported last. */
export interface ShardReport {
  runs: number;
  commands: number;
  crashes: number;
  decisions: number;
  /** Seed, path and what does not hold. */
  failures: string[];
}

const CRASHES = [
  'step dies-before-commit',
  'step dies-after-commit',
  'step answer-lost',
  'step twice',
];

/** Stories between two reports; each such batch has a seed of its own, so that a failure is told again at once. */
const BATCH = 25;

const [runs = 0, seed = 0] = process.argv.slice(2).map(Number);
for (let done = 0; done < runs; done += BATCH) {
  const report: ShardReport = { runs: 0, commands: 0, crashes: 0, decisions: 0, failures: [] };
  const property = fc.asyncProperty(scene, story, async (start, commands) => {
    const network = await watch(start, commands);
    report.commands += commands.length;
    report.decisions += decisionsOf(network.store.written).length;
    for (const crash of CRASHES) report.crashes += network.counts.get(crash) ?? 0;
  });
  const numRuns = Math.min(BATCH, runs - done);
  const run = await fc.check(property, { numRuns, seed: seed + done });
  report.runs = numRuns;
  if (run.failed) {
    const why = run.errorInstance instanceof Error ? run.errorInstance.message : 'unknown';
    report.failures.push(`seed ${run.seed} path ${run.counterexamplePath}: ${why}`);
  }
  process.send?.(report);
}
process.disconnect?.();
