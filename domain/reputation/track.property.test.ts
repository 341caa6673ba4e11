import fc from 'fast-check';
import { expect, test } from 'vitest';
import { anEntry, aPart, DAY_MS, defaultPolicy, T0 } from '../law/test-fixtures.ts';
import type { CaseEntry } from '../ledger/accounts.ts';
import { emptyBalances } from '../ledger/conservation.ts';
import { overturnCase, reduceCase } from '../ledger/inverse.ts';
import { applyMove } from '../ledger/move.ts';
import type { RungId } from '../violation.ts';
import { FIXED_ONE } from './forgetting.ts';
import { reputationsOf } from './track.ts';

const law = defaultPolicy.reputation;
const WEIGHTS = { P1: 5, P2: 15, S1: 80, S2: 1_000_000 };
type Marked = keyof typeof WEIGHTS;

/** Cases of any family that climbed any rungs, with money in any state. */
const entriesOf = fc.uniqueArray(
  fc.record({
    caseId: fc.integer({ min: 0, max: 99 }).map((no) => `c${no}`),
    family: fc.constantFrom('performance' as const, 'security' as const),
    rungs: fc.subarray<Marked>(['P1', 'P2', 'S1', 'S2'], { minLength: 1 }),
    beganDay: fc.integer({ min: 0, max: 900 }),
    status: fc.constantFrom('pending' as const, 'final' as const),
    counts: fc.boolean(),
  }),
  { maxLength: 12, selector: ({ caseId }) => caseId },
);

type Drawn = typeof entriesOf extends fc.Arbitrary<infer T> ? T : never;

function entryOf({ caseId, family, rungs, beganDay, status, counts }: Drawn[number]): CaseEntry {
  const at = (index: number) => T0 + (beganDay + 3 * index) * DAY_MS;
  return anEntry(caseId, {
    family,
    counts,
    servedRung: rungs.at(-1) as RungId,
    occurredAtMs: at(0),
    reputation: {
      weights: WEIGHTS,
      marks: rungs.map((rung, index) => ({
        decisionId: `${caseId}-${rung}`,
        rung,
        imposedAtMs: at(index),
      })),
    },
    parts: rungs.map((rung, index) =>
      aPart(`${caseId}-${rung}`, { rung, status, stakeUnits: 10n, imposedAtMs: at(index) }),
    ),
  });
}

function ledgerOf(cases: CaseEntry[]) {
  const pending = cases
    .flatMap(({ parts }) => parts)
    .filter(({ status }) => status === 'pending')
    .reduce((sum, part) => sum + part.stakeUnits, 0n);
  const balances = { ...emptyBalances(), deposited: pending, pending };
  return {
    participantId: 'p-1',
    version: 1,
    asset: 'SWM',
    balances,
    deposits: [],
    withdrawals: [],
    rewards: [],
    unpaidRewards: [],
    cases,
  };
}

test('any order of the same cases gives the same reputation (invariant H2)', () => {
  fc.assert(
    fc.property(entriesOf, fc.infiniteStream(fc.nat()), fc.nat(2_000), (drawn, order, day) => {
      const entries = drawn.map(entryOf);
      const shuffled = entries
        .map((entry) => ({ entry, key: order.next().value ?? 0 }))
        .sort((a, b) => a.key - b.key)
        .map(({ entry }) => {
          const marks = [...(entry.reputation?.marks ?? [])].reverse();
          return { ...entry, reputation: { weights: WEIGHTS, marks } };
        });
      const nowMs = T0 + day * DAY_MS;
      expect(reputationsOf(shuffled, law, nowMs)).toEqual(reputationsOf(entries, law, nowMs));
    }),
  );
});

test('an overturned case leaves none of it behind (invariant H6)', () => {
  fc.assert(
    fc.property(entriesOf, fc.nat(2_000), (drawn, day) => {
      const entries = drawn.map((one) => entryOf({ ...one, status: 'pending' }));
      const [fallen, ...others] = entries;
      fc.pre(fallen !== undefined);
      const snapshot = ledgerOf(entries);
      const review = { caseId: fallen.caseId, reviewId: 'r', atMs: T0 };
      const { cases } = applyMove(snapshot, overturnCase(snapshot, review));
      const nowMs = T0 + day * DAY_MS;
      expect(reputationsOf(cases, law, nowMs)).toEqual(reputationsOf(others, law, nowMs));
    }),
  );
});

test('a case reduced to a rung weighs what it would had it never climbed beyond (invariant H6)', () => {
  fc.assert(
    fc.property(entriesOf, fc.nat(2_000), (drawn, day) => {
      const entries = drawn.map((one) => entryOf({ ...one, status: 'pending' }));
      const [first] = drawn;
      fc.pre(first !== undefined && first.rungs.length > 1);
      const rungs = first.rungs.slice(0, -1);
      const toRung = rungs.at(-1) as RungId;
      const snapshot = ledgerOf(entries);
      const reduction = { caseId: first.caseId, toRung, keepUnits: null, reviewId: 'r', atMs: T0 };
      const { cases } = applyMove(snapshot, reduceCase(snapshot, reduction));
      const lower = [
        entryOf({ ...first, status: 'pending', rungs }),
        ...entries.filter(({ caseId }) => caseId !== first.caseId),
      ];
      const nowMs = T0 + day * DAY_MS;
      expect(reputationsOf(cases, law, nowMs)).toEqual(reputationsOf(lower, law, nowMs));
    }),
  );
});

test('a score lies between nothing and one, and only rises while nothing happens', () => {
  fc.assert(
    fc.property(entriesOf, fc.nat(1_000), (drawn, days) => {
      const entries = drawn.map(entryOf);
      const quietFromMs = T0 + 1_000 * DAY_MS;
      const before = reputationsOf(entries, law, quietFromMs);
      const after = reputationsOf(entries, law, quietFromMs + days * DAY_MS);
      before.forEach(({ scoreFixed }, index) => {
        expect(scoreFixed >= 0n && scoreFixed <= FIXED_ONE).toBe(true);
        expect((after[index]?.scoreFixed ?? 0n) >= scoreFixed).toBe(true);
      });
    }),
  );
});

test('one more case never makes a score better (invariant H12)', () => {
  fc.assert(
    fc.property(entriesOf, fc.nat(2_000), (drawn, day) => {
      const entries = drawn.map(entryOf);
      const nowMs = T0 + day * DAY_MS;
      const fewer = reputationsOf(entries.slice(1), law, nowMs);
      reputationsOf(entries, law, nowMs).forEach(({ scoreFixed }, index) => {
        expect(scoreFixed <= (fewer[index]?.scoreFixed ?? 0n)).toBe(true);
      });
    }),
  );
});
