import { expect, test } from 'vitest';
import { parseDurationMs } from './duration.ts';

test.each([
  ['0s', 0],
  ['500ms', 500],
  ['30s', 30_000],
  ['10m', 600_000],
  ['24h', 86_400_000],
  ['7d', 604_800_000],
])('reads %s', (text, ms) => {
  expect(parseDurationMs(text)).toBe(ms);
});

test.each(['', '24', 'h', '-1h', '1.5h', '1 h', '1h30m', '01h', '9999999999d', '1H', '1w'])(
  'refuses %j with a stable code',
  (text) => {
    expect(() => parseDurationMs(text)).toThrow(
      expect.objectContaining({ code: 'duration-invalid' }),
    );
  },
);
