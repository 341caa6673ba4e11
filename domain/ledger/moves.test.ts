import { describe, expect, test } from 'vitest';
import { aLedger, anEntry, DAY_MS, T0 } from '../law/test-fixtures.ts';
import type { LedgerSnapshot, Transfer } from './accounts.ts';
import { creditReward, deposit } from './bookings.ts';
import {
  caseFaults,
  checkConservation,
  conservationFaults,
  emptyBalances,
  foldBalances,
} from './conservation.ts';
import { applyMove, type LedgerMove, toLedgerChange } from './move.ts';
import {
  amendEntry,
  chargeAutomatic,
  finalise,
  holdForProposal,
  imposeHeld,
  lapse,
  openCaseEntry,
  recordServed,
  releaseHold,
  voidDecision,
} from './moves.ts';

/** A ledger with its movements, so that each test can check the books. */
class Book {
  snapshot: LedgerSnapshot = {
    ...aLedger(0n),
    balances: emptyBalances(),
    deposits: [],
    cases: [],
  };
  readonly transfers: Transfer[] = [];

  do(move: (snapshot: LedgerSnapshot) => LedgerMove): this {
    const made = move(this.snapshot);
    this.snapshot = applyMove(this.snapshot, made);
    this.transfers.push(...made.transfers);
    // Every test checks invariant H1 after every move.
    checkConservation(this.snapshot.balances);
    expect(caseFaults(this.snapshot)).toEqual([]);
    expect(foldBalances(this.transfers)).toEqual(this.snapshot.balances);
    expect(new Set(this.transfers.map(({ transferId }) => transferId)).size).toBe(
      this.transfers.length,
    );
    return this;
  }
}

const OPENING = {
  caseId: 'c-1',
  family: 'performance',
  violationType: 'downtime',
  severity: 'minor',
  occurredAtMs: T0,
} as const;

/** A participant with 1,000 units of stake, 300 of rewards (120 of them earned by the fault), and an open case. */
function aBook(): Book {
  return new Book()
    .do((s) => deposit(s, { transferId: 'in-1', units: 1_000n, atMs: T0 - DAY_MS }))
    .do((s) =>
      creditReward(s, { transferId: 'r-1', units: 120n, earnedAtMs: T0, atMs: T0, cuts: [] }),
    )
    .do((s) =>
      creditReward(s, {
        transferId: 'r-2',
        units: 180n,
        earnedAtMs: T0 + 1,
        atMs: T0 + 1,
        cuts: [],
      }),
    )
    .do((s) => openCaseEntry(s, OPENING));
}

const S1 = { caseId: 'c-1', decisionId: 'c-1/S1', rung: 'S1', atMs: T0 + DAY_MS } as const;
const DUE = { finalDueAtMs: T0 + 31 * DAY_MS };
const amount = (rewards: bigint, stake: bigint) => ({
  fromRewardsUnits: rewards,
  fromStakeUnits: stake,
});

