import { describe, expect, it } from 'vitest';
import { hashName, instantMs, sampleOf, spellOf, summaryOf, webUrl } from './alert.ts';

describe('instantMs', () => {
  it.each([
    ['2026-11-22T15:03:19.917Z', Date.UTC(2026, 10, 22, 15, 3, 19, 917)],
    ['2021-10-12T09:51:03.157076+02:00', Date.UTC(2021, 9, 12, 7, 51, 3, 157)],
    ['2018-12-09T08:42:58+0000', Date.UTC(2018, 11, 9, 8, 42, 58)],
    ['2026-01-02t03:04:05z', Date.UTC(2026, 0, 2, 3, 4, 5)],
    ['0001-01-01T00:00:00Z', 'none'],
    ['0001-01-01T00:00:00+01:00', 'none'],
    ['2026-13-01T00:00:00Z', null],
    ['2026-01-02T03:04:05', null],
    ['2026-01-02', null],
    ['1767323045', null],
    ['1969-12-31T23:59:59Z', null],
    ['', null],
  ])('reads %s', (text, expected) => {
    expect(instantMs(text)).toBe(expected);
  });
});

it('takes an end of year 0001, an empty one and none as not ended', () => {
  const starts = '2026-01-02T03:04:05Z';
  for (const ends of ['0001-01-01T00:00:00Z', '', null, undefined]) {
    expect(spellOf(starts, ends)).toEqual({ startsAtMs: Date.parse(starts), endsAtMs: null });
  }
  expect(spellOf(starts, 'soon')).toBeNull();
  expect(spellOf('0001-01-01T00:00:00Z', null)).toBeNull();
});

it('names the same content alike, whatever the order of its keys', () => {
  expect(hashName({ a: '1', b: '2' })).toBe(hashName({ b: '2', a: '1' }));
  expect(hashName({ a: '1' })).not.toBe(hashName({ a: '2' }));
});

it('cuts what people read, and never in half a character', () => {
  expect(summaryOf('x'.repeat(600))).toHaveLength(500);
  expect(summaryOf(`${'x'.repeat(499)}😀`).isWellFormed()).toBe(true);
  expect(sampleOf({ text: '😀'.repeat(4_000) }).isWellFormed()).toBe(true);
  expect(sampleOf(undefined)).toBe('null');
});

it.each([
  ['http://prometheus/graph?a=b', true],
  ['https://example.org', true],
  ['javascript:alert(1)', false],
  ['file:///etc/passwd', false],
  ['graph', false],
  [`https://example.org/${'x'.repeat(3_000)}`, false],
])('keeps %s as a link: %s', (text, isKept) => {
  expect(webUrl(text)).toBe(isKept ? text : null);
});
