import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FAMILIES } from '../../domain/violation.ts';
import type { Invariant } from './test-broken.ts';
import { BUGS } from './test-bugs.ts';
import { CHECKS, watch } from './test-checks.ts';
import type { Network } from './test-network.ts';
import type { Scene } from './test-scene.ts';
import { counted } from './test-sights.ts';
import { FATES } from './test-steps.ts';
import { scene, story } from './test-stories.ts';

const RUNS = 1_000;

/** A loaded machine may take its time. */
const LONG_MS = 600_000;

const ONE_RUN: readonly Invariant[] = [...new Set(CHECKS.map(({ invariant }) => invariant))];

describe('a network of participants, monitors and people, whatever happens and whoever crashes', () => {
  const seen = new Map<string, number>();
  const note = (network: Network): void => {
    for (const [what, times] of [...network.counts, ...counted(network)])
      seen.set(what, (seen.get(what) ?? 0) + times);
  };

  test(
    'keeps the invariants H1, H3 to H11, H13 to H15 and H17',
    async () => {
      const property = fc.asyncProperty(scene, story, async (start, commands) => {
        note(await watch(start, commands));
      });
      await fc.assert(property, { numRuns: RUNS });
    },
    LONG_MS,
  );

  test('is looked at: no invariant is blind, and what matters happens often enough', () => {
    const rare: [what: string, times: number, least: number][] = [];
    const atLeast = (least: number, ...names: string[]): void => {
      for (const name of names) {
        const times = seen.get(name) ?? 0;
        if (times < least) rare.push([name, times, least]);
      }
    };
    atLeast(20, ...ONE_RUN.map((invariant) => `looked ${invariant}`));
    for (const family of FAMILIES) {
      atLeast(60, `charge ${family}`);
      atLeast(5, `reinstated ${family} P2`, `rung-imposed ${family} S1`);
      atLeast(10, `rung-proposed ${family} S1`, `would-impose ${family} P1`);
    }
    atLeast(200, 'imposed P1', 'imposed P2');
    atLeast(30, 'imposed S1');
    atLeast(2, 'imposed S2', 'outcome excluded');
    atLeast(40, 'dispute overturned');
    atLeast(8, 'dispute upheld', 'dispute reduced', 'dispute lapsed');
    atLeast(
      100,
      'step dies-before-commit',
      'step dies-after-commit',
      'step answer-lost',
      'step twice',
      'step overtaken',
      'step slow',
    );
    atLeast(30, 'booking dies-before-commit', 'booking dies-after-commit');
    atLeast(30, 'outcome reinstated', 'outcome corrected', 'outcome dismissed', 'came to rest');
    atLeast(20, 'case in shadow', 'held breaker', 'kin charged');
    atLeast(5, 'fallen cut of kin');
    atLeast(5, 'inert consequential');
    atLeast(20, 'part held', 'part pending', 'part final', 'part void', 'part lapsed');
    atLeast(5, 'transfer rebate', 'charge from the exit', 'charge from rewards');
    atLeast(1, 'leave in parts');
    atLeast(2, 'act without the role', 'refused conflict-of-interest', 'refused role-taken');
    atLeast(20, 'withdrawal', 'withdrawal refused', 'payout', 'payout refused');
    atLeast(3, 'hold opened', 'held incident');
    expect(rare).toEqual([]);
  });
});

test('a story in which two cases are slow by turns comes to rest', async () => {
  const node = { who: 0, node: 0 };
  const start: Scene = {
    policy: {
      slash: 100,
      cut: 100,
      windows: 100,
      rebate: 5_000,
      atLeast: 3,
      breakerHours: 72,
      minimumStake: 10_000,
    },
    shadow: [],
    stakes: [100_000n, 100_000n],
    capacities: [1, 1],
    isNew: false,
    unreachable: [],
    rests: false,
    fates: [FATES.indexOf('slow')],
  };
  const network = await watch(start, [
    {
      do: 'fire',
      alerts: [2, 1].map((type) => ({ ...node, source: 0, type })),
      severity: 'minor',
    },
    {
      do: 'fire',
      alerts: [0, 1].map((source) => ({ ...node, source, type: 0 })),
      severity: 'major',
    },
    { do: 'pass', times: 1 },
    { do: 'withdraw', who: 0, parts: 1 },
    { do: 'withdraw', who: 0, parts: 2 },
    { do: 'wait', hours: 696 },
  ]);
  expect(network.counts.get('step slow')).toBeGreaterThan(1);
});

describe('the invariants can fail', () => {
  test.each(BUGS.map((bug) => [bug.invariant, bug.what, bug] as const))(
    '%s catches %s',
    async (invariant, _what, { bugs, seed }) => {
      const checks = CHECKS.filter((check) => check.invariant === invariant);
      const property = fc.asyncProperty(scene, story, async (start, commands) => {
        await watch(start, commands, checks, bugs);
      });
      const run = await fc.check(property, {
        numRuns: RUNS,
        endOnFailure: true,
        ...(seed !== undefined && { seed }),
      });
      // Caught by the invariant itself, not by a model that fell over.
      expect(run.errorInstance).toMatchObject({ name: 'AssertionError', invariant });
    },
    LONG_MS,
  );
});
