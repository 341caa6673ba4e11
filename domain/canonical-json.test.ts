import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalJson } from './canonical-json.ts';

test('sorts keys at every depth and leaves out what is undefined', () => {
  expect(canonicalJson({ b: [{ z: 1, a: null }], a: 'x', c: undefined })).toBe(
    '{"a":"x","b":[{"a":null,"z":1}]}',
  );
});

test('writes the same data in one way, whatever order its keys were set in', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (data) => {
      const reversed = Object.fromEntries(Object.entries(data).reverse());
      expect(canonicalJson(reversed)).toBe(canonicalJson(data));
      // -0 is written as 0, as JSON does.
      expect(JSON.parse(canonicalJson(data))).toEqual(JSON.parse(JSON.stringify(data)));
    }),
  );
});
