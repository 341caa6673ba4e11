import { hasTest, type Shown } from './law.ts';

/** One class of incident of docs/reference/incidents-elsewhere.md, or one trick of tricks.md, with the tests that its row names. */
export interface Incident {
  readonly what: string;
  /** Rules of the law, by number. */
  readonly rules: readonly string[];
  readonly shownBy: readonly Shown[];
}

/** The heading under which the page says what no test shows. */
export const NOT_SHOWN = 'Not shown yet';

/** Reads the rows of the page's table: what it is, where it happened or how it ends, rules, tests. */
export function incidentsOf(text: string): Incident[] {
  const [table = ''] = text.split(`\n## ${NOT_SHOWN}\n`);
  const rows = table.split('\n').filter((line) => /^\| (?!what (?:happened|is tried) )/.test(line));
  return rows.map((row) => {
    const [what = '', , rules = '', tests = ''] = row.slice(2, -2).split(' | ');
    const shown = [...tests.matchAll(/`([^`]+)` › "(.+?)"(?=<br>|$)/g)];
    return {
      what,
      rules: rules.split(', '),
      shownBy: shown.map(([, file = '', title = '']) => ({ file, title })),
    };
  });
}

/** What the page says is not shown: the classes of the list under its heading. */
export function openIncidents(text: string): string[] {
  const [, rest = ''] = text.split(`\n## ${NOT_SHOWN}\n`);
  return [...rest.matchAll(/^- \*\*(.+?)\*\*/gm)].map(([, what = '']) => what);
}

/** Rows without a test or with one that is not there, and rows that name no rule of the law. */
export function incidentFaults(root: string, text: string, numbers: readonly string[]): string[] {
  const open = openIncidents(text);
  return incidentsOf(text).flatMap(({ what, rules, shownBy }) => [
    ...(open.includes(what) ? [`"${what}" is shown and not shown`] : []),
    ...(shownBy.length === 0 ? [`"${what}" names no test`] : []),
    ...shownBy
      .filter((shown) => !hasTest(root, shown))
      .map(({ file, title }) => `"${what}" names "${title}" of ${file}, which is not there`),
    ...rules
      .filter((rule) => !numbers.includes(rule))
      .map((rule) => `"${what}" names rule ${rule}, which the law does not have`),
  ]);
}
