import { describe, expect, test } from 'vitest';
import type { PinnedLaw } from '../case/state.ts';
import type { CaseEntry } from '../ledger/accounts.ts';
import type { Family, RungId, Severity } from '../violation.ts';
import { type ChargeInput, calculateCharge, rewardCutBpsFor } from './calculation.ts';
import { CALCULATION_STEPS, firstFigures } from './calculation-steps.ts';
import { rungOf } from './pin.ts';
import { aLedger, anEntry, aPart, aParticipant, DAY_MS, lawOf, T0 } from './test-fixtures.ts';

const at = T0 + DAY_MS;

function charge(
  stake: bigint,
  id: RungId,
  change: Partial<ChargeInput> = {},
  family: Family = 'performance',
) {
  const law = change.law ?? lawOf(family);
  return calculateCharge({
    law,
    rung: rungOf(law, id),
    multiplierBps: 10_000,
    severity: 'minor',
    participant: aParticipant(1),
    earning: ['node-1'],
    snapshot: aLedger(stake),
    caseId: 'this',
    occurredAtMs: at,
    nowMs: at,
    ...change,
  });
}

function withRate(slashBps: number): PinnedLaw {
  const law = lawOf('performance');
  return {
    ...law,
    capBps: 10_000,
    rungs: law.rungs.map((rung) => (rung.id === 'P1' ? { ...rung, slashBps } : rung)),
  };
}

const taking = (units: bigint, change: Partial<CaseEntry> = {}): CaseEntry =>
  anEntry('other', { occurredAtMs: at, parts: [aPart('d-1', { stakeUnits: units })], ...change });

describe('base (rule D1)', () => {
  test('is the share of the earning resources by capacity', () => {
    const participant = aParticipant(4);
    participant.resources[0]!.capacity = 5;
    const { baseNumerator, baseDenominator } = charge(1_000n, 'S1', {
      participant,
      earning: ['node-1', 'node-2'],
    });
    expect([baseNumerator, baseDenominator]).toEqual([6_000n, 8n]);
  });

  test('is all of the stake for the participant as a whole, or without declared resources', () => {
    const participant = aParticipant(4);
    expect(charge(1_000n, 'S1', { participant, earning: [null] }).baseNumerator).toBe(1_000n);
    const bare = aParticipant(0);
    expect(charge(1_000n, 'S1', { participant: bare, earning: ['gone'] }).baseNumerator).toBe(
      1_000n,
    );
  });

  test('a resource named twice counts once, an undeclared one not at all', () => {
    const participant = aParticipant(2);
    expect(
      charge(1_000n, 'S1', { participant, earning: ['node-1', 'node-1', 'gone'] }).baseNumerator,
    ).toBe(1_000n);
    expect(charge(1_000n, 'S1', { participant, earning: ['gone'] }).targetUnits).toBe(0n);
  });
});

describe('rounding (rule D3)', () => {
  test.each<[bigint, number, bigint]>([
    [9_999n, 1, 0n],
    [10_000n, 1, 1n],
    [10_001n, 1, 2n],
    [1n, 9_999, 0n],
    [2n, 9_999, 1n],
    [2n, 6_000, 1n],
    [3n, 10_000, 3n],
    [10n ** 38n - 1n, 1, 10n ** 34n],
  ])('%i units at %i bps are %i', (stake, bps, target) => {
    expect(charge(stake, 'P1', { law: withRate(bps) }).targetUnits).toBe(target);
  });

  test('the multiplier counts before the one rounding, and never beyond the whole', () => {
    expect(charge(10_050n, 'S1', { multiplierBps: 20_000 }).targetUnits).toBe(201n);
    expect(charge(100n, 'P1', { law: withRate(9_000), multiplierBps: 20_000 }).targetUnits).toBe(
      100n,
    );
  });
});

describe('cap (rule D4)', () => {
  test.each<[string, Partial<CaseEntry>, bigint]>([
    ['another case of the family', {}, 5n],
    ['held units count', { parts: [aPart('d', { stakeUnits: 195n, status: 'held' })] }, 5n],
    [
      'final units count',
      { parts: [aPart('d', { stakeUnits: 195n, status: 'final', settledAtMs: at + 1 })] },
      5n,
    ],
    ['units from rewards count', { parts: [aPart('d', { rewardUnits: 195n })] }, 5n],
    ['void units do not', { parts: [aPart('d', { stakeUnits: 195n, status: 'void' })] }, 100n],
    ['lapsed units do not', { parts: [aPart('d', { stakeUnits: 195n, status: 'lapsed' })] }, 100n],
    ['another family does not', { family: 'operational' }, 100n],
    ['a fault 28 days before does', { occurredAtMs: at - 28 * DAY_MS }, 5n],
    ['a fault 28 days after does', { occurredAtMs: at + 28 * DAY_MS }, 5n],
    ['a fault longer ago does not', { occurredAtMs: at - 28 * DAY_MS - 1 }, 100n],
  ])('%s', (_name, change, charged) => {
    const snapshot = aLedger(10_000n, [taking(195n, change)]);
    expect(charge(10_000n, 'S1', { snapshot, nowMs: at + 30 * DAY_MS }).chargeUnits).toBe(charged);
  });

  test('rounds down', () => {
    expect(charge(10_049n, 'S1').capLeftUnits).toBe(200n);
  });

  test('does not bind S2', () => {
    const snapshot = aLedger(10_000n, [taking(195n)]);
    expect(charge(10_000n, 'S2', { snapshot })).toMatchObject({
      chargeUnits: 250n,
      capLeftUnits: 5n,
    });
  });
});

