import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { errorsPage } from './errors-page.ts';
import { OPERATIONS } from './http/operations.ts';
import { ROLES_BY_OPERATION } from './http/roles.ts';
import { openApiDocument, problemsOf } from './openapi.ts';
import { PROBLEM_GROUPS, PROBLEMS } from './problem.ts';

const reference = path.join(import.meta.dirname, '..', 'docs', 'reference');
const committed = (file: string) => readFileSync(path.join(reference, file), 'utf8');
const REGENERATE = 'the contract changed: run `node scripts/with-node.mjs scripts/openapi.ts`';

test('the committed OpenAPI document is the one of the schemas', () => {
  const text = `${JSON.stringify(openApiDocument(), null, 2)}\n`;
  expect(committed('openapi.json') === text, REGENERATE).toBe(true);
});

test('the committed list of errors is the one of the code', () => {
  expect(committed('errors.md'), REGENERATE).toBe(errorsPage());
});

test('every operation of the table of roles is described once, and no other', () => {
  const ids = OPERATIONS.map(({ id }) => id);
  expect(ids.toSorted()).toEqual(Object.keys(ROLES_BY_OPERATION).toSorted());
  const routes = OPERATIONS.map(({ method, path: route }) => `${method} ${route}`);
  expect(new Set(routes).size).toBe(routes.length);
});

test('the document shows how to sign in, how to retry and how it fails', () => {
  const { paths = {} } = openApiDocument();
  const approve = paths['/v1/cases/{caseId}/proposals/{proposalId}/approve']?.post;
  const names = (approve?.parameters ?? []).map((each) => ('name' in each ? each.name : ''));
  expect(names.toSorted()).toEqual(['Idempotency-Key', 'caseId', 'proposalId']);
  expect(approve?.requestBody).toMatchObject({ required: true });
  expect(Object.keys(approve?.responses ?? {}).toSorted()).toEqual([
    '200',
    '400',
    '401',
    '403',
    '404',
    '409',
    '413',
    '415',
    '422',
    '500',
    '503',
  ]);
  const health = paths['/v1/health']?.get;
  expect(health?.security).toEqual([]);
  const standings = paths['/v1/standings']?.get;
  expect(Object.keys(standings?.responses ?? {})).toContain('304');
});

test('path parameters of the schemas are those of the path', () => {
  for (const operation of OPERATIONS) {
    const inPath = [...operation.path.matchAll(/\{([^}]+)\}/g)].map((match) => match[1]);
    const shape = 'shape' in operation.params ? Object.keys(operation.params.shape as object) : [];
    expect(shape.toSorted(), operation.id).toEqual(inPath.toSorted());
  }
});

test('every code is in one group and has a sentence of advice; every code of an operation is listed', () => {
  const grouped = PROBLEM_GROUPS.flatMap(([, problems]) => Object.keys(problems));
  expect(grouped.toSorted()).toEqual(Object.keys(PROBLEMS).toSorted());
  for (const { status, advice } of Object.values(PROBLEMS)) {
    expect(status).toBeGreaterThanOrEqual(400);
    expect(advice).toMatch(/\.$/);
  }
  for (const code of OPERATIONS.flatMap(problemsOf)) expect(PROBLEMS).toHaveProperty(code);
});
