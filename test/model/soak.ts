import { fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import type { ShardReport } from './soak-shard.ts';

// npm run soak [-- --runs 100000 --seed 1 --workers 2]: random stories of the network model against the invariants, until all were told or
// one fails. What fails is told with the seed that tells it again.

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '100000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000_000) },
    workers: { type: 'string', default: String(availableParallelism()) },
  },
});
const runs = Number(values.runs);
const seed = Number(values.seed);
const workers = Math.max(1, Math.min(Number(values.workers), runs));
const say = (line: string) => process.stderr.write(`${line}\n`);

const startedMs = performance.now();
const seconds = () => Math.round((performance.now() - startedMs) / 1_000);
const total: ShardReport = { runs: 0, commands: 0, crashes: 0, decisions: 0, failures: [] };
let toldAt = 0;

/** Adds what a shard has done since it was heard last. */
function add(report: ShardReport): void {
  total.runs += report.runs;
  total.commands += report.commands;
  total.crashes += report.crashes;
  total.decisions += report.decisions;
  total.failures.push(...report.failures);
  for (const failure of report.failures) say(`FAILED ${failure}`);
  if (total.runs - toldAt < runs / 100 && total.runs < runs) return;
  toldAt = total.runs;
  const rate = (total.runs / Math.max(1, seconds())).toFixed(1);
  say(`${total.runs} of ${runs} stories, ${rate} a second, ${total.failures.length} failures`);
}

say(`${runs} stories by ${workers} workers from seed ${seed} …`);
const codes = await Promise.all(
  Array.from({ length: workers }, (_, no) => {
    const own = Math.floor(runs / workers) + (no < runs % workers ? 1 : 0);
    const child = fork(new URL('./soak-shard.ts', import.meta.url), [
      String(own),
      String(seed + no * 1_000_003),
    ]);
    child.on('message', (report) => add(report as ShardReport));
    return new Promise<number>((resolve) => child.once('exit', (code) => resolve(code ?? 1)));
  }),
);
const { failures, ...counts } = total;
process.stdout.write(
  `${JSON.stringify({ ...counts, seconds: seconds(), seed, workers, failures }, null, 2)}\n`,
);
const isWhole = total.runs === runs && codes.every((code) => code === 0);
process.exitCode = failures.length === 0 && isWhole ? 0 : 1;
