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

/** A tenth begins to leave, and a draft takes a little of that. */
const leaving: Account['transfers'] = [
  {
    transferId: 'withdrawal/begin',
    participantId: 'p-1',
    kind: 'begin-exit',
    atMs: T0,
    version: 1,
    postings: [
      { account: 'available', deltaUnits: -100n },
      { account: 'exiting', deltaUnits: 100n },
    ],
  },
  {
    transferId: 'case/hold',
    participantId: 'p-1',
    kind: 'hold',
    atMs: T0,
    version: 1,
    postings: [
      { account: 'exiting', deltaUnits: -5n },
      { account: 'held', deltaUnits: 5n },
    ],
  },
];

/** A decision that says it read these balances. */
function aDecision(read: Partial<Balances>, charge: unknown = null): Decision {
  const balances = { ...account.snapshot.balances, ...read };
  const inputs = { ledger: { version: 1, balances }, charge, cut: [] };
  return { inputs } as unknown as Decision;
}

/** What it reckoned with: its own draft had taken stake that was on its way out, and counts as given back. */
function reckonedWith(exitingUnits: bigint): unknown {
  const withdrawalId = 'w-1';
  const exit = { withdrawalId, exitingUnits, left: [], outcome: null };
  const balances = { ...account.snapshot.balances, available: 900n, exiting: exitingUnits };
  return { input: { snapshot: { ...account.snapshot, balances, withdrawals: [exit] } } };
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

  it('is the same money for a draft that had taken stake on its way out', () => {
    const read = { available: 900n, exiting: 95n, held: 5n };
    const exits = { ...account, transfers: [...account.transfers, ...leaving] };
    expect(ledgerFaults(aDecision(read, reckonedWith(100n)), exits)).toEqual([]);
    expect(ledgerFaults(aDecision(read, reckonedWith(101n)), exits)).toEqual([
      'the balances it reckoned with are not those it read',
    ]);
  });
});
