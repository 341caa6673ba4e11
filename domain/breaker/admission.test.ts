import { describe, expect, it } from 'vitest';
import type { BreakerLaw } from '../policy.ts';
import { type Admission, admit } from './admission.ts';
import type { NetworkTotals } from './limits.ts';
import { writeShards } from './test-shards.ts';
import { type Ask, type Shard, withTaken } from './window.ts';

const HOUR_MS = 3_600_000;
const NOW_MS = 1_000 * HOUR_MS;
const law: BreakerLaw = {
  windowMs: HOUR_MS,
  shareBps: 500,
  atLeast: 3,
  suspendedBps: 3_333,
  twoApproversBps: 500,
};
const small: NetworkTotals = {
  participants: 99,
  stakeUnits: 2_000n,
  suspended: 0,
  suspendedEver: [],
  atMs: NOW_MS,
};
/** Eight shards; 80 units are the limit of a window, ten of them the share of each. */
const large: NetworkTotals = { ...small, participants: 12_000, stakeUnits: 1_600n };

interface Asking {
  ask: Ask;
  totals?: NetworkTotals;
  shards?: readonly Shard[];
  ahead?: readonly Ask[];
  spread?: number;
}

function asking({ ask, totals = small, shards = [], ahead = [], spread = 0 }: Asking): Admission {
  const terms = { nowMs: NOW_MS, law, totals, shards, ask, ahead, spread };
  return admit({ ...terms, aheadIsWhole: true, isReleased: false });
}

const charge = (units: bigint): Ask => ({ units, suspends: false });
const suspension = (units: bigint): Ask => ({ units, suspends: true });
const writesOf = (word: Admission) => (word.verdict === 'admit' ? word.writes : []);

describe('behind a suspension that there are too many for (rule D12)', () => {
  const totals = { ...small, suspended: 33 };

  it('one that suspends nobody goes, once the window has room for both', () => {
    const behind = { totals, ahead: [suspension(60n)] };
    expect(asking({ ...behind, ask: charge(40n) })).toMatchObject({ verdict: 'admit' });
    // 100 units are the limit, of which 60 are kept; three may go whatever they take.
    const taken = Array.from({ length: 3 }).reduce<Shard>(
      (shard) => withTaken(shard, charge(1n), law.windowMs, NOW_MS),
      { no: 0, of: 1, version: 1, locked: 1, buckets: [], unitsEver: 0n, suspendedEver: 33 },
    );
    const full = { ...behind, totals: { ...totals, suspendedEver: [33] }, shards: [taken] };
    expect(asking({ ...full, ask: charge(37n) })).toMatchObject({ verdict: 'admit' });
    expect(asking({ ...full, ask: charge(38n) })).toMatchObject({
      verdict: 'wait',
      reason: 'turn',
      againAtMs: NOW_MS + HOUR_MS,
    });
  });

  it('another suspension waits', () => {
    expect(asking({ totals, ahead: [suspension(60n)], ask: suspension(1n) })).toMatchObject({
      verdict: 'wait',
      reason: 'suspended',
    });
  });
});

describe('with several shards', () => {
  it('a set that was read beside a lock is written by nobody', () => {
    const store = new Map<number, Shard>();
    writeShards(store, writesOf(asking({ totals: large, ask: charge(1n) })));
    const early = [...store.values()];
    writeShards(store, writesOf(asking({ totals: large, shards: early, ask: charge(76n) })));
    const torn = [...early.slice(0, 1), ...[...store.values()].slice(1)];
    const word = asking({ totals: large, shards: torn, ask: charge(10n), spread: 3 });
    // By what it saw there is room, and its own shard has not changed since.
    expect(word.verdict).toBe('admit');
    expect(writeShards(store, writesOf(word))).toBe(false);
  });

  it('the room of one that waits is taken once, whatever shards it is taken at', () => {
    const store = new Map<number, Shard>();
    writeShards(store, writesOf(asking({ totals: large, ask: charge(1n) })));
    const shards = [...store.values()];
    const behind = { totals: large, shards, ahead: [charge(60n)], ask: charge(9n) };
    const words = [3, 4].map((spread) => asking({ ...behind, spread }));
    expect(words.map(({ verdict }) => verdict)).toEqual(['admit', 'admit']);
    expect(words.map((word) => writeShards(store, writesOf(word)))).toEqual([true, false]);
  });
});
