import { describe, expect, test } from 'vitest';
import { newCaseState } from '../case/open.ts';
import { projectCase } from '../case/project.ts';
import type { CaseRecord } from '../case/record.ts';
import type { CaseState, ImposedStep } from '../case/state.ts';
import { checkConservation } from '../ledger/conservation.ts';
import { applyMove } from '../ledger/move.ts';
import { payRebate } from '../ledger/rebate.ts';
import type { Family, RungId } from '../violation.ts';
import { probationResult, rebateUnitsOf } from './rebate.ts';
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

  test('is nothing for a repeated S1 and for an exclusion also when their own charge was nothing', () => {
    const step = { decisionId: 'a/x', imposedAtMs: T0, chargedUnits: '0', finalDueAtMs: T0 };
    const units = (rung: RungId, counted: number, money: ImposedStep['money']) => {
      const imposed = [{ ...step, rung, money }];
      const state = { ...settled('performance', counted), imposed };
      return rebateUnitsOf(state, ledgerOf('performance', ['P1']));
    };
    expect(units('S1', 1, 'final')).toBe(0n);
    expect(units('S2', 0, 'none')).toBe(0n);
    expect(units('S1', 0, 'final')).toBe(5n);
    expect(units('S2', 0, 'void')).toBe(5n);
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

describe('whether a probation was clean (rule D11)', () => {
  /** A case that began in the probation, with the money of its penalty. */
  const other = (change: Partial<CaseState>, money?: ImposedStep['money']): CaseRecord => {
    const step = { decisionId: 'b/P1', rung: 'P1' as const, imposedAtMs: OVER, chargedUnits: '0' };
    const imposed = money ? [{ ...step, finalDueAtMs: OVER, money }] : [];
    const open = { ...settled('performance'), outcome: null, stage: 'correcting' as const };
    const state = { ...open, caseId: 'b', occurredAtMs: OVER - 1, imposed, ...change };
    return projectCase(state, 'case/b');
  };
  const ended = { stage: 'ended' as const, outcome: 'corrected' as const };
  const result = (...records: CaseRecord[]) => probationResult(settled('performance'), records);

  test.each([
    ['a penalty that is final costs it', other({}, 'final')],
    ['also of a case that has ended', other(ended, 'final')],
  ])('%s', (_, record) => {
    expect(result(record).isClean).toBe(false);
  });

  test.each([
    ['is open', other({})],
    [
      'is not confirmed: nobody knows yet when it occurred',
      other({ occurredAtMs: null, openedAtMs: OVER - 1 }),
    ],
    [
      'is recorded only, and may come into force',
      other({ inert: { because: 'consequential', caseId: 'x' } }),
    ],
    ['has a penalty that may still fall', other(ended, 'pending')],
    ['has one that charged nothing and may still fall', other(ended, 'none')],
  ])('it waits for a case that %s', (_, record) => {
    expect(result(record)).toEqual({ isClean: true, waitsFor: ['b'] });
  });

  test.each([
    ['ended with a warning', other(ended)],
    ['fell', other(ended, 'void')],
    ['was dismissed', other({ ...ended, outcome: 'dismissed' }, 'final')],
    ['was never confirmed', other({ ...ended, outcome: 'unconfirmed' })],
    ['is of another family', other({ law: lawOf('security') }, 'final')],
    ['occurred before it', other({ occurredAtMs: T0 + 20 * DAY_MS - 1 }, 'final')],
    ['occurred after it', other({ occurredAtMs: OVER }, 'final')],
  ])('a case that %s is nothing to it', (_, record) => {
    expect(result(record)).toEqual({ isClean: true, waitsFor: [] });
  });
});
