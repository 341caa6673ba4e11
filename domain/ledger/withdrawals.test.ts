import { describe, expect, test } from 'vitest';
import { aLedger, DAY_MS, T0 } from '../law/test-fixtures.ts';
import type { LedgerSnapshot, Transfer } from './accounts.ts';
import { creditReward, deposit, payRewards } from './bookings.ts';
import { caseFaults, checkConservation, emptyBalances, foldBalances } from './conservation.ts';
import { NO_CUT, returnWithheld } from './cuts.ts';
import { reduceCase } from './inverse.ts';
import { applyMove, type LedgerMove } from './move.ts';
import {
  chargeAutomatic,
  finalise,
  holdForProposal,
  imposeHeld,
  openCaseEntry,
  releaseHold,
  voidDecision,
} from './moves.ts';
import { beginExit, cancelExit, leave } from './withdrawals.ts';

/** A ledger with its movements; the books are checked after every move (invariant H1). */
class Book {
  snapshot: LedgerSnapshot = { ...aLedger(0n), balances: emptyBalances(), deposits: [] };
  readonly transfers: Transfer[] = [];

  do(move: (snapshot: LedgerSnapshot) => LedgerMove): this {
    const made = move(this.snapshot);
    this.snapshot = applyMove(this.snapshot, made);
    this.transfers.push(...made.transfers);
    checkConservation(this.snapshot.balances);
    expect(caseFaults(this.snapshot)).toEqual([]);
    expect(foldBalances(this.transfers)).toEqual(this.snapshot.balances);
    const ids = this.transfers.map(({ transferId }) => transferId);
    expect(new Set(ids).size).toBe(ids.length);
    return this;
  }
}

const DUE_MS = T0 + 28 * DAY_MS;
const exit =
  (withdrawalId: string, units: bigint, requestedAtMs = T0) =>
  (s: LedgerSnapshot) =>
    beginExit(s, {
      withdrawalId,
      externalRef: withdrawalId,
      units,
      requestedAtMs,
      dueAtMs: DUE_MS,
    });

/** 1,000 units of stake, 300 and 200 of them on their way, and an open case. */
const leaving = (): Book =>
  new Book()
    .do((s) => deposit(s, { transferId: 'in', units: 1_000n, atMs: T0 - DAY_MS }))
    .do(exit('w-1', 300n))
    .do(exit('w-2', 200n, T0 + 1))
    .do((s) =>
      openCaseEntry(s, {
        caseId: 'c-1',
        family: 'performance',
        violationType: 'downtime',
        severity: 'minor',
        occurredAtMs: T0,
      }),
    );

const S1 = { caseId: 'c-1', decisionId: 'c-1/S1', rung: 'S1', atMs: T0 + DAY_MS } as const;
const FINAL = { finalDueAtMs: T0 + 31 * DAY_MS };
const stake = (units: bigint) => ({ fromRewardsUnits: 0n, fromStakeUnits: units });
const exiting = (book: Book) => book.snapshot.withdrawals.map((one) => one.exitingUnits);

describe('stake on its way out (rules D6, D8)', () => {
  test('begins, leaves and is over', () => {
    const book = leaving().do((s) =>
      leave(s, { withdrawalId: 'w-1', mayLeaveUnits: 900n, atMs: DUE_MS }),
    );
    expect(book.snapshot.balances).toMatchObject({
      available: 500n,
      exiting: 200n,
      withdrawn: 300n,
    });
    expect(book.snapshot.withdrawals[0]).toMatchObject({
      outcome: 'left',
      endedAtMs: DUE_MS,
      left: [{ atMs: DUE_MS, units: 300n }],
    });
    expect(() => book.do((s) => cancelExit(s, { withdrawalId: 'w-1', atMs: DUE_MS }))).toThrow(
      /is over/,
    );
  });

  test('leaves in parts where the rest has to wait', () => {
    const book = leaving()
      .do((s) => leave(s, { withdrawalId: 'w-1', mayLeaveUnits: 100n, atMs: DUE_MS }))
      .do((s) => leave(s, { withdrawalId: 'w-1', mayLeaveUnits: 500n, atMs: DUE_MS + DAY_MS }));
    expect(book.snapshot.withdrawals[0]).toMatchObject({
      outcome: 'left',
      left: [
        { atMs: DUE_MS, units: 100n },
        { atMs: DUE_MS + DAY_MS, units: 200n },
      ],
    });
  });

  test('stays when it is taken back', () => {
    const book = leaving().do((s) => cancelExit(s, { withdrawalId: 'w-1', atMs: DUE_MS }));
    expect(book.snapshot.balances).toMatchObject({ available: 800n, exiting: 200n });
    expect(book.snapshot.withdrawals[0]).toMatchObject({ outcome: 'cancelled', exitingUnits: 0n });
  });

  test('begins once, and only with what is there', () => {
    expect(() => leaving().do(exit('w-1', 1n))).toThrow(/has begun already/);
    expect(() => leaving().do(exit('w-3', 501n))).toThrow(/available is negative/);
    expect(() => leaving().do(exit('w-3', 0n))).toThrow(/at least one unit/);
  });
});

