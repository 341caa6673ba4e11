import { describe, expect, test } from 'vitest';
import type { LedgerSnapshot } from '../ledger/accounts.ts';
import { creditReward, deposit } from '../ledger/bookings.ts';
import { caseFaults, checkConservation } from '../ledger/conservation.ts';
import { dependentsOf, overturnCase, reduceCase } from '../ledger/inverse.ts';
import { applyMove, entryOf, type LedgerMove } from '../ledger/move.ts';
import { chargeAutomatic, holdForProposal, imposeHeld, openCaseEntry } from '../ledger/moves.ts';
import type { Family, RungId, Severity } from '../violation.ts';
import { type Calculation, calculateCharge } from './calculation.ts';
import { startOf } from './ladder.ts';
import { rungOf } from './pin.ts';
import { countRecurrence } from './recurrence.ts';
import { aLedger, anEntry, aPart, aParticipant, DAY_MS, lawOf, T0 } from './test-fixtures.ts';

const SEVEN_OF_A_HUNDRED = Array.from({ length: 7 }, (_, index) => `node-${index + 1}`);

function step(snapshot: LedgerSnapshot, move: LedgerMove): LedgerSnapshot {
  checkConservation(move.balances);
  const next = applyMove(snapshot, move);
  expect(caseFaults(next)).toEqual([]);
  return next;
}

function performanceCharge(snapshot: LedgerSnapshot, id: RungId): Calculation {
  const law = lawOf('performance');
  return calculateCharge({
    law,
    rung: rungOf(law, id),
    multiplierBps: 10_000,
    severity: 'minor',
    participant: aParticipant(100),
    earning: SEVEN_OF_A_HUNDRED,
    snapshot,
    caseId: 'a',
    occurredAtMs: T0,
    nowMs: T0 + 7 * DAY_MS,
  });
}

const opening = (caseId: string, family: Family, severity: Severity, occurredAtMs: number) => ({
  caseId,
  family,
  severity,
  occurredAtMs,
  violationType: family === 'security' ? 'node-compromise' : 'downtime',
});

describe('example 1: 7 of 100 equal resources of a stake of 1,000,003 (rules §I)', () => {
  const opened = (ledger: LedgerSnapshot): LedgerSnapshot =>
    step(ledger, openCaseEntry(ledger, opening('a', 'performance', 'minor', T0)));

  const afterP2 = (ledger: LedgerSnapshot): LedgerSnapshot => {
    const amount = performanceCharge(ledger, 'P2');
    expect(amount).toMatchObject({
      baseNumerator: 7_000_021n,
      baseDenominator: 100n,
      targetUnits: 71n,
      chargeUnits: 71n,
    });
    const charge = {
      caseId: 'a',
      decisionId: 'a/P2',
      rung: 'P2',
      atMs: T0,
      finalDueAtMs: T0,
      amount,
    } as const;
    return step(ledger, chargeAutomatic(ledger, charge));
  };

  test('P2 is 71, S1 is 701 with a top-up of 630', () => {
    const s1 = performanceCharge(afterP2(opened(aLedger(1_000_003n))), 'S1');
    expect(s1).toMatchObject({ targetUnits: 701n, chargeUnits: 630n });
  });

  test('when other cases used 19,500 of the cap of 20,000, S1 is 500 with a top-up of 429', () => {
    const used = anEntry('b', { parts: [aPart('b/1', { stakeUnits: 19_500n })] });
    const ledger = aLedger(1_000_003n, [used]);
    ledger.balances = { ...ledger.balances, available: 980_503n, pending: 19_500n };
    const s1 = performanceCharge(afterP2(opened(ledger)), 'S1');
    expect(s1).toMatchObject({ targetUnits: 701n, capLeftUnits: 500n, chargeUnits: 429n });
  });
});

