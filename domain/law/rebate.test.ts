import { describe, expect, test } from 'vitest';
import { newCaseState } from '../case/open.ts';
import type { CaseState } from '../case/state.ts';
import { checkConservation } from '../ledger/conservation.ts';
import { applyMove } from '../ledger/move.ts';
import { payRebate } from '../ledger/rebate.ts';
import type { Family, RungId } from '../violation.ts';
import { rebateUnitsOf, undecidedInProbation } from './rebate.ts';
import { stakeAt } from './slashable.ts';
import { aLedger, anEntry, aPart, DAY_MS, lawOf, T0 } from './test-fixtures.ts';

const OVER = T0 + 50 * DAY_MS;

function settled(family: Family, counted = 0): CaseState {
  const fresh = newCaseState({
    networkId: 'main',
    caseId: 'a',
    participantId: 'p-1',
    violationType: 'any',
    controlGroup: 'group-p-1',
    severity: 'minor',
    openedAtMs: T0,
    confirmAtMs: T0,
  });
  return {
    ...fresh,
    stage: 'ended',
    outcome: 'reinstated',
    law: lawOf(family),
    recurrence: { counted, onlyWarnings: false, probation: false },
    endedAtMs: T0 + 20 * DAY_MS,
    probationOverAtMs: OVER,
  };
}

function ledgerOf(family: Family, rungs: RungId[], others: Parameters<typeof anEntry>[1][] = []) {
  const parts = rungs.map((rung, index) =>
    aPart(`a/${index}`, { rung, status: 'final', stakeUnits: 7n, rewardUnits: 4n }),
  );
  const own = anEntry('a', { family, parts });
  const rest = others.map((change, index) => anEntry(`b${index}`, { family, ...change }));
  const ledger = aLedger(1_000n, [own, ...rest]);
  const final = BigInt(rungs.length) * 11n;
  ledger.balances = { ...ledger.balances, available: 1_000n - final, slashed: final };
  return ledger;
}

describe('the rebate (rule D11)', () => {
  test.each([
    ['performance', ['P1', 'P2'], 0, 11n],
    ['performance', ['P1'], 3, 5n],
    ['operational', ['P1', 'S1'], 0, 11n],
    ['performance', ['P2', 'S1'], 1, 0n],
    ['performance', ['S1', 'S2'], 0, 0n],
    ['security', ['P1', 'S1'], 0, 0n],
  ] as const)('of %s %j after %i earlier cases is %i', (family, rungs, counted, units) => {
    expect(rebateUnitsOf(settled(family, counted), ledgerOf(family, [...rungs]))).toBe(units);
  });

  test.each([
    ['a penalty in it', { occurredAtMs: T0 + 30 * DAY_MS }, 0n],
    ['a warning in it', { occurredAtMs: T0 + 30 * DAY_MS, servedRung: 'W' as const }, 5n],
    ['one that was overturned', { occurredAtMs: T0 + 30 * DAY_MS, counts: false }, 5n],
    ['one of another family', { occurredAtMs: T0 + 30 * DAY_MS, family: 'security' as const }, 5n],
    ['one before it', { occurredAtMs: T0 + 10 * DAY_MS }, 5n],
    ['one after it', { occurredAtMs: OVER }, 5n],
  ])('with %s: %#', (_, other, units) => {
    expect(rebateUnitsOf(settled('performance'), ledgerOf('performance', ['P1'], [other]))).toBe(
      units,
    );
  });

  test.each([
    ['one that has only warned', { servedRung: 'W' as const }, ['b0']],
    ['one that is not confirmed', { servedRung: null }, ['b0']],
    ['one that was overturned', { servedRung: 'W' as const, counts: false }, []],
    ['one of another family', { servedRung: 'W' as const, family: 'security' as const }, []],
    ['one after it', { servedRung: 'W' as const, occurredAtMs: OVER }, []],
    ['a penalty, which decides it', {}, []],
  ])('waits for what occurred in it and is undecided: %s', (_, change, waitsFor) => {
    const ledger = ledgerOf('performance', ['P1'], [{ occurredAtMs: OVER - 1, ...change }]);
    expect(undecidedInProbation(settled('performance'), ledger)).toEqual(waitsFor);
  });

  test('not when the kin offended in it: the group has one probation (rule C8)', () => {
    const own = ledgerOf('performance', ['P1']);
    const kinWith = (occurredAtMs: number) => ({
      ...own,
      group: {
        controlGroup: 'g',
        version: 3,
        firstRegisteredAtMs: T0,
        checksPassed: 100,
        kin: [{ ...aLedger(1_000n, [anEntry('of-kin', { occurredAtMs })]), participantId: 'p-2' }],
      },
    });
    const state = settled('performance');
    expect(rebateUnitsOf(state, kinWith(T0 + 30 * DAY_MS))).toBe(0n);
    expect(rebateUnitsOf(state, kinWith(OVER))).toBe(5n);
  });

  test('goes from the reserve to the participant, once, and is stake again', () => {
    const before = ledgerOf('performance', ['P1']);
    const paid = payRebate(before, { caseId: 'a', units: 5n, atMs: OVER });
    checkConservation(paid.balances);
    expect(paid.balances).toMatchObject({ slashed: 11n, rebates: 5n, available: 994n });
    expect(paid.transfers).toMatchObject([
      { kind: 'rebate', postings: [{ account: 'reserve', deltaUnits: -5n }, { deltaUnits: 5n }] },
    ]);
    const after = applyMove(before, paid);
    expect(stakeAt(after, OVER) - stakeAt(after, OVER - 1)).toBe(5n);
    expect(() => payRebate(after, { caseId: 'a', units: 5n, atMs: OVER })).toThrow('already');
  });
});