describe('a charge (rule D6)', () => {
  const charged = (units: bigint): Book =>
    leaving().do((s) => chargeAutomatic(s, { ...S1, ...FINAL, amount: stake(units) }));

  test('takes what is available first, then what is on its way, the oldest first', () => {
    const book = charged(850n);
    expect(book.snapshot.balances).toMatchObject({ available: 0n, exiting: 150n, pending: 850n });
    expect(exiting(book)).toEqual([0n, 150n]);
    expect(book.snapshot.cases[0]?.parts[0]?.exitTranches).toEqual([
      { withdrawalId: 'w-1', units: '300' },
      { withdrawalId: 'w-2', units: '50' },
    ]);
    expect(charged(500n).snapshot.cases[0]?.parts[0]).not.toHaveProperty('exitTranches');
  });

  test('never takes more than there is', () => {
    expect(() => charged(1_001n)).toThrow(/more stake than there is/);
  });

  test('that falls goes back to where it came from', () => {
    const before = leaving().snapshot;
    const { snapshot } = charged(850n).do((s) => voidDecision(s, S1));
    expect(snapshot.balances).toEqual(before.balances);
    expect(snapshot.withdrawals).toEqual(before.withdrawals);
  });

  test('that falls after the withdrawal is over becomes available', () => {
    const book = charged(850n)
      .do((s) => leave(s, { withdrawalId: 'w-1', mayLeaveUnits: 0n, atMs: DUE_MS }))
      .do((s) => cancelExit(s, { withdrawalId: 'w-2', atMs: DUE_MS }))
      .do((s) => voidDecision(s, S1));
    expect(book.snapshot.balances).toMatchObject({ available: 1_000n, exiting: 0n });
    expect(book.snapshot.withdrawals[0]).toMatchObject({ outcome: 'left', left: [] });
  });

  test('that is reduced gives back last what it took first', () => {
    const reduce = (keepUnits: bigint) => (s: LedgerSnapshot) =>
      reduceCase(s, {
        caseId: 'c-1',
        toRung: 'S1',
        keepUnits,
        reviewId: 'r',
        atMs: T0 + 2 * DAY_MS,
      });
    const book = charged(850n).do(reduce(700n));
    expect(exiting(book)).toEqual([100n, 200n]);
    expect(book.snapshot.cases[0]?.parts[0]?.exitTranches).toEqual([
      { withdrawalId: 'w-1', units: '200' },
    ]);
    const { snapshot } = book.do((s) => voidDecision(s, S1));
    expect(snapshot.balances).toEqual(leaving().snapshot.balances);
  });

  test('that was held is imposed for less, and the rest goes on its way', () => {
    const book = leaving()
      .do((s) => holdForProposal(s, { ...S1, amount: stake(850n) }))
      .do((s) => imposeHeld(s, { ...S1, ...FINAL, chargeUnits: 600n }));
    expect(exiting(book)).toEqual([200n, 200n]);
    const final = book.do((s) => finalise(s, S1));
    expect(final.snapshot.balances).toMatchObject({ slashed: 600n, exiting: 400n });
  });

  test('that was held and is dropped leaves no trace', () => {
    const book = leaving()
      .do((s) => holdForProposal(s, { ...S1, amount: stake(850n) }))
      .do((s) => releaseHold(s, S1));
    expect(book.snapshot.balances).toEqual(leaving().snapshot.balances);
  });
});

describe('rewards with their cuts (rules C3, D10)', () => {
  const credit =
    (rewardId: string, units: bigint, cuts: [string, number][], earnedAtMs = T0) =>
    (s: LedgerSnapshot) =>
      creditReward(s, {
        transferId: rewardId,
        units,
        earnedAtMs,
        atMs: T0 + DAY_MS,
        cuts: cuts.map(([caseId, bps]) => ({ caseId, bps })),
      });
  const fall = (bps?: number) => (s: LedgerSnapshot) =>
    returnWithheld(
      s,
      { caseId: 'c-1', decisionId: `review-${bps}`, atMs: T0 + 2 * DAY_MS },
      bps === undefined ? NO_CUT : { bps, untilMs: T0 + 9 * DAY_MS, barsUntilMs: 0 },
    );

  test('the fall of a case gives back what it alone took, at the instant it was earned', () => {
    const book = leaving()
      .do(credit('r-1', 101n, [['c-1', 5_000]]))
      .do(
        credit(
          'r-2',
          100n,
          [
            ['c-1', 5_000],
            ['c-2', 2_000],
          ],
          T0 + 5,
        ),
      )
      .do(
        credit(
          'r-3',
          100n,
          [
            ['c-1', 1_000],
            ['c-2', 2_000],
          ],
          T0 + 6,
        ),
      );
    expect(book.snapshot.balances).toMatchObject({ withheld: 120n, rewardsUnpaid: 181n });
    book.do(fall());
    expect(book.snapshot.balances).toMatchObject({ withheld: 40n, rewardsUnpaid: 261n });
    expect(book.snapshot.unpaidRewards).toEqual([
      { earnedAtMs: T0, units: 101n },
      { earnedAtMs: T0 + 5, units: 80n },
      { earnedAtMs: T0 + 6, units: 80n },
    ]);
  });

  test('reduced, it goes on cutting what the rung that stands cuts; later it may fall', () => {
    const book = leaving()
      .do(credit('r-1', 100n, [['c-1', 5_000]]))
      .do(fall(2_500));
    expect(book.snapshot.balances).toMatchObject({ withheld: 25n, rewardsUnpaid: 75n });
    expect(book.do(fall(4_000)).snapshot.balances).toMatchObject({ withheld: 25n });
    expect(book.do(fall()).snapshot.balances).toMatchObject({ withheld: 0n, rewardsUnpaid: 100n });
  });

  test('what was paid out stays paid', () => {
    const book = leaving()
      .do(credit('r-1', 100n, [['c-1', 5_000]]))
      .do((s) => payRewards(s, { transferId: 'p-1', units: 50n, atMs: T0 + DAY_MS }))
      .do(fall());
    expect(book.snapshot.balances).toMatchObject({ rewardsUnpaid: 50n, rewardsPaid: 50n });
    expect(() =>
      book.do((s) => payRewards(s, { transferId: 'p-2', units: 51n, atMs: T0 })),
    ).toThrow();
  });
});
