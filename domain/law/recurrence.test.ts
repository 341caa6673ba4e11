import { describe, expect, test } from 'vitest';
import type { CaseEntry } from '../ledger/accounts.ts';
import type { Sanction } from '../sanction.ts';
import { countRecurrence } from './recurrence.ts';
import { anEntry, aSanction, DAY_MS, lawOf, T0 } from './test-fixtures.ts';

const law = lawOf('performance');
const at = T0 + 100 * DAY_MS;

const count = (entries: CaseEntry[], sanctions: Sanction[] = [], nowMs = at) =>
  countRecurrence(law, entries, 'this', 'performance', at, sanctions, nowMs);

describe('earlier cases (rule C11)', () => {
  test.each<[string, Partial<CaseEntry>, number]>([
    ['an earlier case that served P1', { occurredAtMs: at - DAY_MS }, 1],
    ['one that was corrected in warning', { occurredAtMs: at - DAY_MS, servedRung: 'W' }, 1],
    ['one that never reached a warning', { occurredAtMs: at - DAY_MS, servedRung: null }, 0],
    ['one at the edge of the window', { occurredAtMs: at - 90 * DAY_MS }, 1],
    ['one before the window', { occurredAtMs: at - 90 * DAY_MS - 1 }, 0],
    ['one that occurred at the same instant', { occurredAtMs: at }, 0],
    ['one that occurred later', { occurredAtMs: at + 1 }, 0],
    ['one of another family', { occurredAtMs: at - DAY_MS, family: 'security' }, 0],
    ['one that was overturned', { occurredAtMs: at - DAY_MS, counts: false }, 0],
    ['the case itself', { occurredAtMs: at - DAY_MS, caseId: 'this' }, 0],
  ])('%s', (_name, change, counted) => {
    expect(count([anEntry('earlier', change)]).counted).toBe(counted);
  });

  test('only warnings is true only when there are some and all are', () => {
    const warned = anEntry('a', { occurredAtMs: at - DAY_MS, servedRung: 'W' });
    const served = anEntry('b', { occurredAtMs: at - 2 * DAY_MS, servedRung: 'P2' });
    expect(count([]).onlyWarnings).toBe(false);
    expect(count([warned]).onlyWarnings).toBe(true);
    expect(count([warned, served])).toMatchObject({ counted: 2, onlyWarnings: false });
  });
});

describe('probation (rule C6)', () => {
  test.each<[string, Partial<Sanction>, number, boolean]>([
    ['running', { probationUntilMs: at + 1 }, at, true],
    ['over before the fault', { probationUntilMs: at }, at, false],
    ['of another family', { probationUntilMs: at + 1, family: 'security' }, at, false],
    ['of the case itself', { probationUntilMs: at + 1, caseId: 'this' }, at, false],
    ['none yet: still suspended', { access: 'suspended' }, at, false],
    [
      'over by now, but the fault occurred in it',
      { access: 'active', probationUntilMs: at + 1 },
      at + 2,
      true,
    ],
    [
      'lifted early by an overturn',
      { access: 'active', probationUntilMs: at + DAY_MS },
      at + 2,
      false,
    ],
  ])('%s', (_name, change, nowMs, probation) => {
    expect(count([], [aSanction('other', change)], nowMs).probation).toBe(probation);
  });
});
