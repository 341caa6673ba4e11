import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  bundleWorkflowCode,
  DefaultLogger,
  Runtime,
  Worker,
  type WorkflowBundleWithSourceMap,
} from '@temporalio/worker';
import type { CommittedHistory } from './histories.ts';

const PROJECT = path.resolve(import.meta.dirname, '../..');

/** What workflow code is made of. */
const SOURCES = ['workflows', 'domain', 'contracts/temporal.ts', 'package.json'];

/** A change of the workflows that histories must refuse: the same text is replaced in each file that has it. */
export interface Mutation {
  readonly what: string;
  /** The histories that show it, by their names. */
  readonly shownBy: RegExp;
  readonly files: readonly string[];
  readonly from: string;
  readonly to: string;
}

const EACH = [
  'workflows/violation-case.ts',
  'workflows/case-settlement.ts',
  'workflows/readmission.ts',
];
const OF_CASES = /\.(case|settlement|readmission)$/;
const START = 'const run = new CaseRun();';

/** Deliberate changes of what the workflows ask of the server. */
export const MUTATIONS: readonly Mutation[] = [
  {
    what: 'one timer more',
    shownBy: OF_CASES,
    files: EACH,
    from: START,
    // Beside the others, not before them: a wait before a wait may look like a longer wait.
    to: `${START}\n  void condition(() => false, 86_400_000);`,
  },
  {
    what: 'one activity more in an episode',
    shownBy: /\.case$/,
    files: ['workflows/violation-case.ts'],
    from: START,
    to: `${START}\n  await stepsFor(null).returnToInbox({ refs: [] });`,
  },
  {
    what: 'one activity more in a settlement',
    shownBy: /\.settlement$/,
    files: ['workflows/case-settlement.ts'],
    from: 'run.unpack(input.luggage);',
    to: "run.unpack(input.luggage);\n  await settle(run, { act: 'review-overdue', atMs: 0 });",
  },
  {
    what: 'search attributes no longer shown',
    // A settlement inherits them from its case and changes none.
    shownBy: /\.case$/,
    files: ['workflows/case/case-run.ts'],
    from: '    upsertSearchAttributes([',
    to: '    void ([',
  },
  {
    what: 'one look at a withdrawal more',
    shownBy: /^withdrawal$/,
    files: ['workflows/withdrawal.ts'],
    from: '  for (;;) {',
    to: '  await stepsFor(null).returnToInbox({ refs: [] });\n  for (;;) {',
  },
];

/** Bundles the workflows of a folder. */
export function bundleOf(folder = PROJECT): Promise<WorkflowBundleWithSourceMap> {
  const workflowsPath = path.join(folder, 'workflows/index.ts');
  const workflowInterceptorModules = [path.join(folder, 'workflows/trace/interceptors.ts')];
  const logger = new DefaultLogger('ERROR');
  return bundleWorkflowCode({ workflowsPath, workflowInterceptorModules, logger });
}

/** Bundles a copy of the sources that is changed by a mutation. Throws when there is nothing to change. */
export async function bundleOfMutant(mutation: Mutation): Promise<WorkflowBundleWithSourceMap> {
  const folder = mkdtempSync(path.join(tmpdir(), 'swarm-mutant-'));
  try {
    for (const source of SOURCES) {
      cpSync(path.join(PROJECT, source), path.join(folder, source), { recursive: true });
    }
    symlinkSync(path.join(PROJECT, 'node_modules'), path.join(folder, 'node_modules'));
    for (const name of mutation.files) {
      const file = path.join(folder, name);
      const before = readFileSync(file, 'utf8');
      const after = before.replace(mutation.from, mutation.to);
      if (after === before) throw new Error(`${name} has no "${mutation.from}" to change.`);
      writeFileSync(file, after);
    }
    return await bundleOf(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Replays histories one after the other; the error is its name, null when the history replays. */
export async function replay(
  workflowBundle: WorkflowBundleWithSourceMap,
  histories: readonly CommittedHistory[],
): Promise<{ name: string; error: string | null }[]> {
  quietRuntime();
  const results: { name: string; error: string | null }[] = [];
  const runs = Worker.runReplayHistories({ workflowBundle }, [...histories]);
  for await (const { error } of runs) {
    const name = histories[results.length]?.name ?? 'unknown';
    results.push({ name, error: error?.name ?? null });
  }
  return results;
}

let isQuiet = false;

/** A refused history is said by the result; the SDK's own words about it are many. */
function quietRuntime(): void {
  if (isQuiet) return;
  isQuiet = true;
  Runtime.install({
    logger: new DefaultLogger('ERROR', () => {}),
    telemetryOptions: { logging: { filter: 'OFF', forward: {} } },
  });
}
