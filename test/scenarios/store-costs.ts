import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import type { StoreUse } from './store-meter.ts';

const file = path.join(import.meta.dirname, 'store-costs.json');

/** Two reads of a ledger may meet, and a timer may ring twice: that much is no drift. */
const BY_CHANCE = 0.15;

/**
 * Expects that work asks of the store what the committed table says (docs/operating/cost.md). Run the tests with UPDATE_COSTS=1
 * to write it anew.
 */
export function expectUse(name: string, use: StoreUse): void {
  noteUse(name, use);
  const committed = readTable()[name];
  if (committed === undefined) throw new Error(`Nothing is committed for "${name}".`);
  for (const count of ['calls', 'readUnits', 'writeUnits'] as const) {
    const awayBy = Math.abs(use[count] - committed[count]);
    expect(awayBy, `${name}: ${count} ${use[count]}, committed ${committed[count]}`).toBeLessThan(
      Math.max(3, committed[count] * BY_CHANCE),
    );
  }
}

/** Writes the use of one step when the table is made anew; by which step a retry falls is chance. */
export function noteUse(name: string, use: StoreUse): void {
  if (process.env['UPDATE_COSTS'] === undefined) return;
  const written = Object.fromEntries(
    Object.entries(use.written).sort(([a], [b]) => (a < b ? -1 : 1)),
  );
  writeFileSync(
    file,
    `${JSON.stringify({ ...readTable(), [name]: { ...use, written } }, null, 2)}\n`,
  );
}

function readTable(): Record<string, StoreUse> {
  return JSON.parse(readFileSync(file, 'utf8'));
}

/** All uses together. */
export function sumOf(uses: readonly StoreUse[]): StoreUse {
  const sum: StoreUse = { calls: 0, refused: 0, readUnits: 0, writeUnits: 0, written: {} };
  for (const use of uses) {
    sum.calls += use.calls;
    sum.refused += use.refused;
    sum.readUnits += use.readUnits;
    sum.writeUnits += use.writeUnits;
    for (const [name, units] of Object.entries(use.written))
      sum.written[name] = (sum.written[name] ?? 0) + units;
  }
  return sum;
}
