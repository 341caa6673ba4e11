import { describe, expect, test } from 'vitest';
import { aLedger, anEntry, T0 } from '../law/test-fixtures.ts';
import type { CutFall } from '../ledger/accounts.ts';
import type { Account } from './findings.ts';
import { kinCutFaults, kinFallFaults } from './verify-cuts.ts';

const fall: CutFall = {
  reviewId: 'x',
  atMs: T0,
  creditedByMs: T0,
  bps: 500,
  untilMs: T0 + 1,
  barsUntilMs: 0,
};
const account: Account = {
  snapshot: { ...aLedger(0n), kinCutFalls: [{ caseId: 'c1', cutFalls: [fall] }] },
  transfers: [
    {
      transferId: 'c1/x/p-1/return-cut',
      participantId: 'p-1',
      kind: 'return-cut',
      caseId: 'c1',
      decisionId: 'x/p-1',
      atMs: T0,
      version: 1,
      postings: [
        { account: 'withheld', deltaUnits: -95n },
        { account: 'rewardsUnpaid', deltaUnits: 95n },
      ],
    },
  ],
};
const entry = {
  kind: 'cut-returned',
  data: { caseId: 'c1', units: '95', fall, transfers: ['c1/x/p-1/return-cut'] },
};

describe('what came back from the cut of a case of the kin (rules C8, D10)', () => {
  test('is told by the history, amount and fall', () => {
    expect(kinCutFaults(account, [entry])).toEqual([]);
  });

  test.each([
    ['by no entry', [], /is told by no entry/],
    ['of another amount', [{ ...entry, data: { ...entry.data, units: '94' } }], /entry says 94/],
    [
      'as another fall',
      [{ ...entry, data: { ...entry.data, fall: { ...fall, bps: 0 } } }],
      /the fall of case c1 by x is told by no entry/,
    ],
  ])('told %s it is a finding', (_, history, what) => {
    expect(kinCutFaults(account, history)[0]).toMatch(what);
  });

  test('is what the case itself says, but for when the ledger was last credited', () => {
    const of = (...cutFalls: CutFall[]) => ({
      snapshot: aLedger(0n, [anEntry('c1', { cutFalls })]),
    });
    expect(kinFallFaults([account, of({ ...fall, creditedByMs: T0 + 1 })])).toEqual([]);
    const other = { ...fall, reviewId: 'y' };
    for (const owner of [of(), of(other), of({ ...fall, bps: 501 })])
      expect(kinFallFaults([account, owner])).toEqual(['p-1: case c1 did not fall so by x']);
  });
});
