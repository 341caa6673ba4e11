import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalJson, hashOf } from './canonical.ts';
import { etagOf, matchesEtag } from './etag.ts';

test('the order of fields does not matter, the order of lists does', () => {
  const one = { b: [1, { d: 1, c: 2 }], a: null };
  const two = { a: null, b: [1, { c: 2, d: 1 }] };
  expect(canonicalJson(one)).toBe('{"a":null,"b":[1,{"c":2,"d":1}]}');
  expect(hashOf(one)).toBe(hashOf(two));
  expect(hashOf({ list: [1, 2] })).not.toBe(hashOf({ list: [2, 1] }));
});

test('it says the same as the value, for every JSON value', () => {
  fc.assert(
    fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
      const text = JSON.stringify(value);
      expect(JSON.parse(canonicalJson(JSON.parse(text)))).toEqual(JSON.parse(text));
    }),
  );
});

test('a tag is found in a list, weak or strong, and a star matches all', () => {
  const etag = etagOf('body');
  expect(etagOf('other')).not.toBe(etag);
  expect(matchesEtag(`"x", W/${etag}`, etag)).toBe(true);
  expect(matchesEtag('*', etag)).toBe(true);
  expect(matchesEtag('"x"', etag)).toBe(false);
  expect(matchesEtag(undefined, etag)).toBe(false);
});
