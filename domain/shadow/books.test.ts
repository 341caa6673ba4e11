import { describe, expect, it } from 'vitest';
import { aLedger, anEntry, aPart, aSanction, lawOf, T0 } from '../law/test-fixtures.ts';
import type { LedgerSnapshot } from '../ledger/accounts.ts';
import { caseFaults, conservationFaults } from '../ledger/conservation.ts';
import { booksAfter, isShadow, ledgerInShadow } from './books.ts';

const parts = [
  aPart('c-P1', {
    stakeUnits: 3n,
    rewardUnits: 4n,
    rewardTranches: [{ earnedAtMs: T0, units: '4' }],
  }),
  aPart('c-p1', { status: 'held', rung: 'S1', stakeUnits: 10n }),
  aPart('c-p0', { status: 'void', rung: 'S1', stakeUnits: 99n }),
];
const entry = anEntry('c', { parts });

/** 100 units of stake and 6 of unpaid rewards, 1 of them earned later. */
function ledger(): LedgerSnapshot {
  const plain = aLedger(100n, [anEntry('other')]);
  return {
    ...plain,
    balances: { ...plain.balances, rewardsCredited: 6n, rewardsUnpaid: 6n },
    unpaidRewards: [
      { earnedAtMs: T0, units: 5n },
      { earnedAtMs: T0 + 1, units: 1n },
    ],
  };
}

describe('the books of a case in shadow', () => {
  it('survive being carried as text, whatever units an entry has', () => {
    const later = { ...entry, blockUnits: 10n ** 30n } as typeof entry;
    const books = booksAfter(undefined, { entry: later, sanction: null });
    const carried = JSON.parse(JSON.stringify(books));
    expect(ledgerInShadow(ledger(), carried).cases).toContainEqual(later);
  });

  it('keep what a step does not change', () => {
    const sanction = aSanction('c');
    const first = booksAfter(undefined, { entry, sanction });
    expect(booksAfter(first, { entry: null, sanction: null })).toEqual(first);
    const lifted = { ...sanction, access: 'active' as const };
    expect(booksAfter(first, { entry: null, sanction: lifted })).toEqual({
      ...first,
      sanction: lifted,
    });
    expect(booksAfter(undefined, { entry: null, sanction: null })).toBeUndefined();
  });

  it('stand in the ledger as if they were real, and it adds up', () => {
    const books = booksAfter(undefined, { entry, sanction: null });
    const shadow = ledgerInShadow(ledger(), books);
    expect(shadow.balances).toMatchObject({
      available: 87n,
      held: 10n,
      pending: 7n,
      rewardsUnpaid: 2n,
    });
    expect(conservationFaults(shadow.balances)).toEqual([]);
    expect(caseFaults(shadow)).toEqual([]);
    expect(shadow.cases.map(({ caseId }) => caseId)).toEqual(['other', 'c']);
  });

  it('change nothing of the ledger that they are laid over, and nothing at all while they are empty', () => {
    const real = ledger();
    expect(ledgerInShadow(real, undefined)).toBe(real);
    ledgerInShadow(real, booksAfter(undefined, { entry, sanction: null }));
    expect(real).toEqual(ledger());
  });

  it('take no more rewards than are there', () => {
    const books = booksAfter(undefined, { entry, sanction: null });
    const paidOut = { ...ledger(), unpaidRewards: [{ earnedAtMs: T0, units: 2n }] };
    expect(ledgerInShadow(paidOut, books).unpaidRewards).toEqual([]);
  });
});

it('only a pinned law puts a case in shadow', () => {
  const law = lawOf('performance');
  expect(isShadow({ law: { ...law, shadow: true } })).toBe(true);
  expect(isShadow({ law: { ...law, shadow: false } })).toBe(false);
  const { shadow: _, ...old } = law;
  expect(isShadow({ law: old })).toBe(false);
  expect(isShadow({ law: null })).toBe(false);
});
