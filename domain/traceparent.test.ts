import fc from 'fast-check';
import { expect, it } from 'vitest';
import { formatTraceparent, parseTraceparent } from './traceparent.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';

const hex = (digits: number) =>
  fc
    .array(fc.constantFrom(...'0123456789abcdef'), { minLength: digits, maxLength: digits })
    .map((all) => all.join(''))
    .filter((text) => /[^0]/.test(text));

it('reads what it writes', () => {
  fc.assert(
    fc.property(hex(32), hex(16), fc.boolean(), (traceId, spanId, isSampled) => {
      const context = { traceId, spanId, isSampled };
      expect(parseTraceparent(formatTraceparent(context))).toEqual(context);
    }),
  );
});

it('reads the example of the standard, and later versions by their first four fields', () => {
  const context = { traceId: TRACE, spanId: SPAN, isSampled: true };
  expect(parseTraceparent(`00-${TRACE}-${SPAN}-01`)).toEqual(context);
  expect(parseTraceparent(`cc-${TRACE}-${SPAN}-03-what-the-future-brings`)).toEqual(context);
  expect(parseTraceparent(`00-${TRACE}-${SPAN}-00`)).toEqual({ ...context, isSampled: false });
});

it.each([
  ['nothing', undefined],
  ['no text', 7],
  ['empty', ''],
  ['words', 'a trace'],
  ['upper case', `00-${TRACE.toUpperCase()}-${SPAN}-01`],
  ['a trace of zeros', `00-${'0'.repeat(32)}-${SPAN}-01`],
  ['a span of zeros', `00-${TRACE}-${'0'.repeat(16)}-01`],
  ['the version that is none', `ff-${TRACE}-${SPAN}-01`],
  ['version 00 with a fifth field', `00-${TRACE}-${SPAN}-01-more`],
  ['a short id', `00-${TRACE.slice(1)}-${SPAN}-01`],
  ['two joined by a comma', `00-${TRACE}-${SPAN}-01,00-${TRACE}-${SPAN}-01`],
  ['a line more', `00-${TRACE}-${SPAN}-01\n`],
  ['too long', `01-${TRACE}-${SPAN}-01-${'x'.repeat(300)}`],
])('ignores %s', (_, text) => {
  expect(parseTraceparent(text)).toBeNull();
});