describe('sources and what was charged before (rules D2, D5)', () => {
  test('a step adds what its total exceeds the earlier steps by, never less than nothing', () => {
    const own = taking(30n, { caseId: 'this' });
    const snapshot = aLedger(10_000n, [own]);
    expect(charge(10_000n, 'S1', { snapshot })).toMatchObject({
      alreadyChargedUnits: 30n,
      chargeUnits: 70n,
    });
    expect(charge(10_000n, 'P2', { snapshot })).toMatchObject({
      targetUnits: 10n,
      chargeUnits: 0n,
    });
  });

  test('rewards first, but only those earned up to the fault', () => {
    const snapshot = {
      ...aLedger(10_000n),
      unpaidRewards: [
        { earnedAtMs: at, units: 60n },
        { earnedAtMs: at + 1, units: 500n },
      ],
    };
    expect(charge(10_000n, 'S1', { snapshot })).toMatchObject({
      chargeUnits: 100n,
      fromRewardsUnits: 60n,
      fromStakeUnits: 40n,
    });
  });

  test('a charge before the fault is a bug', () => {
    expect(() => charge(10_000n, 'S1', { nowMs: at - 1 })).toThrow(
      expect.objectContaining({ code: 'invariant-broken' }),
    );
  });
});

test('the decision record shows every step in the order of rule D2 and can be written as JSON', () => {
  const { lines } = charge(1_000_003n, 'P2', {
    participant: aParticipant(100),
    earning: ['node-1', 'node-2'],
  });
  expect(lines.map(({ rule, label, output }) => [rule, label, output])).toEqual([
    ['D2', 'class', 'performance'],
    ['C9', 'cause', 'leads'],
    ['B1', 'gate', 'passed'],
    ['C11', 'recurrence', 'start W'],
    ['A8', 'rung', 'P2'],
    ['D2', 'rate', '10 bps'],
    ['C7', 'newcomer', '10 bps'],
    ['D9', 'correlation', '10 bps'],
    ['D1', 'base', '2000006/100'],
    ['D3', 'target', '21'],
    ['D4', 'cap left', '20000'],
    ['D6', 'slashable', '1000003'],
    ['D2', 'total of the case', '21'],
    ['D2', 'charge of this step', '21'],
    ['D5', 'from rewards', '0'],
    ['D5', 'from stake', '21'],
    ['D7', 'set aside', '21 pending'],
    ['D12', 'breaker', '21'],
  ]);
  expect(JSON.parse(JSON.stringify(lines))).toEqual(lines);
});

test('each step gives exactly one line, and gives the same when it is asked again', () => {
  const law = lawOf('security');
  const input: ChargeInput = {
    law,
    rung: rungOf(law, 'S1'),
    multiplierBps: 20_000,
    severity: 'major',
    participant: aParticipant(2),
    earning: ['node-1'],
    snapshot: aLedger(1_000_003n, [taking(77n, { family: 'security' })]),
    caseId: 'this',
    occurredAtMs: at,
    nowMs: at,
    groups: ['a', 'b'],
    recurrence: { counted: 1, onlyWarnings: false, probation: true },
    startRung: 'S1',
    setAsideAs: 'held',
  };
  const before = structuredClone(input);
  let figures = firstFigures(input);
  const lines = CALCULATION_STEPS.map((step) => {
    const { line, ...changed } = step(input, figures);
    expect(step(input, figures)).toEqual({ line, ...changed });
    figures = { ...figures, ...changed };
    return line;
  });
  expect(input).toEqual(before);
  expect(calculateCharge(input).lines).toEqual(lines);
  expect(lines.find(({ label }) => label === 'gate')?.input).toBe('1 resources, confirmed by a, b');
  expect(lines.find(({ label }) => label === 'recurrence')).toMatchObject({
    input: '1 earlier, in probation',
    output: 'start S1',
  });
  expect(lines.find(({ label }) => label === 'set aside')?.output).toBe('50001 held');
});

test.each<[RungId, Severity, number]>([
  ['W', 'critical', 0],
  ['P1', 'minor', 500],
  ['P1', 'moderate', 1_000],
  ['P1', 'major', 1_500],
  ['P1', 'critical', 2_000],
  ['S1', 'major', 7_500],
  ['S1', 'critical', 10_000],
])('the reward cut of %s for %s is %i bps (rule C3)', (id, severity, cutBps) => {
  expect(rewardCutBpsFor(rungOf(lawOf('performance'), id), severity)).toBe(cutBps);
});

test('an odd cut rounds down and none exceeds all (rules C3, D3)', () => {
  const rung = { ...rungOf(lawOf('performance'), 'P1'), rewardCutBps: 333 };
  expect(rewardCutBpsFor(rung, 'minor')).toBe(166);
  expect(rewardCutBpsFor({ ...rung, rewardCutBps: 8_000 }, 'critical')).toBe(10_000);
});
