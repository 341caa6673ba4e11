import { describe, expect, test } from 'vitest';
import type { LedgerSnapshot } from '../ledger/accounts.ts';
import { explainShortfall } from './shortfall.ts';
import { aLeave, aLedger, anEntry, aPart, DAY_MS, T0 } from './test-fixtures.ts';

const MINIMUM = 10_000n;

/** A ledger after a slash of so many units became final, a day after the deposit. */
function slashed(stake: bigint, units: bigint, change: Partial<LedgerSnapshot> = {}) {
  const part = aPart('d', { status: 'final', stakeUnits: units, settledAtMs: T0 + DAY_MS });
  const ledger = aLedger(stake, [anEntry('c', { parts: [part] })]);
  ledger.balances = { ...ledger.balances, available: stake - units, slashed: units };
  return { ...ledger, ...change };
}

describe('whose shortfall it is (rule C10)', () => {
  test('enough is none, also when all of it is held or pending', () => {
    expect(explainShortfall(aLedger(MINIMUM), MINIMUM)).toBeNull();
    const ledger = aLedger(MINIMUM);
    ledger.balances = { ...ledger.balances, available: 0n, held: 4_000n, pending: 6_000n };
    expect(explainShortfall(ledger, MINIMUM)).toBeNull();
  });

  test('ours, when a final slash took what was enough before', () => {
    expect(explainShortfall(slashed(10_050n, 100n), MINIMUM)).toEqual({
      bondedUnits: 9_950n,
      minimumUnits: MINIMUM,
      slashedUnits: 100n,
      isOurs: true,
    });
  });

  test('its own, when it never had enough', () => {
    expect(explainShortfall(aLedger(9_000n), MINIMUM)).toMatchObject({
      slashedUnits: 0n,
      isOurs: false,
    });
    expect(explainShortfall(slashed(9_000n, 100n), MINIMUM)?.isOurs).toBe(false);
  });

  test('its own, when it took out more than we slashed', () => {
    const ledger = slashed(10_050n, 100n, {
      withdrawals: [{ ...aLeave('w', T0 + 2 * DAY_MS, 500n), requestedAtMs: T0 + 2 * DAY_MS }],
    });
    ledger.balances = { ...ledger.balances, available: 9_450n, withdrawn: 500n };
    expect(explainShortfall(ledger, MINIMUM)?.isOurs).toBe(false);
  });

  test('its own, when it had topped up after our slash and then took out', () => {
    const ledger = slashed(10_050n, 100n, {
      deposits: [
        { atMs: T0, units: 10_050n },
        { atMs: T0 + 2 * DAY_MS, units: 50n },
      ],
      withdrawals: [{ ...aLeave('w', T0 + 3 * DAY_MS, 80n), requestedAtMs: T0 + 3 * DAY_MS }],
    });
    ledger.balances = { ...ledger.balances, available: 9_920n, withdrawn: 80n };
    expect(explainShortfall(ledger, MINIMUM)).toMatchObject({ slashedUnits: 0n, isOurs: false });
  });

  test('its own, as far as a rebate gave back what was slashed', () => {
    const part = aPart('d', { status: 'final', stakeUnits: 100n, settledAtMs: T0 + DAY_MS });
    const cases = [anEntry('c', { parts: [part], rebate: { units: '50', atMs: T0 + 2 * DAY_MS } })];
    const takingOut = (units: bigint) => {
      const leave = { ...aLeave('w', T0 + 3 * DAY_MS, units), requestedAtMs: T0 + 3 * DAY_MS };
      const ledger = slashed(10_050n, 100n, { cases, withdrawals: [leave] });
      const available = 10_000n - units;
      ledger.balances = { ...ledger.balances, available, withdrawn: units, rebates: 50n };
      return explainShortfall(ledger, MINIMUM);
    };
    // It was enough by the rebate, to the unit; whatever is short afterwards was taken out.
    expect(takingOut(1n)).toMatchObject({ slashedUnits: 0n, isOurs: false });
    const sameInstant = anEntry('c', { parts: [part], rebate: { units: '50', atMs: T0 + DAY_MS } });
    for (const some of [cases, [sameInstant]]) {
      const short = slashed(10_000n, 100n, { cases: some });
      short.balances = { ...short.balances, available: 9_950n, rebates: 50n };
      expect(explainShortfall(short, MINIMUM)).toMatchObject({ slashedUnits: 50n, isOurs: true });
    }
  });

  test('its own, when a rebate and a top-up had made it enough again', () => {
    const part = aPart('d', { status: 'final', stakeUnits: 100n, settledAtMs: T0 + DAY_MS });
    const rebate = { units: '50', atMs: T0 + 2 * DAY_MS };
    const ledger = slashed(10_000n, 100n, {
      cases: [anEntry('c', { parts: [part], rebate })],
      deposits: [
        { atMs: T0, units: 10_000n },
        { atMs: T0 + 3 * DAY_MS, units: 50n },
      ],
      withdrawals: [{ ...aLeave('w', T0 + 4 * DAY_MS, 60n), requestedAtMs: T0 + 4 * DAY_MS }],
    });
    ledger.balances = { ...ledger.balances, available: 9_940n, withdrawn: 60n, rebates: 50n };
    expect(explainShortfall(ledger, MINIMUM)).toMatchObject({ slashedUnits: 0n, isOurs: false });
  });
});
