import fc from 'fast-check';
import type { Told } from '../domain/law/test-falls.ts';
import { FAMILIES, type Family, SEVERITIES } from '../domain/violation.ts';

/** A case in time. Days count from the beginning of the story. */
export interface TracedCase extends Told {
  openDay: number;
  everyDays: number;
  /** How long after its last rung access returns. */
  restDays: number;
  /** Whether a draft is imposed at half of what was held for it. */
  isHalved: boolean;
  /** Whether its last rung, where persons decide it, is still a draft when the case falls. */
  isDraft: boolean;
}

/** A reward; one that is credited late may have been earned long before. */
export interface TracedReward {
  units: bigint;
  earnedDay: number;
  lateDays: number;
}

/** How far a policy is from the default one, in hundredths. */
export interface Policy100 {
  slash: number;
  cut: number;
  cap: number;
  window: number;
}

/** Everything that happens to one participant. */
export interface TracedStory {
  policy: Policy100;
  capacities: number[];
  stake: bigint;
  /** One n-th of the stake is on its way out before the first case; 0 is none. */
  exitPart: bigint;
  cases: Map<string, TracedCase>;
  rewards: TracedReward[];
  deposits: { units: bigint; day: number }[];
}

const caseIn = (
  family: fc.Arbitrary<Family>,
  bounds: { openDay: [number, number]; climbs: number; everyDays: number; final?: number },
): fc.Arbitrary<TracedCase> =>
  fc.record({
    family,
    severity: fc.constantFrom(...SEVERITIES),
    openDay: fc.integer({ min: bounds.openDay[0], max: bounds.openDay[1] }),
    afterDays: fc.constant(0),
    climbs: fc.integer({ min: 0, max: bounds.climbs }),
    everyDays: fc.integer({ min: 1, max: bounds.everyDays }),
    restDays: fc.integer({ min: 1, max: 60 }),
    final: fc.integer({ min: 0, max: bounds.final ?? 0 }),
    nodes: fc.integer({ min: 1, max: 6 }),
    isHalved: fc.boolean(),
    isDraft: fc.boolean(),
  });

const surroundings = {
  policy: fc.record({
    slash: fc.integer({ min: 50, max: 2_000 }),
    cut: fc.integer({ min: 50, max: 200 }),
    cap: fc.integer({ min: 50, max: 2_000 }),
    window: fc.integer({ min: 50, max: 200 }),
  }),
  capacities: fc.array(fc.integer({ min: 1, max: 8 }), { minLength: 6, maxLength: 9 }),
  stake: fc.bigInt({ min: 1_000n, max: 10_000_000n }),
  exitPart: fc.constantFrom(0n, 1n, 2n, 10n),
  rewards: fc.array(
    fc.record({
      units: fc.bigInt({ min: 1n, max: 20_000n }),
      earnedDay: fc.integer({ min: -2, max: 95 }),
      lateDays: fc.integer({ min: 0, max: 4 }),
    }),
    { maxLength: 12 },
  ),
  deposits: fc.array(
    fc.record({
      units: fc.bigInt({ min: 1n, max: 100_000n }),
      day: fc.integer({ min: 0, max: 95 }),
    }),
    { maxLength: 3 },
  ),
};

/**
 * Stories of a case `x` on which nothing depends: what decides about money before it is over, and after it come cases of other families, which
 * only warn, for a later charge depends on which rewards and stake are left.
 */
export const alone: fc.Arbitrary<TracedStory> = fc
  .constantFrom(...FAMILIES)
  .chain((family) =>
    fc.record({
      ...surroundings,
      x: caseIn(fc.constant(family), { openDay: [41, 60], climbs: 4, everyDays: 8 }),
      earlier: fc.array(
        caseIn(fc.constantFrom(family, ...FAMILIES), { openDay: [0, 20], climbs: 4, everyDays: 5 }),
        { maxLength: 3 },
      ),
      later: fc.array(
        caseIn(fc.constantFrom(...FAMILIES.filter((other) => other !== family)), {
          openDay: [42, 95],
          climbs: 0,
          everyDays: 1,
        }),
        { maxLength: 2 },
      ),
    }),
  )
  .map(({ x, earlier, later, ...around }) => ({
    ...around,
    cases: new Map([
      ...earlier.map((one, index): [string, TracedCase] => [`a${index}`, one]),
      ['x', x],
      ...later.map((one, index): [string, TracedCase] => [`b${index}`, one]),
    ]),
  }));

/** Stories of cases that depend on one another, and which of them falls. */
export const entangled: fc.Arbitrary<{ story: TracedStory; falls: string }> = fc
  .constantFrom(...FAMILIES)
  .chain((family) =>
    fc.record({
      ...surroundings,
      falls: fc.nat(),
      all: fc.array(
        caseIn(fc.constantFrom(family, family, family, family, ...FAMILIES), {
          openDay: [0, 60],
          climbs: 4,
          everyDays: 8,
          final: 2,
        }),
        { minLength: 2, maxLength: 5 },
      ),
    }),
  )
  .map(({ all, falls, ...around }) => {
    // Oldest first, and one of the older half falls: then there is mostly one that depends on it.
    const inTime = all.sort((a, b) => a.openDay - b.openDay);
    const cases = new Map(inTime.map((one, index) => [`c${index}`, one]));
    return { story: { ...around, cases }, falls: `c${falls % Math.ceil(all.length / 2)}` };
  });
