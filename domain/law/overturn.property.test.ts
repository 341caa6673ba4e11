import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { caseFaults, checkConservation } from '../ledger/conservation.ts';
import { FAMILIES, rungOrder, SEVERITIES } from '../violation.ts';
import { liveUnits } from './slashable.ts';
import { FallingCases, type Told } from './test-falls.ts';

const told = (final: fc.Arbitrary<number>): fc.Arbitrary<Told> =>
  fc.record({
    family: fc.constantFrom(...FAMILIES.slice(0, 2)),
    severity: fc.constantFrom(...SEVERITIES),
    afterDays: fc.integer({ min: 0, max: 40 }),
    climbs: fc.integer({ min: 0, max: 4 }),
    final,
    nodes: fc.integer({ min: 1, max: 4 }),
  });

const history = (final: fc.Arbitrary<number>) =>
  fc.record({
    stake: fc.bigInt({ min: 10_000n, max: 10_000_000n }),
    rewards: fc.bigInt({ min: 0n, max: 20_000n }),
    cases: fc.array(told(final), { minLength: 1, maxLength: 6 }),
    falls: fc.nat(),
  });

type History = typeof history extends (...args: never[]) => fc.Arbitrary<infer H> ? H : never;

function lived({ stake, rewards, cases }: History, skip?: number): FallingCases {
  const world = new FallingCases(stake, rewards);
  cases.forEach((one, index) => {
    if (index !== skip) world.live(one);
  });
  return world;
}

/** What is left of a ledger when ids of reviews, versions and order of writing are taken out. */
function normalised(world: FallingCases) {
  const { balances, cases, unpaidRewards } = world.ledger;
  const entries = cases
    .map(({ caseId, counts, servedRung, parts }) => ({
      caseId,
      counts,
      servedRung,
      parts: parts.map(({ decisionId, rung, status, stakeUnits, rewardUnits }) => ({
        decisionId,
        rung,
        status,
        stakeUnits,
        rewardUnits,
      })),
    }))
    .sort((a, b) => (a.caseId < b.caseId ? -1 : 1));
  const sanctions = [...world.sanctions.values()].sort((a, b) => (a.caseId < b.caseId ? -1 : 1));
  const states = [...world.cases.values()].map(({ caseId, rung, startRung, imposed }) => ({
    caseId,
    rung,
    startRung,
    imposed,
  }));
  return { balances, unpaidRewards, entries, sanctions, states };
}

describe('an overturned case (rules C11, D10, invariant H6)', () => {
  test('leaves no trace: the money is as if it had never been', () => {
    fc.assert(
      fc.property(history(fc.constant(0)), (story) => {
        const last = story.cases.length - 1;
        const world = lived(story);
        world.overturn(`c${last + 1}`, () => 0);
        const never = lived(story, last);
        expect(world.ledger.balances).toEqual(never.ledger.balances);
        expect(world.ledger.unpaidRewards).toEqual(never.ledger.unpaidRewards);
        const others = world.ledger.cases.filter(({ caseId }) => caseId !== `c${last + 1}`);
        expect(others).toEqual(never.ledger.cases);
        // Whoever comes next starts where they would have started without it.
        const next: Told = {
          ...(story.cases[last] as Told),
          afterDays: 1,
          climbs: 2,
        };
        const id = world.live(next);
        const afterDays = 1 + (story.cases[last]?.afterDays ?? 0);
        const same = never.live({ ...next, afterDays });
        expect(world.cases.get(id)?.startRung).toBe(never.cases.get(same)?.startRung);
        expect(world.cases.get(id)?.recurrence).toEqual(never.cases.get(same)?.recurrence);
      }),
      { numRuns: 500 },
    );
  });

  test('never costs a later case more, whatever is final stays, and the books conserve', () => {
    let lowered = 0;
    fc.assert(
      fc.property(history(fc.integer({ min: 0, max: 3 })), (story) => {
        const before = lived(story);
        const world = lived(story);
        world.overturn(`c${(story.falls % story.cases.length) + 1}`, () => 0);
        checkConservation(world.ledger.balances);
        expect(caseFaults(world.ledger)).toEqual([]);
        expect(world.ledger.balances.slashed).toBe(before.ledger.balances.slashed);
        for (const entry of world.ledger.cases) {
          const old = before.ledger.cases.find(({ caseId }) => caseId === entry.caseId);
          if (!old) throw new Error('No case is made by a fall.');
          expect(liveUnits(entry) <= liveUnits(old)).toBe(true);
          if (liveUnits(entry) < liveUnits(old) && entry.counts) lowered += 1;
          const state = world.cases.get(entry.caseId);
          const was = before.cases.get(entry.caseId);
          expect(rungOrder(state?.rung ?? 'W')).toBeLessThanOrEqual(rungOrder(was?.rung ?? 'W'));
          const sanction = world.sanctions.get(entry.caseId);
          const had = before.sanctions.get(entry.caseId);
          expect(sanction?.rewardCutBps ?? 0).toBeLessThanOrEqual(had?.rewardCutBps ?? 0);
        }
      }),
      { numRuns: 500 },
    );
    // The property says something: later cases do fall.
    expect(lowered).toBeGreaterThan(20);
  });

  test('comes to the same in whatever order the later cases hear of it', () => {
    fc.assert(
      fc.property(
        history(fc.integer({ min: 0, max: 1 })),
        fc.infiniteStream(fc.nat()),
        (story, order) => {
          const falls = `c${(story.falls % story.cases.length) + 1}`;
          const oldestFirst = lived(story);
          oldestFirst.overturn(falls, () => 0);
          const mixed = lived(story);
          const next = order[Symbol.iterator]();
          mixed.overturn(falls, (of) => (next.next().value ?? 0) % of);
          expect(normalised(mixed)).toEqual(normalised(oldestFirst));
        },
      ),
      { numRuns: 500 },
    );
  });
});
