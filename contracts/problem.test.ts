import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { isProblemCode, PROBLEMS, problemType } from './problem.ts';

const root = path.join(import.meta.dirname, '..');

/** Where errors that people can meet are made; tests make up codes of their own. */
const SOURCES = '{domain,adapters/{dynamodb,sealing,secrets},functions,workflows}/**/*.ts';

/** Codes that never cross HTTP, with the reason. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  'duration-invalid': 'durations are written in policies and sources, which are read at start',
  'violation-type-unknown':
    'a case of an unknown type waits for its policy; nobody waits for an answer',
  'secret-exists': 'secrets are stored by a person with the operator’s commands, not over HTTP',
  'secret-unknown': 'secrets are stored by a person with the operator’s commands, not over HTTP',
  'secret-unreachable': 'without its credentials Temporal cannot be asked: workflow-unreachable',
  'key-file-unusable': 'only on one machine, whose owner keeps the file; told by its fault, as 503',
  'invariant-broken': 'a bug, answered as internal-error',
  'case-exists': 'tells a workflow that it is a late copy; nobody waits for an answer',
};

const PATTERNS = [
  /\brefusal\(\s*'([a-z-]+)'/g,
  /\bnew HttpProblem\(\s*'([a-z-]+)'/g,
  /\bnew DomainError\(\s*'([a-z-]+)',\s*'(?:caller|conflict|dependency)'/g,
  /\brefused\(\s*'([a-z-]+)'/g,
  /\bnonRetryable\(\s*'[^']*',\s*'([a-z-]+)'/g,
];

function codesInUse(): Map<string, string> {
  const found = new Map<string, string>();
  for (const file of globSync(SOURCES, { cwd: root })) {
    if (file.endsWith('.test.ts') || path.basename(file).startsWith('test-')) continue;
    const text = readFileSync(path.join(root, file), 'utf8');
    for (const pattern of PATTERNS) {
      for (const match of text.matchAll(pattern)) found.set(match[1] ?? '', file);
    }
  }
  return found;
}

test('every error that people can meet is in the one list, with its status and advice', () => {
  const used = codesInUse();
  expect(used.size).toBeGreaterThan(40);
  const unlisted = [...used].filter(
    ([code]) => !isProblemCode(code) && !Object.hasOwn(ELSEWHERE, code),
  );
  expect(unlisted, 'add them to contracts/problem.ts and run scripts/openapi.ts').toEqual([]);
});

test('codes are kebab-case, and their type is a stable path', () => {
  for (const code of Object.keys(PROBLEMS)) {
    expect(code).toMatch(/^[a-z]+(-[a-z]+)*$/);
    expect(problemType(code)).toBe(`/problems/${code}`);
  }
});
