import { expect, test } from 'vitest';
import { pinLaw, reopenWindowMs, rungOf, shortestGraceMs, windowMs } from './pin.ts';
import { DAY_MS, defaultPolicy, HOUR_MS, lawOf } from './test-fixtures.ts';

test('a pinned law is the policy of its type and family (rules A4, B4)', () => {
  const law = pinLaw(defaultPolicy, 'node-compromise');
  expect(law).toMatchObject({
    policyVersion: 'default-1',
    policyHash: defaultPolicy.hash,
    family: 'security',
    capBps: 1_000,
    recurrenceWindowMs: 168 * DAY_MS,
    allowanceMs: 300_000,
  });
  expect(law.guidance.steps.length).toBeGreaterThan(0);
});

test('a pinned law survives the JSON that carries it through a workflow', () => {
  const law = lawOf('performance');
  expect(JSON.parse(JSON.stringify(law))).toEqual(law);
});

test('an unknown violation type has a stable code', () => {
  expect(() => pinLaw(defaultPolicy, 'jaywalking')).toThrow(
    expect.objectContaining({ code: 'violation-type-unknown' }),
  );
});

test.each([
  ['performance', 'P1', 1],
  ['performance', 'P2', 3],
  ['performance', 'S1', 7],
  ['performance', 'S2', 30],
  ['operational', 'P1', 7],
  ['operational', 'P2', 3],
  ['security', 'S2', 7],
] as const)(
  '%s %s is imposed %i days after its notice: max(grace, answer window) (rule A8)',
  (family, id, days) => {
    expect(windowMs(rungOf(lawOf(family), id))).toBe(days * DAY_MS);
  },
);

test('the reopen window is the longer of 24 h and the window of the rung (rule A4)', () => {
  const law = lawOf('performance');
  expect(reopenWindowMs(law, rungOf(law, 'W'))).toBe(24 * HOUR_MS);
  expect(reopenWindowMs(law, rungOf(law, 'S1'))).toBe(7 * DAY_MS);
});

test('the shortest grace skips the warning, which has none', () => {
  expect(shortestGraceMs(lawOf('performance'))).toBe(DAY_MS);
  expect(shortestGraceMs(lawOf('operational'))).toBe(72 * HOUR_MS);
});
