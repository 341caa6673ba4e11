import { describe, expect, it } from 'vitest';
import type { Decision } from '../decision/record.ts';
import { aLedger, T0 } from '../law/test-fixtures.ts';
import type { Balances } from '../ledger/accounts.ts';
import type { Account } from './findings.ts';
import { ledgerFaults } from './verify-transfers.ts';

const account: Account = {
  snapshot: aLedger(1_000n),
  transfers: [
    {
      transferId: 'deposit/seed',
      participantId: 'p-1',
      kind: 'deposit',
      atMs: T0,
      version: 1,
      postings: [
        { account: 'outside', deltaUnits: -1_000n },
        { account: 'available', deltaUnits: 1_000n },
      ],
    },
  ],
};

/** A decision that says it read these balances. */
function aDecision(read: Partial<Balances>): Decision {
  const balances = { ...account.snapshot.balances, ...read };
  const inputs = { ledger: { version: 1, balances }, charge: null, cut: [] };
  return { inputs } as unknown as Decision;
}

describe('what a decision says it read of the ledger', () => {
  const moved = aDecision({ available: 990n, pending: 10n });

  it('is what the transfers of that version make', () => {
    expect(ledgerFaults(aDecision({}), account)).toEqual([]);
    expect(ledgerFaults(moved, account)).toEqual([
      'the balances it read are not those of version 1',
    ]);
  });

  it('is the same money elsewhere for a case in shadow, which reckons with what it would have moved', () => {
    expect(ledgerFaults(moved, account, true)).toEqual([]);
    expect(ledgerFaults(aDecision({ available: 990n, pending: 9n }), account, true)).toHaveLength(
      1,
    );
    expect(ledgerFaults(aDecision({ slashed: 1n }), account, true)).toHaveLength(1);
  });
});
