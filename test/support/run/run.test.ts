import { describe, expect, it } from 'vitest';
import { projects, readBudgets } from './budgets.ts';
import { failure, overBudget, summary } from './outcome.ts';
import { judge, type VitestReport } from './vitest-stage.ts';

const report = (change: Partial<VitestReport>): VitestReport => ({
  numPassedTests: 2,
  numFailedTests: 0,
  numPendingTests: 0,
  numTodoTests: 0,
  testResults: [{ name: '/x/a.test.ts', status: 'passed', message: '', assertionResults: [1, 2] }],
  ...change,
});

describe('judge', () => {
  it('counts what passed and failed', () => {
    expect(judge(report({ numFailedTests: 1 }), 1)).toEqual({ passed: 2, failed: 1, reasons: [] });
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
