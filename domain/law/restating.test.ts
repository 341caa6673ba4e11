import { describe, expect, test } from 'vitest';
import { newCaseState } from '../case/open.ts';
import type { CaseState, ImposedStep } from '../case/state.ts';
import type { RungId, Severity } from '../violation.ts';
import { calculateCharge } from './calculation.ts';
import { rungOf } from './pin.ts';
import { basisOf, restated, targetOfReduction } from './restating.ts';
import { aLedger, anEntry, aPart, aParticipant, lawOf, MINUTE_MS, T0 } from './test-fixtures.ts';

const law = lawOf('performance');
const STAKE = 1_000_000n;

/** A fourth one of its family, which starts at S1, beside another case of the same cause that has charged some units. */
function fourth(chargedByCause: bigint): { state: CaseState; step: ImposedStep } {
  const parts = chargedByCause > 0n ? [aPart('lead-P2', { stakeUnits: chargedByCause })] : [];
  const entries = [
    anEntry('lead', { violationType: 'subpar-delivery', resourceIds: ['node-1'], parts }),
    anEntry('own', { resourceIds: ['node-1'], occurredAtMs: T0 + MINUTE_MS }),
  ];
  const snapshot = aLedger(STAKE, entries);
  snapshot.balances = { ...snapshot.balances, available: STAKE - chargedByCause };
  const calculation = calculateCharge({
    law,
    rung: rungOf(law, 'S1'),
    multiplierBps: 10_000,
    severity: 'minor',
    participant: aParticipant(1),
    earning: ['node-1'],
    snapshot,
    caseId: 'own',
    occurredAtMs: T0 + MINUTE_MS,
    nowMs: T0 + MINUTE_MS,
  });
  const step: ImposedStep = {
    decisionId: 'own-S1',
    rung: 'S1',
    imposedAtMs: T0 + MINUTE_MS,
    chargedUnits: calculation.chargeUnits.toString(),
    finalDueAtMs: T0 + MINUTE_MS,
    money: 'pending',
    basis: basisOf(calculation, { severity: 'minor', earning: ['node-1'], byPerson: false }),
  };
  const fresh = newCaseState({
    networkId: 'main',
    caseId: 'own',
    participantId: 'p-1',
    violationType: 'downtime',
    controlGroup: 'g',
    severity: 'minor',
    openedAtMs: T0,
    confirmAtMs: T0,
  });
  const recurrence = { counted: 3, onlyWarnings: false, probation: false };
  const at = { law, recurrence, startRung: 'S1' as const, multiplierBps: 10_000 };
  return { state: { ...fresh, ...at, rung: 'S1', imposed: [step] }, step };
}

describe('a case whose cause another one has charged (rules C9, D10)', () => {
  const third = { counted: 2, onlyWarnings: false, probation: false };
  const kept = (state: CaseState) => restated(state, third)?.parts.map((part) => part.keepUnits);

  test.each([
    // S1 takes 10,000 of the million, P2 takes 1,000.
    [0n, '10000', 1_000n],
    [400n, '9600', 600n],
    [1_000n, '9000', 0n],
    [4_000n, '6000', 0n],
  ])('with %i charged there it adds %s, and recomputed to P2 keeps %i', (there, added, keeps) => {
    const { state, step } = fourth(there);
    expect(step.chargedUnits).toBe(added);
    expect(kept(state)).toEqual([keeps]);
    expect(targetOfReduction(state, step, 'P2')).toBe(keeps);
  });
});

describe('what rested on earlier cases (rule D10)', () => {
  const two = { counted: 2, onlyWarnings: false, probation: false };
  const one = { ...two, counted: 1 };
  const basis = {
    numerator: STAKE.toString(),
    denominator: '1',
    earning: ['node-1'],
    byPerson: false,
  };
  const imposed = (
    rung: RungId,
    units: string,
    money: ImposedStep['money'],
    severity: Severity,
  ) => ({
    decisionId: `own-${rung}`,
    rung,
    imposedAtMs: T0,
    chargedUnits: units,
    finalDueAtMs: T0,
    money,
    basis: { ...basis, severity },
  });
  const third = (steps: ImposedStep[], change: Partial<CaseState> = {}): CaseState => {
    const start = { recurrence: two, startRung: 'P2' as const, multiplierBps: 10_000 };
    return { ...fourth(0n).state, ...start, imposed: steps, ...change };
  };

  test('falls with them also when the severity has risen since, so that it starts no lower', () => {
    const steps = [imposed('P2', '1000', 'pending', 'minor')];
    const due = [{ decisionId: 'own-P2', rung: 'P1', keepUnits: 100n }];
    for (const severity of ['minor', 'moderate'] as const)
      expect(restated(third(steps, { severity }), one)?.parts).toEqual(due);
    expect(restated(third(steps), two)).toBeNull();
    // More counts than before: nothing is raised.
    expect(restated(third(steps), { ...two, counted: 3 })).toBeNull();
  });

  test('climbs from where a final decision would have been, though that stays', () => {
    const kept = (money: ImposedStep['money']) => {
      const steps = [
        imposed('P2', '1000', money, 'minor'),
        imposed('S1', '9000', 'pending', 'minor'),
      ];
      return restated(third(steps), one)?.parts.at(-1);
    };
    expect(kept('pending')).toEqual({ decisionId: 'own-S1', rung: 'P2', keepUnits: 900n });
    expect(kept('final')).toEqual({ decisionId: 'own-S1', rung: 'P2', keepUnits: 0n });
  });
});
