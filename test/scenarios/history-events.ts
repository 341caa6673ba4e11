import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** History events of one case over both its workflows, by kind: the bill of a case. */
export type EventKinds = Record<string, number>;

const file = path.join(import.meta.dirname, 'history-events.json');

/** What the committed table says of a case. Run the tests with UPDATE_EVENTS=1 to write it anew. */
export function committedEvents(name: string, observed: EventKinds): EventKinds {
  const table: Record<string, EventKinds> = JSON.parse(readFileSync(file, 'utf8'));
  if (process.env['UPDATE_EVENTS'] === undefined) return table[name] ?? {};
  const kinds = Object.entries(observed).sort(([a], [b]) => (a < b ? -1 : 1));
  writeFileSync(
    file,
    `${JSON.stringify({ ...table, [name]: Object.fromEntries(kinds) }, null, 2)}\n`,
  );
  return observed;
}

/** Where two deadlines fall on the same instant, one timer or two may ring, and each ring is a task: that much is no drift. */
const BY_CHANCE = 3;

/** What was observed, with differences that chance makes taken out. */
export function withoutChance(observed: EventKinds, committed: EventKinds): EventKinds {
  const kinds = Object.entries(observed).map(([kind, count]) => {
    const isByChance = kind.startsWith('timer') || kind.startsWith('workflowTask');
    const known = committed[kind];
    const isNear = known !== undefined && Math.abs(known - count) <= BY_CHANCE;
    return [kind, isByChance && isNear ? known : count];
  });
  return Object.fromEntries(kinds);
}

/** All events together. */
export function totalOf(kinds: EventKinds): number {
  return Object.values(kinds).reduce((sum, count) => sum + count, 0);
}
