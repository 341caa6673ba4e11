import { describe, expect, test } from 'vitest';
import { aParticipant, DAY_MS, defaultPolicy, T0 } from '../law/test-fixtures.ts';
import { emptyBalances } from '../ledger/conservation.ts';
import { shortfallOf } from './shortfall.ts';

const minimum = BigInt(defaultPolicy.minimumStakeUnits);
const settled = { ...aParticipant(1), registeredAtMs: T0 - 30 * DAY_MS };

function found(change: Partial<ReturnType<typeof emptyBalances>>, participant = settled) {
  return shortfallOf(participant, { ...emptyBalances(), ...change }, defaultPolicy, T0);
}

describe('a stake below the minimum of the network', () => {
  test('is found by one unit, and is none at the minimum', () => {
    expect(found({ available: minimum })).toBeNull();
    expect(found({ available: minimum - 1n })).toEqual({
      bondedUnits: minimum - 1n,
      missingUnits: 1n,
      severity: 'minor',
    });
  });

  test('is moderate from a missing tenth on', () => {
    const tenth = minimum / 10n;
    expect(found({ available: minimum - tenth + 1n })?.severity).toBe('minor');
    expect(found({ available: minimum - tenth })?.severity).toBe('moderate');
  });

  test('what is held or pending counts as bonded, what is on its way out does not (rule C10)', () => {
    expect(found({ available: minimum - 2n, held: 1n, pending: 1n })).toBeNull();
    expect(found({ available: minimum - 2n, exiting: 2n })?.missingUnits).toBe(2n);
  });

  test('one that has just registered has the time of a top-up to pay in', () => {
    const registeredAtMs = T0 - defaultPolicy.topUpMs;
    expect(found({}, { ...settled, registeredAtMs })).not.toBeNull();
    expect(found({}, { ...settled, registeredAtMs: registeredAtMs + 1 })).toBeNull();
  });

  test('one that has neither resources nor stake has left', () => {
    expect(found({}, { ...settled, resources: [] })).toBeNull();
    expect(found({ available: 1n }, { ...settled, resources: [] })).not.toBeNull();
  });
});
