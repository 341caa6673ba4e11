import { describe, expect, test } from 'vitest';
import { aLedger, anEntry, T0 } from '../law/test-fixtures.ts';
import type { CutLimit } from '../ledger/accounts.ts';
import type { Account } from './findings.ts';
import { kinCutFaults, kinLimitFaults } from './verify-cuts.ts';

const limit: CutLimit = { caseId: 'c1', cutLimitBps: 500, cutLimitAtMs: T0 };
const account: Account = {
  snapshot: { ...aLedger(0n), kinCutLimits: [limit] },
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
  data: { caseId: 'c1', units: '95', limit, transfers: ['c1/x/p-1/return-cut'] },
};

describe('what came back from the cut of a case of the kin (rules C8, D10)', () => {
  test('is told by the history, amount and limit', () => {
    expect(kinCutFaults(account, [entry])).toEqual([]);
  });

  test.each([
    ['by no entry', [], /is told by no entry/],
    ['of another amount', [{ ...entry, data: { ...entry.data, units: '94' } }], /entry says 94/],
    [
      'with another limit',
      [{ ...entry, data: { ...entry.data, limit: { ...limit, cutLimitBps: 0 } } }],
      /what case c1 of the kin may cut/,
    ],
  ])('told %s it is a finding', (_, history, what) => {
    expect(kinCutFaults(account, history)[0]).toMatch(what);
  });

  test('is no more than the case itself has lost', () => {
    const of = (cutLimitBps?: number) => ({
      snapshot: aLedger(0n, [anEntry('c1', cutLimitBps === undefined ? {} : { cutLimitBps })]),
    });
    expect(kinLimitFaults([account, of(500)])).toEqual([]);
    // Just fallen further: the kin's step follows.
    expect(kinLimitFaults([account, of(0)])).toEqual([]);
    for (const owner of [of(), of(501)])
      expect(kinLimitFaults([account, owner])).toEqual([
        'case c1 may cut less of p-1 than it says itself',
      ]);
  });
});
