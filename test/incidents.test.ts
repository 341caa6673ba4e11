import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { incidentFaults, incidentsOf, openIncidents } from './support/docs/incidents.ts';
import { allNumbers } from './support/docs/law.ts';
import { projectDir } from './support/run/budgets.ts';

const read = (file: string) => readFileSync(path.join(projectDir, 'docs/reference', file), 'utf8');
const page = read('incidents-elsewhere.md');

describe('what went wrong elsewhere', () => {
  it('is shown by tests that are there, row by row', () => {
    expect(incidentFaults(projectDir, page, allNumbers())).toEqual([]);
  });

  it('loses no class: each is shown, or said to be not', () => {
    expect(incidentsOf(page)).toHaveLength(18);
    expect(openIncidents(page)).toHaveLength(3);
  });
});

describe('what may be tried', () => {
  const tricks = read('tricks.md');

  it('is shown by tests that are there, trick by trick', () => {
    expect(incidentFaults(projectDir, tricks, allNumbers())).toEqual([]);
  });

  it('names each trick at the head of a test that lives through it', () => {
    expect(incidentsOf(tricks)).toHaveLength(16);
    expect(openIncidents(tricks)).toHaveLength(3);
    const unnamed = incidentsOf(tricks).filter(
      ({ what, shownBy }) =>
        !shownBy.some(
          ({ file, title }) =>
            file.startsWith('test/scenarios/tricks-') &&
            title.toLowerCase().startsWith(`${what.toLowerCase()}:`),
        ),
    );
    expect(unnamed.map(({ what }) => what)).toEqual([]);
  });
});

describe('a wrong page', () => {
  let root: string;
  beforeAll(() => {
    root = mkdtempSync(path.join(tmpdir(), 'swarm-incidents-'));
    mkdirSync(path.join(root, 'domain'));
    writeFileSync(path.join(root, 'domain/a.test.ts'), "it('is shown', () => {});");
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  it('is caught by rows without tests, tests that are not there, and rules that are not the law’s', () => {
    const wrong = [
      '| what happened | where | rule here | shown by |',
      '|---|---|---|---|',
      '| One | a/b#1 | A1, H | `domain/a.test.ts` › "is shown" |',
      '| Two | a/b#2 | A1 | nobody knows |',
      '| Three | a/b#3 | K | `domain/a.test.ts` › "is shown"<br>`domain/a.test.ts` › "is show" |',
      '| Four | a/b#4 | A1 | `domain/gone.test.ts` › "is shown" |',
      '| Five | a/b#5 | A1 | `domain/a.test.ts` › "is shown" |',
      '',
      '## Not shown yet',
      '',
      '- **Five** (a/b#5). It comes later.',
    ].join('\n');
    expect(incidentFaults(root, wrong, allNumbers())).toEqual([
      '"Two" names no test',
      '"Three" names "is show" of domain/a.test.ts, which is not there',
      '"Three" names rule K, which the law does not have',
      '"Four" names "is shown" of domain/gone.test.ts, which is not there',
      '"Five" is shown and not shown',
    ]);
  });
});
