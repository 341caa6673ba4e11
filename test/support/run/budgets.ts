import { readFileSync } from 'node:fs';
import path from 'node:path';

/** What `npm test` and `npm run verify` run, with the time each stage may take. Earlier stages come first in the list. */
export interface Budgets {
  /** The whole run's limit in ms. */
  readonly totals: { readonly test: number; readonly verify: number };
  readonly stages: readonly Stage[];
}

/** The two runs: `test` before every change, `verify` before a release. */
export type RunName = 'test' | 'verify';

interface StageBase {
  readonly name: string;
  readonly runs: readonly RunName[];
  readonly budgetMs: number;
  /**
   * Earlier stages of its runs that must be over before it begins; without it, the one before it in the list. What mostly waits
   * for real clocks runs beside others, so that it does not keep them waiting. What such a stage says is printed at its end.
   */
  readonly after?: readonly string[];
  /** Why the stage is not run yet. It must have no test then; the runner checks. */
  readonly leftOut?: string;
}

/** Brings the parts that the tests need on to the machine; a static check; or a vitest project. */
export type Stage =
  | (StageBase & { readonly kind: 'prepare' })
  | (StageBase & { readonly kind: 'check' })
  | (StageBase & VitestProject)
  | (StageBase & RepeatedProject);

interface VitestProject {
  readonly kind: 'vitest';
  /** Globs from the project's folder. A test file belongs to exactly one stage. */
  readonly include: readonly string[];
  readonly globalSetup?: readonly string[];
  readonly testTimeoutMs: number;
  /** One test file at a time, for tests that start whole stacks. */
  readonly serial?: boolean;
}

/** A project once more: on Amazon's own emulator of the store, or under other settings of the environment. */
interface RepeatedProject {
  readonly kind: 'again';
  readonly project: string;
  /** Paths that narrow the project's files. */
  readonly filters: readonly string[];
  /** Settings of the environment; without them the emulator is what differs. */
  readonly env?: Readonly<Record<string, string>>;
}

/** The project's folder. */
export const projectDir = path.resolve(import.meta.dirname, '../../..');

/** Reads `test/budgets.json`. */
export function readBudgets(): Budgets {
  return JSON.parse(readFileSync(path.join(projectDir, 'test/budgets.json'), 'utf8'));
}

/** A vitest project with its defaults filled in. */
export interface Project {
  readonly name: string;
  readonly include: readonly string[];
  readonly globalSetup: readonly string[];
  readonly testTimeoutMs: number;
  readonly serial: boolean;
}

/** The vitest projects of the budgets, without the repeated ones. */
export function projects(budgets: Budgets = readBudgets()): Project[] {
  return budgets.stages.flatMap((stage) => {
    if (stage.kind !== 'vitest') return [];
    const { name, include, globalSetup = [], testTimeoutMs, serial = false } = stage;
    return [{ name, include, globalSetup, testTimeoutMs, serial }];
  });
}