describe('a proposal (rule D7)', () => {
  const held = (): Book =>
    aBook().do((s) => holdForProposal(s, { ...S1, amount: amount(120n, 380n) }));

  test('is held, and serves nothing yet', () => {
    const { snapshot } = held();
    expect(snapshot.balances).toMatchObject({ held: 500n, available: 620n, rewardsUnpaid: 180n });
    expect(snapshot.cases[0]).toMatchObject({ servedRung: null });
  });

  test('imposed as held: all of it pending, due at the end of the dispute window', () => {
    const { snapshot } = held().do((s) => imposeHeld(s, { ...S1, ...DUE, chargeUnits: 500n }));
    expect(snapshot.balances).toMatchObject({ held: 0n, pending: 500n });
    expect(snapshot.cases[0]).toMatchObject({
      servedRung: 'S1',
      parts: [{ status: 'pending', ...DUE }],
    });
  });

  test('imposed for less: the rest goes back, stake before rewards', () => {
    const { snapshot } = held().do((s) => imposeHeld(s, { ...S1, ...DUE, chargeUnits: 200n }));
    expect(snapshot.balances).toMatchObject({
      pending: 200n,
      available: 920n,
      rewardsUnpaid: 180n,
    });
    expect(snapshot.cases[0]?.parts[0]).toMatchObject({ rewardUnits: 120n, stakeUnits: 80n });
  });

  test('imposed for less than its rewards: the newest tranche returns to the instant it was earned at', () => {
    const { snapshot } = held().do((s) => imposeHeld(s, { ...S1, ...DUE, chargeUnits: 100n }));
    expect(snapshot.unpaidRewards).toEqual([
      { earnedAtMs: T0, units: 20n },
      { earnedAtMs: T0 + 1, units: 180n },
    ]);
  });

  test('may not grow (rule E2)', () => {
    expect(() => held().do((s) => imposeHeld(s, { ...S1, ...DUE, chargeUnits: 501n }))).toThrow(
      /may only fall/,
    );
  });

  test.each([
    ['released', releaseHold, 'void'],
    ['lapsed', lapse, 'lapsed'],
  ] as const)('%s: everything is back where it was', (_name, move, status) => {
    const before = aBook().snapshot;
    const { snapshot } = held().do((s) => move(s, S1));
    expect(snapshot.balances).toEqual(before.balances);
    expect(snapshot.unpaidRewards).toEqual(before.unpaidRewards);
    expect(snapshot.cases[0]).toMatchObject({ servedRung: null, parts: [{ status }] });
  });

  test('is imposed or released once', () => {
    const imposed = held().do((s) => imposeHeld(s, { ...S1, ...DUE, chargeUnits: 500n }));
    expect(() => imposed.do((s) => imposeHeld(s, { ...S1, ...DUE, chargeUnits: 500n }))).toThrow(
      /is pending/,
    );
    expect(() => imposed.do((s) => releaseHold(s, S1))).toThrow(/is pending/);
  });
});

describe('an automatic rung', () => {
  const P1 = { ...S1, decisionId: 'c-1/P1', rung: 'P1' } as const;
  const charged = (): Book =>
    aBook().do((s) => chargeAutomatic(s, { ...P1, ...DUE, amount: amount(10n, 5n) }));

  test('is pending at once, then final in the reserve (rules D7, D13)', () => {
    expect(charged().snapshot.balances).toMatchObject({
      pending: 15n,
      available: 995n,
      rewardsUnpaid: 290n,
    });
    const { snapshot, transfers } = charged().do((s) => finalise(s, P1));
    expect(snapshot.balances).toMatchObject({ pending: 0n, slashed: 15n });
    expect(transfers.at(-1)?.postings).toEqual([
      { account: 'pending', deltaUnits: -15n },
      { account: 'reserve', deltaUnits: 15n },
    ]);
  });

  test('voided: the exact inverse (rule D10)', () => {
    const before = aBook().snapshot;
    const { snapshot } = charged().do((s) => voidDecision(s, P1));
    expect(snapshot.balances).toEqual(before.balances);
    expect(snapshot.unpaidRewards).toEqual(before.unpaidRewards);
  });

  test('final money is neither voided nor made final again (invariant H14)', () => {
    const final = charged().do((s) => finalise(s, P1));
    expect(() => final.do((s) => voidDecision(s, P1))).toThrow(/is final/);
    expect(() => final.do((s) => lapse(s, P1))).toThrow(/is final/);
    expect(() => final.do((s) => finalise(s, P1))).toThrow(/is final/);
  });

  test('one decision charges once (invariant H3)', () => {
    expect(() =>
      charged().do((s) => chargeAutomatic(s, { ...P1, ...DUE, amount: amount(0n, 5n) })),
    ).toThrow(/has charged already/);
  });

  test('can not take rewards that were earned after the fault (rule D5)', () => {
    expect(() =>
      aBook().do((s) => chargeAutomatic(s, { ...P1, ...DUE, amount: amount(121n, 0n) })),
    ).toThrow(/earned up to the fault/);
  });

  test('that charges nothing is served without a movement, and has nothing to give back', () => {
    const book = aBook().do((s) => chargeAutomatic(s, { ...P1, ...DUE, amount: amount(0n, 0n) }));
    expect(book.snapshot.cases[0]).toMatchObject({ servedRung: 'P1', parts: [] });
    const { transfers } = book.do((s) => voidDecision(s, P1));
    expect(transfers.filter(({ caseId }) => caseId === 'c-1')).toEqual([]);
  });
});

