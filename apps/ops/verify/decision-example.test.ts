import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createCaseReader } from '../../../adapters/dynamodb/case-reader.ts';
import { readDecisions } from '../../../contracts/http/cases.ts';
import { readDecisions as answer } from '../../../functions/cases-api/operations/read-decisions.ts';
import {
  liveSevereCase,
  openStory,
  PROVIDER,
} from '../../../test/support/decisions/severe-story.ts';
import { decisionText } from '../../cli/decision-text.ts';
import { openInstallation, type TestInstallation } from '../test-installation.ts';

/**
 * docs/reference/decision-record.md and its example are what a real run gives. After a change of the law or of the record:
 * UPDATE_EXAMPLES=1 npm run vitest -- run --project unit apps/ops/verify/decision-example
 */

const docs = path.join(import.meta.dirname, '../../../docs');
const examplePath = path.join(docs, 'examples/severe-decision.json');
const pagePath = path.join(docs, 'reference/decision-record.md');
const isUpdate = process.env['UPDATE_EXAMPLES'] !== undefined;

let installation: TestInstallation;
let records: Record<string, unknown>[];

beforeAll(async () => {
  Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' });
  installation = await openInstallation();
  const { caseId } = (await liveSevereCase(await openStory(installation.store))).state;
  const { body } = await answer({ cases: createCaseReader(installation.store) }, {
    params: { caseId },
    query: { limit: 200 },
    ownOnly: PROVIDER,
  } as Parameters<typeof answer>[1]);
  records = readDecisions.reply.parse(body).items;
  if (!isUpdate) return;
  writeFileSync(examplePath, `${JSON.stringify(severe(), null, 2)}\n`);
  const { before, after } = pageParts();
  writeFileSync(pagePath, `${before}\n\`\`\`\n${decisionText(severe())}\n\`\`\`\n${after}`);
});
afterAll(() => installation?.close());

function severe(): Record<string, unknown> {
  const found = records.find(({ kind, rung }) => kind === 'imposed' && rung === 'S1');
  if (found === undefined) throw new Error('S1 was not imposed.');
  return found;
}

/** The page around the record that a run writes into it. */
function pageParts() {
  const page = readFileSync(pagePath, 'utf8');
  const [begin, end] = ['<!-- begin: record -->', '<!-- end: record -->'];
  const from = page.indexOf(begin) + begin.length;
  const to = page.indexOf(end);
  return { before: page.slice(0, from), inside: page.slice(from, to), after: page.slice(to), page };
}

/** A hash moves with every other number of the policy; what the page tells is the same without it. */
function withoutHashes(text: string): string {
  return text
    .replace(/\b[0-9a-f]{64}\b/g, 'HASH')
    .replace(/\b(draft|hash) [0-9a-f]{12}\b/g, '$1 HASH');
}

it('the example is what the run decided', () => {
  const example = withoutHashes(readFileSync(examplePath, 'utf8'));
  expect(JSON.parse(withoutHashes(JSON.stringify(severe())))).toEqual(JSON.parse(example));
});

it('the page shows it as the command line does', () => {
  const shown = `\`\`\`\n${decisionText(severe())}\n\`\`\``;
  expect(withoutHashes(pageParts().inside.trim())).toBe(withoutHashes(shown));
});

it('the page tells of every field of every record', () => {
  const { page } = pageParts();
  const names = records.flatMap((record) =>
    Object.entries(record).flatMap(([name, value]) =>
      LISTED.has(name) ? Object.keys(value ?? {}).map((inner) => `${name}.${inner}`) : [name],
    ),
  );
  expect([...new Set(names)].filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
});

/** Fields whose parts the page tells of one by one. */
const LISTED: ReadonlySet<string> = new Set([
  'words',
  'law',
  'evidence',
  'windows',
  'people',
  'amount',
  'inputs',
]);

it('every record of the case says what, why, what it means and what to do about it', () => {
  for (const { words, kind } of records as { words: Record<string, unknown>; kind: string }[]) {
    expect(words['what'], kind).toMatch(/\w.*\./);
    expect(words['why'], kind).toMatch(/\w.*\./);
    expect(words['impact'], kind).not.toEqual([]);
  }
  expect(records.map(({ kind, rung }) => [kind, rung])).toEqual([
    ['imposed', 'W'],
    ['imposed', 'P1'],
    ['imposed', 'P2'],
    ['proposed', 'S1'],
    ['imposed', 'S1'],
    ...records.slice(5).map(({ kind, rung }) => [kind, rung]),
  ]);
});
