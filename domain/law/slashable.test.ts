import { describe, expect, test } from 'vitest';
import type { CaseEntry, LedgerSnapshot } from '../ledger/accounts.ts';
import { liveUnits, slashableUnits, stakeAt } from './slashable.ts';
import { aLeave, aLedger, anEntry, anExit, aPart, DAY_MS, T0 } from './test-fixtures.ts';

const at = T0 + DAY_MS;
const later = at + DAY_MS;

const ledger = (change: Partial<LedgerSnapshot> = {}): LedgerSnapshot => ({
  ...aLedger(1_000n),
  ...change,
});
const other = (change: Parameters<typeof aPart>[1]): CaseEntry =>
  anEntry('other', { parts: [aPart('d', change)] });

describe('stakeAt (rule D1)', () => {
  test.each<[string, Partial<LedgerSnapshot>, bigint]>([
    ['a deposit', {}, 1_000n],
    [
      'a later deposit does not count',
      {
        deposits: [
          { atMs: at, units: 7n },
          { atMs: at + 1, units: 90n },
        ],
      },
      7n,
    ],
    ['stake on its way out is still owned', { withdrawals: [anExit('w', T0, 300n)] }, 1_000n],
    ['stake that had left is not', { withdrawals: [aLeave('w', at, 300n)] }, 700n],
    ['stake that left later was still there', { withdrawals: [aLeave('w', later, 300n)] }, 1_000n],
    ['pending money is still owned', { cases: [other({ stakeUnits: 100n })] }, 1_000n],
    [
      'final money is not',
      { cases: [other({ stakeUnits: 100n, status: 'final', settledAtMs: at })] },
      900n,
    ],
    [
      'money that became final later still was',
      { cases: [other({ stakeUnits: 100n, status: 'final', settledAtMs: later })] },
      1_000n,
    ],
    [
      'slashed rewards are not stake',
      { cases: [other({ rewardUnits: 100n, status: 'final', settledAtMs: at })] },
      1_000n,
    ],
  ])('%s', (_name, change, stake) => {
    expect(stakeAt(ledger(change), at)).toBe(stake);
  });
});

describe('slashableUnits (rule D6)', () => {
  test.each<[string, Partial<LedgerSnapshot>, bigint]>([
    ['all stake at the fault', {}, 1_000n],
    [
      'a later deposit is never charged',
      {
        deposits: [
          { atMs: T0, units: 10n },
          { atMs: later, units: 900n },
        ],
      },
      10n,
    ],
    ['less what another case has pending', { cases: [other({ stakeUnits: 100n })] }, 900n],
    [
      'less what another case holds',
      { cases: [other({ stakeUnits: 100n, status: 'held' })] },
      900n,
    ],
    [
      'less what was finally slashed since',
      { cases: [other({ stakeUnits: 100n, status: 'final', settledAtMs: later })] },
      900n,
    ],
    [
      'what was slashed before counts once',
      { cases: [other({ stakeUnits: 100n, status: 'final', settledAtMs: at })] },
      900n,
    ],
    [
      'void and lapsed money is back',
      {
        cases: [
          other({ stakeUnits: 100n, status: 'void' }),
          anEntry('third', { parts: [aPart('e', { stakeUnits: 9n, status: 'lapsed' })] }),
        ],
      },
      1_000n,
    ],
    ['less what left since', { withdrawals: [aLeave('w', later, 300n)] }, 700n],
    [
      'what is on its way out stays slashable, whenever it began to leave',
      { withdrawals: [anExit('w', T0, 300n), anExit('x', later, 300n)] },
      1_000n,
    ],
    [
      'less the part that left since, where the rest waits',
      {
        withdrawals: [
          anExit('w', T0, 300n, { exitingUnits: 200n, left: [{ atMs: later, units: 100n }] }),
        ],
      },
      900n,
    ],
    [
      'what came in later leaves first, and does not let the stake of the fault out in its place',
      {
        deposits: [
          { atMs: T0, units: 500n },
          { atMs: later, units: 500n },
        ],
        withdrawals: [aLeave('w', later, 400n)],
      },
      500n,
    ],
    [
      'where more left than had come in since, the rest was of the fault',
      {
        deposits: [
          { atMs: T0, units: 500n },
          { atMs: later, units: 300n },
        ],
        withdrawals: [aLeave('w', later + 1, 400n)],
      },
      400n,
    ],
    [
      'what left does not come back with a deposit',
      {
        deposits: [
          { atMs: T0, units: 500n },
          { atMs: later + 1, units: 400n },
        ],
        withdrawals: [aLeave('w', later, 400n), aLeave('x', later + 2, 400n)],
      },
      100n,
    ],
    [
      'never below nothing',
      { withdrawals: [aLeave('w', later, 600n)], cases: [other({ stakeUnits: 600n })] },
      0n,
    ],
    [
      'its own charges stay inside',
      { cases: [anEntry('this', { parts: [aPart('d', { stakeUnits: 100n })] })] },
      1_000n,
    ],
  ])('%s', (_name, change, units) => {
    expect(slashableUnits(ledger(change), 'this', at)).toBe(units);
  });

  test('settling a pending charge of another case changes nothing: time of finality is not evidence', () => {
    const pending = ledger({ cases: [other({ stakeUnits: 100n })] });
    const final = ledger({
      cases: [other({ stakeUnits: 100n, status: 'final', settledAtMs: later })],
    });
    expect(slashableUnits(final, 'this', at)).toBe(slashableUnits(pending, 'this', at));
    expect(stakeAt(final, at)).toBe(stakeAt(pending, at));
  });
});

test('liveUnits counts what was not given back, from stake and rewards', () => {
  const parts = (['held', 'pending', 'final', 'void', 'lapsed'] as const).map((status, index) =>
    aPart(`d-${index}`, { status, stakeUnits: 10n ** BigInt(index), rewardUnits: 1n }),
  );
  expect(liveUnits(anEntry('this', { parts }))).toBe(114n);
});
