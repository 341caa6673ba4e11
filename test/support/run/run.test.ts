import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectDir, projects, readBudgets } from './budgets.ts';
import { failure, overBudget, summary } from './outcome.ts';
import { judge, type VitestReport } from './vitest-stage.ts';

const well = { fullName: 'a works', status: 'passed' };

const report = (change: Partial<VitestReport>): VitestReport => ({
  numPassedTests: 2,
  numFailedTests: 0,
  numPendingTests: 0,
  numTodoTests: 0,
  testResults: [{ name: '/x/a.test.ts', status: 'passed', message: '', assertionResults: [well] }],
  ...change,
});

describe('judge', () => {
  it('counts what passed and failed', () => {
    expect(judge(report({ numFailedTests: 1 }), 1)).toMatchObject({ passed: 2, failed: 1 });
  });

  it('names what failed, and why in a line', () => {
    const name = path.join(projectDir, 'domain/a.test.ts');
    const broken = { fullName: 'a breaks', status: 'failed', failureMessages: ['Error: no\n  at'] };
    const file = { name, status: 'failed', message: '', assertionResults: [well, broken] };
    const outcome = judge(report({ numFailedTests: 1, testResults: [file] }), 1);
    const stage = { name: 'unit', tookMs: 1, budgetMs: 1, ...outcome };
    expect(outcome.reasons).toEqual([]);
    expect(summary([stage], [], { tookMs: 1, budgetMs: 1 }).text).toContain(
      'FAILED unit: domain/a.test.ts > a breaks: Error: no\n',
    );
  });

  it('passes nothing that did not run', () => {
    expect(judge(report({ numPassedTests: 0, testResults: [] }), 0)).toMatchObject({ failed: 1 });
    expect(judge(report({ numPendingTests: 3 }), 0).reasons).toEqual([
      '3 tests were skipped or left as todo',
    ]);
    const empty = { name: '/x/b.test.ts', status: 'failed', message: 'boom', assertionResults: [] };
    expect(judge(report({ testResults: [empty] }), 1).failed).toBe(1);
  });

  it('counts an error outside of every test', () => {
    expect(judge(report({}), 1)).toMatchObject({ passed: 2, failed: 1 });
  });
});

describe('summary', () => {
  const stage = { name: 'unit', passed: 5, failed: 0, reasons: [], tookMs: 900, budgetMs: 1000 };
  const total = { tookMs: 900, budgetMs: 1000 };

  it('ends with the sum, alone on its line', () => {
    const { text, failed } = summary([stage, { ...stage, ...failure('no java') }], [], total);
    expect(text.split('\n').at(-1)).toBe('5 passed, 1 failed');
    expect(text).toContain('FAILED unit: no java');
    expect(failed).toBe(1);
  });

  it('tells of a run over its limit and names what is left out', () => {
    const { text, failed } = summary([stage], [{ name: 'chaos', why: 'later' }], {
      tookMs: 1_001,
      budgetMs: 1_000,
    });
    expect(failed).toBe(0);
    expect(text).toContain('SLOW the whole run took 1.0 s');
    expect(text).toContain('left out: chaos (later)');
    expect(overBudget('unit', 1_000, 1_000)).toEqual([]);
  });
});

it('gives every vitest stage of the budgets a project of its own name', () => {
  const names = projects().map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const stage of readBudgets().stages) {
    if (stage.kind === 'again') expect(names).toContain(stage.project);
  }
});

it('lets every stage come after earlier ones of the same run', () => {
  const { stages } = readBudgets();
  for (const [index, { name, runs, after = [] }] of stages.entries()) {
    for (const run of runs) {
      const earlier = stages.slice(0, index).filter((stage) => stage.runs.includes(run));
      const names = earlier.map((stage) => stage.name);
      expect(names, `${name} of ${run}`).toEqual(expect.arrayContaining([...after]));
    }
  }
});
