import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Family, RungId, Severity } from '../violation.ts';
import { liveUnits } from './slashable.ts';
import { totalByHand } from './test-oracle.ts';
import { Simulation } from './test-simulation.ts';
import { LAWS, type Laws } from './test-world.ts';

/** A violation that both monitors and the probe see without a gap, noticed after some hours, with governors at hand. */
const lasting = fc.record({
  family: fc.constantFrom<Family>('performance', 'operational', 'security'),
  severity: fc.constantFrom<Severity>('minor', 'moderate', 'major', 'critical'),
  stake: fc.oneof(fc.bigInt(1n, 20_000n), fc.bigInt(10n ** 6n, 10n ** 24n)),
  nodes: fc.constantFrom([0], [1], [0, 1]),
  serveAfterHours: fc.integer({ min: 0, max: 30 }),
  laterDeposit: fc.option(fc.bigInt(1n, 10n ** 20n)),
});

/** The first time: where time alone ends (rules §G, A12). */
const CEILING: Record<Severity, RungId> = {
  minor: 'S1',
  moderate: 'S1',
  major: 'S2',
  critical: 'S2',
};

/** Invariant H18: such a violation is charged exactly what rule D2 gives, at the rung that its severity leads to. */
function isCharged(laws: Partial<Laws> = {}) {
  return fc.property(
    lasting,
    ({ family, severity, stake, nodes, serveAfterHours, laterDeposit }) => {
      const simulation = new Simulation({ family, severities: [severity, severity], stake }, laws);
      const { world } = simulation;
      for (const node of nodes) {
        for (const source of [0, 1]) simulation.play({ do: 'fire', source, type: 0, node });
      }
      simulation.play({ do: 'wait', hours: 1 });
      if (laterDeposit !== null) simulation.play({ do: 'deposit', units: laterDeposit });
      // 37 days to S2 in the longest ladder, and the delay of each notice.
      for (let day = 0; day < 42; day += 1) {
        simulation.play({ do: 'wait', hours: serveAfterHours });
        simulation.play({ do: 'serve' });
        simulation.play({ do: 'wait', hours: 24 });
        for (const person of [0, 2]) simulation.play({ do: 'approve', type: 0, person });
      }
      const [only, ...others] = world.cases;
      expect(others).toEqual([]);
      expect(only?.rung).toBe(CEILING[severity]);
      const last = world.decisions.findLast(({ kind }) => kind !== 'hold');
      expect(last?.rung.id).toBe(CEILING[severity]);
      expect(last?.earning).toEqual(nodes.map((node) => `node-${node + 1}`));
      const entry = world.entry(only?.caseId ?? '');
      const charged = entry === undefined ? -1n : liveUnits(entry);
      expect(charged).toBe(last === undefined ? 0n : totalByHand(world, last));
    },
  );
}

describe('a violation evidenced without a gap (invariant H18)', () => {
  test('is charged exactly what the calculation gives', () => {
    fc.assert(isCharged(), { numRuns: 1_000 });
  });

  test.each<[string, Partial<Laws>]>([
    [
      'never charges',
      {
        calculate: (input) => ({
          ...LAWS.calculate(input),
          chargeUnits: 0n,
          fromRewardsUnits: 0n,
          fromStakeUnits: 0n,
        }),
      },
    ],
    [
      'never finds enough evidence',
      {
        judge: (input) =>
          input.named === null
            ? LAWS.judge(input)
            : { verdict: 'hold', cause: 'insufficient-evidence', reason: 'never enough' },
      },
    ],
  ])('catches a build that %s', (_name, laws) => {
    const run = fc.check(isCharged(laws), { numRuns: 1_000, endOnFailure: true });
    expect(run.errorInstance).toMatchObject({ name: 'AssertionError' });
  });
});
