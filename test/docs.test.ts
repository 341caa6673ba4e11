import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allNumbers, rulesOf, unknownCitations, unshown } from './support/docs/law.ts';
import {
  brokenLinks,
  missingPaths,
  type Page,
  pages,
  unknownAddresses,
  unknownScripts,
  vagueDeployments,
} from './support/docs/pages.ts';
import { projectDir } from './support/run/budgets.ts';

const read = (file: string) => readFileSync(path.join(projectDir, file), 'utf8');

describe('the documentation', () => {
  const all = pages(projectDir);
  const scripts = Object.keys(JSON.parse(read('package.json')).scripts);
  const { paths } = JSON.parse(read('docs/reference/openapi.json'));
  // Senders do not sign in, so their one address is not in the description of the people's API.
  const addresses = [...Object.keys(paths), '/v1/alerts/{sourceId}'];
  const rules = rulesOf(read('docs/law.md'));

  it('has its pages', () => {
    expect(all.map(({ file }) => file)).toEqual(
      expect.arrayContaining(['README.md', 'ARCHITECTURE.md', 'SECURITY.md', 'docs/law.md']),
    );
  });

  it('links to files and headings that are there', () => {
    expect(all.flatMap((page) => brokenLinks(projectDir, page))).toEqual([]);
  });

  it('names files and folders that are there', () => {
    expect(all.flatMap((page) => missingPaths(projectDir, page))).toEqual([]);
  });

  it('tells only of commands and addresses that exist', () => {
    expect(all.flatMap((page) => unknownScripts(page, scripts))).toEqual([]);
    expect(all.flatMap((page) => unknownAddresses(page, addresses))).toEqual([]);
    expect(all.flatMap(vagueDeployments)).toEqual([]);
  });

  it('tells every rule of the law once, in order', () => {
    expect(rules.map(({ number }) => number)).toEqual(allNumbers());
  });

  it('shows every rule in force by a test that is there', () => {
    expect(unshown(projectDir, rules)).toEqual([]);
  });

  it('has every rule that the code cites', () => {
    expect(unknownCitations(projectDir, allNumbers())).toEqual([]);
  });
});

describe('a wrong page', () => {
  let root: string;
  beforeAll(() => {
    root = mkdtempSync(path.join(tmpdir(), 'swarm-docs-'));
    mkdirSync(path.join(root, 'domain'));
    writeFileSync(path.join(root, 'domain/a.test.ts'), "it('is shown', () => {}); // 'part' of it");
    writeFileSync(path.join(root, 'domain/a.ts'), `/** rules A1, B${99} */ export const a = 1;`);
    writeFileSync(path.join(root, 'there.md'), '# One heading, only\n');
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  const page = (text: string): Page => ({ file: 'wrong.md', text });

  it('is caught by its links', () => {
    const text =
      '[a](gone.md) [b](there.md#one-heading-only) [c](there.md#other) [d](https://a.example)';
    expect(brokenLinks(root, page(text))).toEqual([
      'wrong.md links to gone.md: no such file',
      'wrong.md links to there.md#other: no such heading',
    ]);
  });

  it('is caught by files, commands and addresses that are not there', () => {
    expect(missingPaths(root, page('`domain/a.ts` `domain/*.ts` `domain/gone.ts` `a/b`'))).toEqual([
      'wrong.md names domain/gone.ts, which does not exist',
    ]);
    expect(unknownScripts(page('`npm start`, `npm run lint`, `npm ci`'), ['start'])).toEqual([
      'wrong.md tells to run npm script lint, which does not exist',
    ]);
    const told = 'curl "$URL/v1/cases/$ID/notes" and `GET /v1/case`.';
    expect(unknownAddresses(page(told), ['/v1/cases/{caseId}/notes'])).toEqual([
      'wrong.md tells of /v1/case, which the contract does not have',
    ]);
    const vague =
      '`npx cdk diff`\nnpx cdk deploy a -c stage=$S # none\nnpx cdk deploy -c stage=$S -c builds=a';
    expect(vagueDeployments(page(vague))).toEqual([
      'wrong.md tells to run "npx cdk diff", without a stage or its builds',
      'wrong.md tells to run "npx cdk deploy a -c stage=$S", without a stage or its builds',
    ]);
  });

  it('is caught by rules without tests and tests without rules', () => {
    const law = [
      '### A1 One\n**In force.**\n- `domain/a.test.ts`: "is shown"',
      '### A2 Two\n**In force.**\n- `domain/a.test.ts`: "is show"',
      '### A3 Three\n**In part.** No test.',
      '### A4 Four\nSays nothing.',
      '## F Five\n**Later.**',
    ].join('\n');
    expect(unshown(root, rulesOf(law))).toEqual([
      'A2 names "is show" of domain/a.test.ts, which is not there',
      'A3 names no test',
      'A4 does not say whether it is in force',
    ]);
    expect(unknownCitations(root, ['A1'])).toEqual([
      `domain/a.ts cites rule B${99}, which the law does not have`,
    ]);
  });
});
