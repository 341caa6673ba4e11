import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { sourceFiles } from '../architecture/import-graph.ts';

/** One rule of docs/law.md as the page tells it. */
export interface Rule {
  /** `A1` to `E6`, or `F` to `J`. */
  readonly number: string;
  readonly status: 'in force' | 'in part' | 'later' | 'untold';
  readonly shownBy: readonly Shown[];
}

/** A test that the page names: file and title. */
export interface Shown {
  readonly file: string;
  readonly title: string;
}

const statuses = { 'In force': 'in force', 'In part': 'in part', Later: 'later' } as const;

/** Reads the rules of the law's page: a heading each, a status in bold, and the tests that show it as a list. */
export function rulesOf(text: string): Rule[] {
  return text
    .split(/^(?=#{2,3} )/m)
    .flatMap((section) => {
      const number = /^#{2,3} ([A-E]\d{1,2}|[F-J])\b/.exec(section)?.[1];
      return number === undefined ? [] : [{ number, section }];
    })
    .map(({ number, section }) => {
      const status = /^\*\*(In force|In part|Later)\b/m.exec(section)?.[1];
      const shown = [...section.matchAll(/^- `([^`]+)`: "(.+)"$/gm)];
      return {
        number,
        status: status === undefined ? 'untold' : statuses[status as keyof typeof statuses],
        shownBy: shown.map(([, file = '', title = '']) => ({ file, title })),
      };
    });
}

/** Every number that the law has, in order. */
export function allNumbers(): string[] {
  const lengths = { A: 13, B: 9, C: 12, D: 13, E: 6 };
  const numbered = Object.entries(lengths).flatMap(([letter, count]) =>
    Array.from({ length: count }, (_, index) => `${letter}${index + 1}`),
  );
  return [...numbered, 'F', 'G', 'H', 'I', 'J'];
}

/** Rules that claim to be in force without a test, and tests that are named but not there. */
export function unshown(root: string, rules: readonly Rule[]): string[] {
  return rules.flatMap(({ number, status, shownBy }) => {
    if (status === 'untold') return [`${number} does not say whether it is in force`];
    if (status !== 'later' && shownBy.length === 0) return [`${number} names no test`];
    return shownBy
      .filter((shown) => !hasTest(root, shown))
      .map(({ file, title }) => `${number} names "${title}" of ${file}, which is not there`);
  });
}

/** A title counts only where it is a whole text of the file, not a part of one or of a comment. */
export function hasTest(root: string, { file, title }: Shown): boolean {
  const absolute = path.join(root, file);
  if (!/\.test\.ts$/.test(file) || !existsSync(absolute)) return false;
  const source = readFileSync(absolute, 'utf8');
  return [`'${title}'`, `"${title}"`, `\`${title}\``].some((literal) => source.includes(literal));
}

/** Rule numbers that the code cites and that the law does not have. */
export function unknownCitations(root: string, numbers: readonly string[]): string[] {
  return sourceFiles(root).flatMap((file) => {
    const source = readFileSync(path.join(root, file), 'utf8');
    const cited = [...source.matchAll(/\b[Rr]ules? ((?:[A-E]\d{1,2}(?:–|, | and | or )?)+)/g)];
    return cited
      .flatMap(([, list = '']) => list.match(/[A-E]\d{1,2}/g) ?? [])
      .filter((number) => !numbers.includes(number))
      .map((number) => `${file} cites rule ${number}, which the law does not have`);
  });
}
