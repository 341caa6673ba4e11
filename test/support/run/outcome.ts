/** What a stage came to. A reason is one line or more for a person; each counts as one failed test. */
export interface Outcome {
  readonly passed: number;
  readonly failed: number;
  /** Why it failed, besides its tests. */
  readonly reasons: readonly string[];
  /** Each test that failed, with the first line of why: of a long run often only the end is kept. */
  readonly failedTests?: readonly string[];
}

/** A stage with its outcome and the time it took. */
export interface StageReport extends Outcome {
  readonly name: string;
  readonly tookMs: number;
  readonly budgetMs: number;
}

/** One failure that no test stands for: the stage could not run, or broke a limit. */
export function failure(reason: string): Outcome {
  return { passed: 0, failed: 1, reasons: [reason] };
}

/**
 * What takes so long hangs. A short stage gets more than its share: beside other lanes on a slow machine one of half a minute takes over
 * a minute, and is no worse for it.
 */
export function hangLimitMs(budgetMs: number): number {
  return Math.max(2 * budgetMs, budgetMs + 180_000);
}

/** `12.3 s` */
export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

/**
 * Says when a stage took longer than its budget. That is told, not failed: a busy machine is no broken code. What hangs is
 * stopped, and failed, after `hangLimitMs`.
 */
export function overBudget(name: string, tookMs: number, budgetMs: number): string[] {
  if (tookMs <= budgetMs) return [];
  return [
    `${name} took ${seconds(tookMs)}; its budget in test/budgets.json is ${seconds(budgetMs)}`,
  ];
}

/**
 * The end of a run: the time of each stage, what went wrong, and as the very last line the sum.
 * @param total the whole run's time and limit
 */
export function summary(
  stages: readonly StageReport[],
  leftOut: readonly { readonly name: string; readonly why: string }[],
  total: { readonly tookMs: number; readonly budgetMs: number },
): { readonly text: string; readonly failed: number } {
  const late = overBudget('the whole run', total.tookMs, total.budgetMs);
  const lines = ['', 'stage                  passed  failed      time    budget'];
  for (const { name, passed, failed, tookMs, budgetMs } of stages) {
    const counts = `${String(passed).padStart(6)}  ${String(failed).padStart(6)}`;
    const times = `${seconds(tookMs).padStart(8)}  ${seconds(budgetMs).padStart(8)}`;
    lines.push(`${name.padEnd(22)} ${counts}  ${times}`);
  }
  lines.push(`whole run ${seconds(total.tookMs)}, budget ${seconds(total.budgetMs)}`);
  for (const { name, why } of leftOut) lines.push(`left out: ${name} (${why})`);
  for (const { name, reasons, failedTests = [] } of stages) {
    for (const reason of [...failedTests, ...reasons]) lines.push(`FAILED ${name}: ${reason}`);
  }
  for (const { name, tookMs, budgetMs } of stages) {
    lines.push(...overBudget(name, tookMs, budgetMs).map((reason) => `SLOW ${reason}`));
  }
  lines.push(...late.map((reason) => `SLOW ${reason}`));
  const passed = stages.reduce((sum, stage) => sum + stage.passed, 0);
  const failed = stages.reduce((sum, stage) => sum + stage.failed, 0);
  lines.push('', `${passed} passed, ${failed} failed`);
  return { text: lines.join('\n'), failed };
}
