import fc from 'fast-check';
import { expect, expectTypeOf, test } from 'vitest';
import type { CaseRecord } from '../domain/case/record.ts';
import { instantToWire, toWire, type Wire } from './wire.ts';

test('instants become RFC 3339 by their names, durations stay', () => {
  const inside = {
    atMs: 0,
    sinceMs: 1_000,
    openedAtMs: 1_700_000_000_000,
    suspendedUntilMs: null,
    nextDeadlineMs: 5,
    graceMs: 5_000,
    frozenMs: 1,
    answerWindowMs: 2,
    format: 'x',
  };
  expect(toWire(inside)).toEqual({
    at: '1970-01-01T00:00:00.000Z',
    since: '1970-01-01T00:00:01.000Z',
    openedAt: '2023-11-14T22:13:20.000Z',
    suspendedUntil: null,
    nextDeadline: '1970-01-01T00:00:00.005Z',
    graceMs: 5_000,
    frozenMs: 1,
    answerWindowMs: 2,
    format: 'x',
  });
});

test('it reaches into lists and objects, and writes bigints as decimal strings', () => {
  const inside = {
    list: [{ atMs: 1, units: 10n ** 37n }],
    nested: { deltaUnits: -5n },
    none: null,
  };
  expect(toWire(inside)).toEqual({
    list: [{ at: '1970-01-01T00:00:00.001Z', units: `1${'0'.repeat(37)}` }],
    nested: { deltaUnits: '-5' },
    none: null,
  });
});

test('every instant up to the year 9999 survives the wire', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 253_402_300_799_999 }), (atMs) => {
      expect(Date.parse(instantToWire(atMs))).toBe(atMs);
    }),
  );
});

test.each([-1, Number.NaN, 253_402_300_800_000])('%s is no instant', (atMs) => {
  expect(() => instantToWire(atMs)).toThrow(RangeError);
});

test('the types follow the values', () => {
  expectTypeOf<Wire<CaseRecord>['openedAt']>().toEqualTypeOf<string>();
  expectTypeOf<Wire<CaseRecord>['nextDeadline']>().toEqualTypeOf<string | null>();
  expectTypeOf<Wire<{ units: bigint }>>().toEqualTypeOf<{ units: string }>();
});
