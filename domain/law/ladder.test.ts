import { describe, expect, test } from 'vitest';
import {
  FAMILIES,
  RUNG_IDS,
  type RungId,
  rungOrder,
  SEVERITIES,
  type Severity,
} from '../violation.ts';
import {
  firstAnnounced,
  multiplierBpsFor,
  nextRung,
  raisedStart,
  rungForSeverityRise,
  startOf,
} from './ladder.ts';
import { lawOf } from './test-fixtures.ts';

const earlier = (counted: number, change = {}) => ({
  counted,
  onlyWarnings: false,
  probation: false,
  ...change,
});

const CLIMBS = [0, 1, 2, 3, 7];

describe('startOf', () => {
  test.each<[Severity, string[]]>([
    ['minor', ['W', 'P1', 'P2', 'S1', 'S1']],
    ['moderate', ['P1', 'P2', 'S1', 'S2', 'S2']],
    ['major', ['S1', 'S1x2', 'S2', 'S2', 'S2']],
    ['critical', ['S1', 'S2', 'S2', 'S2', 'S2']],
  ])(
    'security, %s, 1st to 4th time and later, as the matrix of rules §G says',
    (severity, starts) => {
      const cells = CLIMBS.map((counted) => startOf(lawOf('security'), severity, earlier(counted)));
      expect(cells.map((cell) => cell.rung + (cell.multiplierBps === 20_000 ? 'x2' : ''))).toEqual(
        starts,
      );
    },
  );

  test.each(['performance', 'operational'] as const)(
    'critical counts as major in %s (rules §G)',
    (family) => {
      for (const counted of CLIMBS) {
        expect(startOf(lawOf(family), 'critical', earlier(counted))).toEqual(
          startOf(lawOf(family), 'major', earlier(counted)),
        );
      }
    },
  );

  test.each<[Severity, number, RungId]>([
    ['minor', 1, 'P1'],
    ['minor', 3, 'P1'],
    ['moderate', 1, 'P1'],
    ['moderate', 3, 'P1'],
    ['major', 1, 'S1'],
    ['major', 3, 'S1'],
    ['critical', 2, 'S1'],
  ])(
    '%s after %i cases that ended in warning starts at %s (rule C11)',
    (severity, counted, rung) => {
      expect(
        startOf(lawOf('security'), severity, earlier(counted, { onlyWarnings: true })),
      ).toEqual({
        rung,
        multiplierBps: 10_000,
      });
    },
  );

  test('one earlier penalty makes all earlier cases count in full (rule C11)', () => {
    expect(startOf(lawOf('performance'), 'minor', earlier(2)).rung).toBe('P2');
  });

  test.each<[Severity, number, RungId, number]>([
    ['minor', 0, 'P1', 10_000],
    ['minor', 1, 'P2', 10_000],
    ['minor', 2, 'S1', 10_000],
    ['minor', 3, 'S1', 10_000],
    ['moderate', 1, 'S1', 10_000],
    ['major', 0, 'S1', 10_000],
    ['major', 1, 'S1', 20_000],
    ['major', 2, 'S2', 10_000],
  ])(
    '%s with %i earlier ones in probation starts at %s (rule C6)',
    (severity, counted, rung, multiplierBps) => {
      expect(
        startOf(lawOf('performance'), severity, earlier(counted, { probation: true })),
      ).toEqual({
        rung,
        multiplierBps,
      });
    },
  );

  test('a graver or more often repeated violation never starts lower', () => {
    for (const family of FAMILIES) {
      for (const flags of [{}, { onlyWarnings: true }, { probation: true }]) {
        const orders = SEVERITIES.map((severity) =>
          CLIMBS.map((counted) =>
            rungOrder(startOf(lawOf(family), severity, earlier(counted, flags)).rung),
          ),
        );
        orders.forEach((row, severity) => {
          row.forEach((order, counted) => {
            expect(order).toBeGreaterThanOrEqual(row[counted - 1] ?? 0);
            expect(order).toBeGreaterThanOrEqual(orders[severity - 1]?.[counted] ?? 0);
          });
        });
      }
    }
  });
});

describe('firstAnnounced', () => {
  test.each<[RungId, RungId]>([
    ['W', 'P1'],
    ['P1', 'P1'],
    ['P2', 'P2'],
    ['S1', 'S1'],
    ['S2', 'S2'],
  ])(
    'a start at %s first announces %s: the first word is always a warning (rule A8)',
    (rung, announced) => {
      expect(firstAnnounced({ rung, multiplierBps: 10_000 })).toBe(announced);
    },
  );
});

describe('nextRung', () => {
  const law = lawOf('performance');
  const climb = (severity: Severity, startRung: RungId): RungId[] => {
    const rungs: RungId[] = ['W'];
    for (;;) {
      const next = nextRung(law, rungs.at(-1) as RungId, severity, startRung);
      if (next === null) return rungs;
      rungs.push(next);
    }
  };

  test.each<[Severity, RungId, RungId[]]>([
    ['minor', 'W', ['W', 'P1', 'P2', 'S1']],
    ['minor', 'P1', ['W', 'P1', 'P2', 'S1']],
    ['minor', 'P2', ['W', 'P2', 'S1']],
    ['minor', 'S1', ['W', 'S1']],
    ['moderate', 'S1', ['W', 'S1']],
    ['moderate', 'S2', ['W', 'S2']],
    ['major', 'S1', ['W', 'S1', 'S2']],
    ['critical', 'S1', ['W', 'S1', 'S2']],
    ['critical', 'S2', ['W', 'S2']],
  ])('%s from %s climbs %j by time alone (rules A8, A12)', (severity, startRung, rungs) => {
    expect(climb(severity, startRung)).toEqual(rungs);
  });

  test('what is imposed stays when severity falls, but nothing above S1 follows (rule A12)', () => {
    expect(nextRung(law, 'S1', 'major', 'S1')).toBe('S2');
    expect(nextRung(law, 'S1', 'minor', 'S1')).toBeNull();
  });
});

describe('a rising severity (rule A12)', () => {
  const law = lawOf('performance');

  test.each<[RungId, Severity, number, RungId | null]>([
    ['W', 'moderate', 0, 'P1'],
    ['W', 'major', 0, 'S1'],
    ['P1', 'moderate', 0, null],
    ['P2', 'major', 0, 'S1'],
    ['S1', 'major', 0, null],
    ['S1', 'major', 2, 'S2'],
    ['P2', 'moderate', 1, null],
  ])('from %s to %s with %i earlier cases leads to %s', (current, severity, counted, rung) => {
    expect(rungForSeverityRise(law, current, severity, earlier(counted))).toBe(rung);
    expect(raisedStart(law, current, severity, earlier(counted))?.rung ?? null).toBe(rung);
  });

  test('never leads downwards', () => {
    for (const current of RUNG_IDS) {
      for (const severity of SEVERITIES) {
        const rung = rungForSeverityRise(law, current, severity, earlier(0));
        if (rung !== null) expect(rungOrder(rung)).toBeGreaterThan(rungOrder(current));
      }
    }
  });
});

test('a multiplier belongs to the rung of its cell: "S1 ×2" does not double S2 (rules §G)', () => {
  const start = { rung: 'S1' as const, multiplierBps: 20_000 };
  expect(multiplierBpsFor(start, 'S1')).toBe(20_000);
  expect(multiplierBpsFor(start, 'S2')).toBe(10_000);
});
