import { mkdtempSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import path from 'node:path';
import { startDynamoDbLocal } from '../parts/dynamodb-local.ts';
import { type RunName, readBudgets, type Stage } from './budgets.ts';
import { runCheck } from './check-stage.ts';
import { failure, type Outcome, type StageReport, summary } from './outcome.ts';
import { prepare } from './prepare-stage.ts';
import { runVitest, stopStages, testFiles } from './vitest-stage.ts';

// Run by test/run.mjs: [verify] [stage names]. Without names every stage of the run is run.

async function runStage(stage: Stage, run: RunName): Promise<Outcome> {
  if (stage.kind === 'prepare') return prepare(run);
  if (stage.kind === 'check') return runCheck(stage.name, stage.budgetMs);
  if (stage.kind === 'again') return runAgain(stage);
  if (testFiles(stage.include).length === 0) {
    return failure(
      `no file matches ${stage.include.join(', ')}; say "leftOut" in test/budgets.json`,
    );
  }
  return runVitest({
    project: stage.name,
    budgetMs: stage.budgetMs,
    inOnePiece: stage.after !== undefined,
  });
}

type Again = Extract<Stage, { readonly kind: 'again' }>;

/** A project once more, under other settings. */
async function runAgain(stage: Again): Promise<Outcome> {
  const { project, budgetMs, filters, env } = stage;
  const inOnePiece = stage.after !== undefined;
  return env === undefined
    ? runOnDynamoDbLocal(stage)
    : runVitest({ project, budgetMs, filters, env, inOnePiece });
}

/** The store tests once more, on Amazon's own emulator. */
async function runOnDynamoDbLocal(stage: Again): Promise<Outcome> {
  const folder = mkdtempSync(path.join(tmpdir(), 'swarm-dynamodb-local-'));
  const say = (line: string) => process.stdout.write(`${line}\n`);
  const store = await startDynamoDbLocal({ folder, say });
  try {
    return await runVitest({
      project: stage.project,
      budgetMs: stage.budgetMs,
      filters: stage.filters,
      env: { DYNAMODB_ENDPOINT: store.endpoint },
      inOnePiece: stage.after !== undefined,
    });
  } finally {
    await store.process?.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function report(stage: Stage, run: RunName): Promise<StageReport> {
  const { name, budgetMs } = stage;
  process.stdout.write(
    `\n── ${name}${stage.after === undefined ? '' : ' begins, beside others'}\n`,
  );
  const startedAtMs = performance.now();
  const outcome = await runStage(stage, run).catch((error: unknown) =>
    failure(error instanceof Error ? error.message : String(error)),
  );
  const tookMs = performance.now() - startedAtMs;
  return { name, tookMs, budgetMs, ...outcome };
}

/** A stage that is left out must really have nothing to run. */
function wronglyLeftOut(stages: readonly Stage[]): StageReport[] {
  return stages.flatMap((stage) => {
    if (stage.leftOut === undefined || stage.kind !== 'vitest') return [];
    const [first] = testFiles(stage.include);
    if (first === undefined) return [];
    const { name, budgetMs } = stage;
    const why = failure(`test/budgets.json leaves it out, but it has tests (${first})`);
    return [{ name, budgetMs, tookMs: 0, ...why }];
  });
}

/** Runs every stage as soon as those are over that it comes after. Stages that were not chosen keep nobody waiting. */
function runInOrder(stages: readonly Stage[], run: RunName): Promise<StageReport[]> {
  const reports = new Map<string, Promise<StageReport>>();
  let previous: readonly string[] = [];
  for (const stage of stages) {
    const earlier = (stage.after ?? previous).map((name) => reports.get(name));
    reports.set(
      stage.name,
      Promise.all(earlier).then(() => report(stage, run)),
    );
    previous = [stage.name];
  }
  return Promise.all(reports.values());
}

async function main(args: readonly string[]): Promise<number> {
  const run: RunName = args[0] === 'verify' ? 'verify' : 'test';
  const chosen = args[0] === 'verify' ? args.slice(1) : args;
  const budgets = readBudgets();
  const stages = budgets.stages.filter(
    ({ name, runs }) => runs.includes(run) && (chosen.length === 0 || chosen.includes(name)),
  );
  const unknown = chosen.filter((name) => !stages.some((stage) => stage.name === name));
  if (unknown.length > 0) {
    process.stderr.write(`No such stage in ${run}: ${unknown.join(', ')}\n`);
    return 2;
  }
  const startedAtMs = performance.now();
  const reports = wronglyLeftOut(stages);
  const wanted = stages.filter(({ leftOut }) => leftOut === undefined);
  // Whatever runs beside what: the parts come first.
  const isFirst = ({ kind }: Stage) => kind === 'prepare';
  reports.push(...(await runInOrder(wanted.filter(isFirst), run)));
  reports.push(
    ...(await runInOrder(
      wanted.filter((stage) => !isFirst(stage)),
      run,
    )),
  );
  const leftOut = stages.flatMap(({ name, leftOut: why }) =>
    why === undefined ? [] : [{ name, why }],
  );
  const tookMs = performance.now() - startedAtMs;
  const { text, failed } = summary(reports, leftOut, { tookMs, budgetMs: budgets.totals[run] });
  process.stdout.write(`${text}\n`);
  return failed === 0 ? 0 : 1;
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => {
    stopStages();
    process.exit(128 + constants.signals[signal]);
  });
}

process.exitCode = await main(process.argv.slice(2));
