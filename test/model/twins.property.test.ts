import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SEVERITIES, type Severity } from '../../domain/violation.ts';
import type { Invariant } from './test-broken.ts';
import type { Bugs } from './test-network.ts';
import type { Scene } from './test-scene.ts';
import { scene, story } from './test-stories.ts';
import { TWIN_BUGS } from './test-twin-bugs.ts';
import {
  type Befalls,
  isChargedAndMonotone,
  isDecidedByItsOwnLaw,
  isTheSameInAnyOrder,
  type Lasting,
} from './test-twins.ts';

const RUNS = 1_000;

/** What holds on the law by itself in 1,000 runs is looked at here on fewer whole networks (domain/law/order.property.test.ts, pin.test.ts). */
const FEWER_RUNS = 200;

/** A loaded machine may take its time. */
const LONG_MS = 600_000;

/** Enough days for the longest ladder with all its notices. */
const DAYS = 54;

const lasting: fc.Arbitrary<Lasting> = fc.record({
  type: fc.constantFrom(0, 1, 2),
  severity: fc.constantFrom<Severity>(...SEVERITIES),
  days: fc.constant(DAYS),
  befalls: fc.array(
    fc.record({
      day: fc.integer({ min: 0, max: 30 }),
      what: fc.constantFrom<Befalls>('resolve', 'silence', 'blind', 'hold', 'halt', 'no-data'),
    }),
    { maxLength: 2 },
  ),
});

/** A network that is large enough for the breaker to let one case through, and that lives by real amounts. */
const calm = scene.map(
  (one): Scene => ({
    ...one,
    policy: { ...one.policy, atLeast: 3 },
    shadow: [],
    isNew: false,
    // A worker that is late again and again slashes nobody, and rightly so (rule A5).
    fates: one.fates.map((no) => (no === 5 ? 0 : no)),
    stakes: [one.stakes.reduce((sum, units) => sum + units, 10n ** 6n), 10n ** 12n],
  }),
);

const inAnyOrder = (bugs?: Bugs) =>
  fc.asyncProperty(scene, story, (start, commands) => isTheSameInAnyOrder(start, commands, bugs));
const byItsOwnLaw = (bugs?: Bugs) =>
  fc.asyncProperty(calm, lasting, (start, one) => isDecidedByItsOwnLaw(start, one, bugs));
const charged = (bugs?: Bugs) =>
  fc.asyncProperty(calm, lasting, (start, one) => isChargedAndMonotone(start, one, bugs));

describe('two runs of one story', () => {
  test(
    'come to the same in whatever order and however often alerts are delivered (invariant H2)',
    async () => {
      await fc.assert(inAnyOrder(), { numRuns: FEWER_RUNS });
    },
    LONG_MS,
  );

  test(
    'come to the same under a law that came into force after the case was opened (invariant H8)',
    async () => {
      await fc.assert(byItsOwnLaw(), { numRuns: FEWER_RUNS });
    },
    LONG_MS,
  );

  test(
    'charge what lasts exactly what is due, no more for a resolve, a failed monitor or a hold, no less for another resource (invariants H12, H18)',
    async () => {
      await fc.assert(charged(), { numRuns: RUNS });
    },
    LONG_MS,
  );
});

describe('the twins can differ', () => {
  const failing = async (invariant: Invariant, property: fc.IRawProperty<unknown>) => {
    const run = await fc.check(property, { numRuns: RUNS, endOnFailure: true });
    expect(run.errorInstance).toMatchObject({ name: 'AssertionError', invariant });
  };

  test('H2 catches an alert that is graver for being heard twice', () =>
    failing('H2', inAnyOrder(TWIN_BUGS.graverTwice) as fc.IRawProperty<unknown>));

  test('H8 catches a case that lives by the law of today', () =>
    failing('H8', byItsOwnLaw(TWIN_BUGS.lawOfToday) as fc.IRawProperty<unknown>));

  test('H12 catches a hold that doubles the rate', () =>
    failing('H12', charged(TWIN_BUGS.dearerForHolds) as fc.IRawProperty<unknown>));

  test('H12 catches a look that sees only the last resource', () =>
    failing('H12', charged(TWIN_BUGS.seesTheLast) as fc.IRawProperty<unknown>));

  test('H18 catches a build that never finds enough evidence', () =>
    failing('H18', charged(TWIN_BUGS.neverEnough) as fc.IRawProperty<unknown>));

  test('H18 catches a build that charges nothing', () =>
    failing('H18', charged(TWIN_BUGS.chargesNothing) as fc.IRawProperty<unknown>));
});