describe('example 2: the same 500 with unpaid rewards of 300, 120 of them earned by the fault (rules §I)', () => {
  const used = anEntry('b', { parts: [aPart('b/1', { stakeUnits: 19_500n })] });
  let ledger = aLedger(1_000_003n, [used]);
  ledger.balances = { ...ledger.balances, available: 980_503n, pending: 19_500n };
  ledger = step(
    ledger,
    creditReward(ledger, { transferId: 'r1', units: 120n, earnedAtMs: T0, atMs: T0, cuts: [] }),
  );
  ledger = step(
    ledger,
    creditReward(ledger, {
      transferId: 'r2',
      units: 180n,
      earnedAtMs: T0 + 1,
      atMs: T0 + 1,
      cuts: [],
    }),
  );
  ledger = step(ledger, openCaseEntry(ledger, opening('a', 'performance', 'minor', T0)));

  const p2 = performanceCharge(ledger, 'P2');
  const atP2 = step(
    ledger,
    chargeAutomatic(ledger, {
      caseId: 'a',
      decisionId: 'a/P2',
      rung: 'P2',
      atMs: T0,
      finalDueAtMs: T0,
      amount: p2,
    }),
  );
  const s1 = performanceCharge(atP2, 'S1');
  const proposed = step(
    atP2,
    holdForProposal(atP2, { caseId: 'a', decisionId: 'a/S1', rung: 'S1', atMs: T0, amount: s1 }),
  );
  const atS1 = step(
    proposed,
    imposeHeld(proposed, {
      caseId: 'a',
      decisionId: 'a/S1',
      rung: 'S1',
      atMs: T0,
      finalDueAtMs: T0,
      chargeUnits: s1.chargeUnits,
    }),
  );

  test('71 from rewards at P2; at S1 49 from rewards and 380 from stake', () => {
    expect(p2).toMatchObject({ fromRewardsUnits: 71n, fromStakeUnits: 0n });
    expect(s1).toMatchObject({ fromRewardsUnits: 49n, fromStakeUnits: 380n, chargeUnits: 429n });
    expect(atS1.balances).toMatchObject({
      pending: 20_000n,
      held: 0n,
      available: 980_123n,
      rewardsUnpaid: 180n,
    });
  });

  test('"reduced to P2" refunds 49 and 380', () => {
    const reduced = step(
      atS1,
      reduceCase(atS1, {
        caseId: 'a',
        toRung: 'P2',
        keepUnits: null,
        reviewId: 'review-1',
        atMs: T0,
      }),
    );
    expect(reduced.balances).toEqual(atP2.balances);
    expect(reduced.unpaidRewards).toEqual(atP2.unpaidRewards);
    expect(entryOf(reduced, 'a')).toMatchObject({
      servedRung: 'P2',
      parts: [{ status: 'pending' }, { status: 'void' }],
    });
  });

  test('a case that started above P2 keeps what P2 would have charged', () => {
    const straight = step(
      ledger,
      chargeAutomatic(ledger, {
        caseId: 'a',
        decisionId: 'a/S1',
        rung: 'P2',
        atMs: T0,
        finalDueAtMs: T0,
        amount: { fromRewardsUnits: 120n, fromStakeUnits: 380n },
      }),
    );
    const reduction = {
      caseId: 'a',
      toRung: 'P2',
      keepUnits: 71n,
      reviewId: 'review-1',
      atMs: T0,
    } as const;
    const reduced = step(straight, reduceCase(straight, reduction));
    expect(reduced.balances).toEqual(atP2.balances);
    expect(reduced.unpaidRewards).toEqual(atP2.unpaidRewards);
  });
});

describe('example 3: two security cases of one participant (rules §I)', () => {
  const law = lawOf('security');
  const participant = aParticipant(1);
  const days = (count: number): number => T0 + count * DAY_MS;
  const recur = (ledger: LedgerSnapshot, caseId: string, at: number) =>
    countRecurrence(law, ledger.cases, caseId, 'security', at, [], at);

  function severe(ledger: LedgerSnapshot, caseId: string, occurredAtMs: number) {
    const start = startOf(law, 'major', recur(ledger, caseId, occurredAtMs));
    expect(start.rung).toBe('S1');
    const amount = calculateCharge({
      law,
      rung: rungOf(law, 'S1'),
      multiplierBps: start.multiplierBps,
      severity: 'major',
      participant,
      earning: ['node-1'],
      snapshot: ledger,
      caseId,
      occurredAtMs,
      nowMs: occurredAtMs,
    });
    return { start, amount };
  }

  function imposed(ledger: LedgerSnapshot, caseId: string, occurredAtMs: number): LedgerSnapshot {
    const opened = step(
      ledger,
      openCaseEntry(ledger, opening(caseId, 'security', 'major', occurredAtMs)),
    );
    const { amount } = severe(opened, caseId, occurredAtMs);
    const decision = {
      caseId,
      decisionId: `${caseId}/S1`,
      rung: 'S1',
      atMs: occurredAtMs,
      finalDueAtMs: occurredAtMs,
    } as const;
    return step(opened, chargeAutomatic(opened, { ...decision, amount }));
  }

  const withA = imposed(aLedger(10_000n), 'a', days(0));
  const topped = step(withA, deposit(withA, { transferId: 'in-2', units: 5_000n, atMs: days(1) }));
  const withB = imposed(topped, 'b', days(5));

  test('A: S1 500; B: S1 ×2 is 1,500, of which the cap leaves 1,000', () => {
    expect(withA.balances.pending).toBe(500n);
    expect(withB.balances.pending).toBe(1_500n);
    const opened = step(topped, openCaseEntry(topped, opening('b', 'security', 'major', days(5))));
    expect(severe(opened, 'b', days(5))).toMatchObject({
      start: { multiplierBps: 20_000 },
      amount: { targetUnits: 1_500n, capLeftUnits: 1_000n, chargeUnits: 1_000n },
    });
  });

  test('a later top-up of A finds no cap left, because B used it', () => {
    expect(severe(withB, 'a', days(0)).amount).toMatchObject({ capLeftUnits: 0n, chargeUnits: 0n });
  });

  test('overturn A: its money is back, B becomes the first and falls to 750', () => {
    const overturn = { caseId: 'a', reviewId: 'review-1', atMs: days(20) };
    let ledger = step(withB, overturnCase(withB, overturn));
    expect(entryOf(ledger, 'a')).toMatchObject({ counts: false, parts: [{ status: 'void' }] });
    expect(ledger.balances.pending).toBe(1_000n);

    const [dependent] = dependentsOf(ledger, 'a', law.recurrenceWindowMs);
    expect(dependent?.caseId).toBe('b');
    const { start, amount } = severe(ledger, 'b', days(5));
    expect(start.multiplierBps).toBe(10_000);
    expect(amount).toMatchObject({ targetUnits: 750n, capLeftUnits: 1_500n });
    const keepUnits = amount.targetUnits < 1_000n ? amount.targetUnits : 1_000n;
    ledger = step(
      ledger,
      reduceCase(ledger, {
        caseId: 'b',
        toRung: 'S1',
        keepUnits,
        reviewId: 'review-1',
        atMs: days(20),
      }),
    );
    expect(ledger.balances).toMatchObject({ pending: 750n, available: 14_250n });
  });
});
