import fc from 'fast-check';
import { expect, test } from 'vitest';
import { keysOf, monthOf, shardOf, UNDELIVERED_SHARDS } from './keys.ts';

const awkward = fc.string({
  unit: fc.constantFrom('a', '#', '%', '2', '3', '5', '/'),
  minLength: 1,
});

test('two different pairs of ids never share a key, whatever signs they hold', () => {
  const keys = keysOf('main');
  fc.assert(
    fc.property(awkward, awkward, awkward, awkward, (p1, t1, p2, t2) => {
      fc.pre(p1 !== p2 || t1 !== t2);
      expect(keys.slot(p1, t1).pk).not.toBe(keys.slot(p2, t2).pk);
      expect(keys.sanction(p1, t1)).not.toEqual(keys.sanction(p2, t2));
      expect(keys.notice(p1, t1)).not.toEqual(keys.notice(p2, t2));
      expect(keys.caseEntry(p1, t1)).not.toEqual(keys.caseEntry(p2, t2));
    }),
    { numRuns: 1_000 },
  );
});

test('two networks never share a key', () => {
  fc.assert(
    fc.property(awkward, awkward, awkward, (n1, n2, id) => {
      fc.pre(n1 !== n2);
      expect(keysOf(n1).caseRecord(id).pk).not.toBe(keysOf(n2).caseRecord(id).pk);
      expect(keysOf(n1).step(id).pk.startsWith(keysOf(n2).networkPrefix)).toBe(false);
    }),
  );
});

test('every fact of an account sorts behind its head, and versions sort as numbers do', () => {
  const keys = keysOf('main');
  const head = keys.ledgerHead('p').sk;
  for (const key of [keys.caseEntry('p', ' '), keys.depositFact('p', 1), keys.rewardFact('p', 1)]) {
    expect(key.sk > head).toBe(true);
    expect(key.sk.startsWith(keys.snapshotPrefix)).toBe(true);
  }
  expect(keys.transfer('p', 10, 0).sk > keys.transfer('p', 9, 99).sk).toBe(true);
  const entry = { caseId: 'c', participantId: 'p', entryId: 'e' };
  expect(keys.auditEntry(entry, 10).sk > keys.auditEntry(entry, 9).sk).toBe(true);
});

test('shards stay where they are from version to version, and all are used', () => {
  // Changing these numbers strands what is stored under them.
  expect(['p1', 'p2', 'zürich', ''].map((id) => shardOf(id, 16))).toMatchInlineSnapshot(`
    [
      10,
      7,
      0,
      5,
    ]
  `);
  const used = new Set(Array.from({ length: 500 }, (_, n) => shardOf(`p${n}`, UNDELIVERED_SHARDS)));
  expect(used.size).toBe(UNDELIVERED_SHARDS);
});

test('a month is the month in UTC', () => {
  expect(monthOf(Date.UTC(2026, 10, 30, 23, 59))).toBe('2026-11');
  expect(monthOf(Date.UTC(2026, 11, 1))).toBe('2026-12');
});
