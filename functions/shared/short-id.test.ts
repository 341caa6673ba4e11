import { expect, it } from 'vitest';
import { caseIdOf, newReceiptId } from './short-id.ts';

it('gives the case of an opening always the same short id', () => {
  const id = caseIdOf('downtime', { alertKey: 'prometheus/761bf2837a33b7b9', seq: 1 });
  expect(id).toMatch(/^downtime-[0-9a-hjkmnp-tv-z]{10}$/);
  expect(id).toBe(caseIdOf('downtime', { alertKey: 'prometheus/761bf2837a33b7b9', seq: 1 }));
});

it('gives each episode and alert another id', () => {
  const openings = ['a', 'b'].flatMap((alertKey) => [1, 2, 11].map((seq) => ({ alertKey, seq })));
  const ids = openings.map((opening) => caseIdOf('downtime', opening));
  expect(new Set(ids).size).toBe(openings.length);
});

it('makes receipt ids that do not repeat', () => {
  const ids = Array.from({ length: 1_000 }, newReceiptId);
  expect(new Set(ids).size).toBe(1_000);
  for (const id of ids) expect(id).toMatch(/^[0-9a-hjkmnp-tv-z]{16}$/);
});
