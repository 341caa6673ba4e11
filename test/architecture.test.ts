import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findCycle, type ImportGraph, importGraph } from './support/architecture/import-graph.ts';
import { reachViolations, tableViolations } from './support/architecture/rules.ts';
import { purityViolations, sizeAndNameViolations } from './support/architecture/source-rules.ts';
import { projectDir, projects } from './support/run/budgets.ts';
import { testFiles } from './support/run/vitest-stage.ts';

describe('the project', () => {
  let graph: ImportGraph;
  beforeAll(async () => {
    graph = await importGraph(projectDir);
  });

  it('imports across rooms only what the import table allows', () => {
    expect(graph.files.length).toBeGreaterThan(20);
    expect(tableViolations(graph)).toEqual([]);
  });

  it('keeps heavy and impure packages out of reach of what must not load them', () => {
    expect(reachViolations(graph)).toEqual([]);
  });

  it('has no circle of imports', () => {
    expect(findCycle(graph)).toBeUndefined();
  });

  it('has short files with kebab-case names', () => {
    expect(sizeAndNameViolations(projectDir)).toEqual([]);
  });

  it('has a domain without clock, random and waiting', async () => {
    expect(await purityViolations(projectDir)).toEqual([]);
  });

  it('runs every test file in exactly one stage', () => {
    const stages = projects().flatMap(({ name, include }) =>
      testFiles(include).map((file) => ({ file, name })),
    );
    const byFile = Object.groupBy(stages, ({ file }) => file);
    const ran = Object.fromEntries(
      graph.files
        .filter((file) => file.endsWith('.test.ts'))
        .map((file) => [file, byFile[file]?.map(({ name }) => name) ?? []]),
    );
    const wrong = Object.entries(ran).filter(([, names]) => names.length !== 1);
    expect(Object.keys(ran)).toContain('test/architecture.test.ts');
    expect(wrong).toEqual([]);
  });
});

describe('a planted violation', () => {
  let root: string;
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  const files: Readonly<Record<string, string>> = {
    'domain/money.ts': 'export const cent = 1;',
    'domain/late.ts': 'export const nowMs = () => Date.now(); // Math.random is only mentioned',
    'domain/reads.ts': "import { readFileSync } from 'node:fs'; export const a = readFileSync;",
    'domain/typed.ts':
      "import type { Case } from '../adapters/dynamodb/store.ts'; export let a: Case;",
    'contracts/shapes.ts': "import * as z from 'zod'; export const shape = z.string();",
    'contracts/temporal.ts': "export * from './shapes.ts';",
    'workflows/index.ts': "export { shape } from '../contracts/temporal.ts';",
    'adapters/dynamodb/store.ts': 'export interface Case { id: string } export const store = 1;',
    'adapters/checks/probe.ts':
      "import { store } from '../dynamodb/store.ts'; export const a = store;",
    'functions/receive-alert/compose.ts':
      "export { store } from '../../adapters/dynamodb/store.ts';",
    'functions/receive-alert/handler.ts': [
      "export { store } from '../../adapters/dynamodb/store.ts';",
      "export { client } from '../shared/temporal.ts';",
      ...Array.from({ length: 60 }, (_, line) => `export const line${line} = ${line};`),
    ].join('\n'),
    'functions/shared/temporal.ts': "export { Client as client } from '@temporalio/client';",
    'functions/shared/Other.ts': "export { Connection } from '@temporalio/client';",
    'functions/shared/test-help.ts': 'export const help = 1;',
    'functions/shared/uses.ts': "export { help } from './test-help.ts';",
    'apps/cli/one.ts': "import { two } from './two.ts'; export const one = () => two;",
    'apps/cli/two.ts': "import { one } from './one.ts'; export const two = () => one;",
    'apps/other/main.ts': "export { cent } from '../../domain/money.ts';",
  };

  let planted: ImportGraph;
  beforeAll(async () => {
    root = mkdtempSync(path.join(tmpdir(), 'swarm-architecture-'));
    for (const [file, content] of Object.entries(files)) {
      mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
      writeFileSync(path.join(root, file), content);
    }
    planted = await importGraph(root);
  });

  it('of the import table is caught, and only that', () => {
    expect(tableViolations(planted).sort()).toEqual([
      'adapters/checks/probe.ts may not import adapters/dynamodb/store.ts',
      'apps/other/main.ts lies in no room of the import table',
      'domain/reads.ts may not import node:fs',
      'functions/receive-alert/handler.ts may not import adapters/dynamodb/store.ts',
      'functions/shared/Other.ts may not import @temporalio/client',
      'functions/shared/uses.ts imports functions/shared/test-help.ts, which only tests may',
    ]);
  });

  it('behind other files is caught', () => {
    expect(reachViolations(planted).sort()).toEqual([
      'functions/receive-alert/handler.ts reaches @temporalio/client, but accepting an alert must not pay for the Temporal client',
      'workflows/index.ts reaches zod, but workflow code is deterministic and small',
    ]);
  });

  it('of order, size, name or purity is caught', async () => {
    expect(findCycle(planted)).toEqual(['apps/cli/one.ts', 'apps/cli/two.ts', 'apps/cli/one.ts']);
    expect(sizeAndNameViolations(root)).toEqual([
      'functions/receive-alert/handler.ts has 62 lines; at most 60',
      'functions/shared/Other.ts is not kebab-case',
    ]);
    expect(await purityViolations(root)).toEqual(['domain/late.ts uses Date']);
  });
});
