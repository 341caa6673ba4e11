import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../canonical-json.ts';
import { fromPlain, toPlain } from './exact.ts';

const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    fc.bigInt(),
    fc.integer(),
    fc.string(),
    fc.boolean(),
    fc.constant(null),
    fc.array(fc.bigInt(), { maxLength: 3 }),
    fc.array(fc.string()).map((items) => new Set(items)),
    fc.dictionary(fc.constantFrom('a', 'b', '*', '/', '~1', 'units'), tie('tree')),
  ),
}));

describe('plain data', () => {
  it('comes back as it was, amounts and sets included', () => {
    fc.assert(
      fc.property(tree, (value) => {
        const { plain, exact } = toPlain(value);
        const stored = JSON.parse(canonicalJson(plain));
        expect(fromPlain(stored, exact)).toEqual(sortedSets(value));
      }),
      { numRuns: 500 },
    );
  });

  it('holds nothing but what canonical JSON can write', () => {
    expect(
      toPlain({ units: 7n, keys: new Set(['b', 'a']), gone: undefined, list: [[1n]] }),
    ).toEqual({
      plain: { units: '7', keys: ['a', 'b'], list: [['1']] },
      exact: { amounts: ['list/*/*', 'units'], sets: ['keys'] },
    });
  });

  it('keeps a decimal string that was a string before', () => {
    const { plain, exact } = toPlain({ held: '12', units: [{ units: '5', of: 5n }] });
    expect(fromPlain(plain, exact)).toEqual({ held: '12', units: [{ units: '5', of: 5n }] });
  });
});

/** A set has no order; the plain list is sorted. */
function sortedSets(value: unknown): unknown {
  if (value instanceof Set) return new Set([...value].sort());
  if (Array.isArray(value)) return value.map(sortedSets);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, sortedSets(item)]));
}