describe('entries', () => {
  test('a case opens once, and every opening raises the version (rule D8)', () => {
    const book = aBook();
    const { version } = book.snapshot;
    book.do((s) => openCaseEntry(s, { ...OPENING, caseId: 'c-2' }));
    expect(book.snapshot.version).toBe(version + 1);
    expect(() => book.do((s) => openCaseEntry(s, OPENING))).toThrow(/has an entry already/);
  });

  test('the served rung only rises', () => {
    const book = aBook()
      .do((s) => recordServed(s, 'c-1', 'P2'))
      .do((s) => recordServed(s, 'c-1', 'W'));
    expect(book.snapshot.cases[0]?.servedRung).toBe('P2');
  });

  test('a dismissed case stops counting (rule C11)', () => {
    expect(
      aBook().do((s) => amendEntry(s, 'c-1', { counts: false })).snapshot.cases[0]?.counts,
    ).toBe(false);
  });

  test('a step on an unknown case is a bug', () => {
    expect(() => recordServed(aBook().snapshot, 'c-9', 'W')).toThrow(
      expect.objectContaining({ code: 'invariant-broken' }),
    );
  });

  test('what a step commits carries the version that it was computed from', () => {
    const { snapshot } = aBook();
    const move = recordServed(snapshot, 'c-1', 'W');
    expect(toLedgerChange(snapshot, move)).toEqual({
      participantId: 'p-1',
      expectedVersion: snapshot.version,
      balances: snapshot.balances,
      transfers: [],
      entry: anEntry('c-1', { servedRung: 'W' }),
      sanction: null,
    });
  });
});

describe('deposits and rewards', () => {
  test('the cut of active sanctions is withheld, rounded down (rules C3, D3)', () => {
    const { snapshot } = new Book().do((s) =>
      creditReward(s, {
        transferId: 'r',
        units: 1_001n,
        earnedAtMs: T0,
        atMs: T0,
        cuts: [{ caseId: 'c-1', bps: 2_500 }],
      }),
    );
    expect(snapshot.balances).toMatchObject({
      rewardsCredited: 1_001n,
      withheld: 250n,
      rewardsUnpaid: 751n,
    });
  });

  test('a reward that is cut whole leaves nothing unpaid', () => {
    const { snapshot } = new Book().do((s) =>
      creditReward(s, {
        transferId: 'r',
        units: 7n,
        earnedAtMs: T0,
        atMs: T0,
        cuts: [{ caseId: 'c-1', bps: 10_000 }],
      }),
    );
    expect(snapshot).toMatchObject({ balances: { withheld: 7n }, unpaidRewards: [] });
  });

  test.each([0n, -1n])('%i units are no deposit', (units) => {
    expect(() => deposit(new Book().snapshot, { transferId: 't', units, atMs: T0 })).toThrow();
  });
});

describe('the books (invariant H1)', () => {
  test('say what is wrong', () => {
    const { snapshot } = aBook();
    expect(conservationFaults({ ...snapshot.balances, available: 999n })).toEqual([
      '1300 units came in and 1299 are accounted for',
    ]);
    expect(conservationFaults({ ...snapshot.balances, available: -1n, held: 1_001n })).toEqual([
      'available is negative: -1',
    ]);
    expect(() => checkConservation({ ...snapshot.balances, held: 1n })).toThrow(
      expect.objectContaining({ code: 'ledger-unbalanced' }),
    );
    expect(caseFaults({ ...snapshot, balances: { ...snapshot.balances, held: 3n } })).toEqual([
      'held is 3, the cases say 0',
    ]);
  });

  test('a transfer whose legs do not sum to zero is a bug', () => {
    const lame: Transfer = {
      transferId: 't',
      participantId: 'p-1',
      kind: 'deposit',
      atMs: T0,
      postings: [{ account: 'available', deltaUnits: 1n }],
    };
    expect(() => foldBalances([lame])).toThrow(/do not sum to zero/);
  });

  test('what the reserve gives back is a rebate', () => {
    const rebate: Transfer = {
      transferId: 't',
      participantId: 'p-1',
      kind: 'release',
      atMs: T0,
      postings: [
        { account: 'reserve', deltaUnits: -5n },
        { account: 'available', deltaUnits: 5n },
      ],
    };
    const balances = foldBalances([rebate]);
    expect(balances).toMatchObject({ rebates: 5n, available: 5n });
    expect(conservationFaults(balances)).toEqual([]);
  });
});
