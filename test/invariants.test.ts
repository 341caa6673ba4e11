import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { hasTest } from './support/docs/law.ts';
import { projectDir } from './support/run/budgets.ts';

const page = readFileSync(path.join(projectDir, 'docs/reference/invariants.md'), 'utf8');
const rows = page.split('\n').filter((line) => line.startsWith('| H'));

it('each of the eighteen invariants is shown by tests that are there', () => {
  const numbers = rows.map((row) => /^\| H(\d+) /.exec(row)?.[1]);
  expect(numbers).toEqual(Array.from({ length: 18 }, (_, index) => String(index + 1)));
  for (const row of rows) {
    const shown = [...row.matchAll(/`([^`]+)` › "(.+?)"(?=<br>| \|)/g)];
    expect(shown.length, row).toBeGreaterThan(0);
    for (const [, file = '', title = ''] of shown)
      expect([file, title, hasTest(projectDir, { file, title })]).toEqual([file, title, true]);
  }
});
