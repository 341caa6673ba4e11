import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { projectDir } from './budgets.ts';
import { failure, hangLimitMs, type Outcome, seconds } from './outcome.ts';

/** What we read of vitest's JSON report. */
export interface VitestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages?: readonly string[] | null;
    }[];
  }[];
}

/** The test files of a project, from the project's folder. */
export function testFiles(include: readonly string[]): string[] {
  return globSync([...include], { cwd: projectDir, exclude: ['**/node_modules/**'] });
}

/**
 * Judges a vitest report. A skipped test, a file without tests and a project without tests count as
 * failures: nothing may pass by not running.
 */
export function judge(report: VitestReport, exitCode: number | null): Outcome {
  const reasons: string[] = [];
  const failedTests: string[] = [];
  for (const file of report.testResults) {
    const name = path.relative(projectDir, file.name);
    for (const { fullName, status, failureMessages } of file.assertionResults) {
      if (status !== 'failed') continue;
      failedTests.push(`${name} > ${fullName}: ${failureMessages?.[0]?.split('\n')[0] ?? ''}`);
    }
    if (file.assertionResults.length > 0) continue;
    reasons.push(`${name} ran no test: ${file.message.split('\n')[0] || 'it holds none'}`);
  }
  const skipped = report.numPendingTests + report.numTodoTests;
  if (skipped > 0) reasons.push(`${skipped} tests were skipped or left as todo`);
  if (report.numPassedTests + report.numFailedTests === 0) reasons.push('no test ran');
  const failed = report.numFailedTests + reasons.length;
  if (failed === 0 && exitCode !== 0) {
    reasons.push(`vitest ended with code ${exitCode} (see the errors above)`);
  }
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + reasons.length,
    reasons,
    failedTests,
  };
}

/**
 * Runs one vitest project to its end, or until it has taken so long that it hangs.
 * @param options `filters` narrows the project's files; `env` is added to ours
 */
export async function runVitest(options: {
  readonly project: string;
  readonly budgetMs: number;
  readonly filters?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Keeps what vitest says until the end, so that stages side by side do not talk into each other. */
  readonly inOnePiece?: boolean;
}): Promise<Outcome> {
  const { project, budgetMs, filters = [], env = {}, inOnePiece = false } = options;
  const folder = mkdtempSync(path.join(tmpdir(), 'swarm-run-'));
  const reportPath = path.join(folder, 'report.json');
  try {
    const vitest = path.join(projectDir, 'node_modules/vitest/vitest.mjs');
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${reportPath}`];
    const args = [vitest, 'run', '--project', project, ...reporters, ...filters];
    // CI: no test may narrow the run to itself, no snapshot is written by running.
    const limitMs = hangLimitMs(budgetMs);
    const limit = { limitMs, inOnePiece };
    const end = await runLimited(args, { ...process.env, CI: '1', ...env }, limit);
    if (end.late) return failure(`stopped after ${seconds(limitMs)}: it hangs`);
    const report = readReport(reportPath);
    if (report === undefined) return failure(`vitest ended with code ${end.code}, no report`);
    return judge(report, end.code);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function readReport(file: string): VitestReport | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

const underWay = new Set<ChildProcess>();

/** Ends what is still running when the whole run is stopped: a stage without its run would go on for minutes, with nobody to hear of it. */
export function stopStages(): void {
  for (const child of underWay) child.kill('SIGTERM');
}

function runLimited(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  { limitMs, inOnePiece }: { readonly limitMs: number; readonly inOnePiece: boolean },
): Promise<{ readonly code: number | null; readonly late: boolean }> {
  return new Promise((resolve) => {
    const said: Buffer[] = [];
    const stdio: StdioOptions = inOnePiece ? ['ignore', 'pipe', 'pipe'] : 'inherit';
    const child = spawn(process.execPath, [...args], { cwd: projectDir, env, stdio });
    underWay.add(child);
    child.stdout?.on('data', (chunk: Buffer) => said.push(chunk));
    child.stderr?.on('data', (chunk: Buffer) => said.push(chunk));
    let late = false;
    const polite = setTimeout(() => {
      late = true;
      child.kill('SIGTERM');
    }, limitMs);
    const forced = setTimeout(() => child.kill('SIGKILL'), limitMs + 10_000);
    const end = (code: number | null) => {
      underWay.delete(child);
      clearTimeout(polite);
      clearTimeout(forced);
      process.stdout.write(Buffer.concat(said));
      resolve({ code, late });
    };
    child.once('error', () => end(null));
    child.once('close', end);
  });
}
