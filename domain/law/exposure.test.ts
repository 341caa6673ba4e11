import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CaseEntry, LedgerSnapshot } from '../ledger/accounts.ts';
import type { RungId, Severity } from '../violation.ts';
import { blockedUnits, blocksOf, freeUnits, mayLeaveUnits } from './blocks.ts';
import {
  type ExposureInput,
  exposedResources,
  exposureUnits,
  highestReachable,
} from './exposure.ts';
import {
  aLeave,
  aLedger,
  anEntry,
  anExit,
  aPart,
  aParticipant,
  aSource,
  DAY_MS,
  firing,
  lawOf,
  T0,
} from './test-fixtures.ts';

const law = lawOf('performance');
const none = { announced: null, refused: [] };

describe('the highest rung within reach (rule A12)', () => {
  test.each<[Severity, RungId, RungId]>([
    ['minor', 'W', 'S1'],
    ['moderate', 'P1', 'S1'],
    ['moderate', 'S2', 'S2'],
    ['major', 'S1', 'S2'],
    ['critical', 'S1', 'S2'],
  ])('%s from %s is %s', (severity, start, highest) => {
    expect(highestReachable(law, severity, start, none)).toBe(highest);
  });

  test('is higher where a person has announced more', () => {
    expect(highestReachable(law, 'minor', 'W', { ...none, announced: 'S2' })).toBe('S2');
  });

  test('ends below what was refused', () => {
    expect(highestReachable(law, 'minor', 'W', { ...none, refused: ['S1'] })).toBe('P2');
  });
});

describe('the most that a case could charge (rule D8)', () => {
  const exposure = (change: Partial<ExposureInput> = {}) =>
    exposureUnits({
      law,
      severity: 'minor',
      start: { rung: 'W', multiplierBps: 10_000 },
      raised: none,
      participant: aParticipant(4),
      resourceIds: ['node-1'],
      snapshot: aLedger(1_000_000n),
      caseId: 'this',
      occurredAtMs: T0,
      nowMs: T0 + DAY_MS,
      ...change,
    });

  test('is the dearest rung within reach on the base of the confirmed resources', () => {
    expect(exposure()).toBe(2_500n); // 100 bps of a quarter
    expect(exposure({ resourceIds: ['node-1', 'node-2'] })).toBe(5_000n);
    expect(exposure({ severity: 'major' })).toBe(6_250n); // 250 bps: S2
  });

  test('has the rate of its start', () => {
    const start = { rung: 'S1', multiplierBps: 20_000 } as const;
    expect(exposure({ severity: 'moderate', start })).toBe(5_000n);
  });

  test('is nothing while nothing is confirmed', () => {
    expect(exposure({ resourceIds: [] })).toBe(0n);
  });

  test('is bounded by the cap, which only final money of others uses up', () => {
    const all = { resourceIds: [null], severity: 'moderate' as const };
    const start = { rung: 'S1', multiplierBps: 100_000 } as const;
    const used = (status: 'pending' | 'final'): CaseEntry[] => [
      anEntry('other', {
        parts: [aPart('d', { status, stakeUnits: 15_000n, settledAtMs: T0 + 1 })],
      }),
    ];
    expect(exposure({ ...all, start })).toBe(20_000n);
    expect(exposure({ ...all, start, snapshot: aLedger(1_000_000n, used('pending')) })).toBe(
      20_000n,
    );
    expect(exposure({ ...all, start, snapshot: aLedger(1_000_000n, used('final')) })).toBe(5_000n);
  });

  test('what the case has charged itself does not lessen it', () => {
    const own = [anEntry('this', { parts: [aPart('d', { stakeUnits: 250n })] })];
    expect(exposure({ snapshot: aLedger(1_000_000n, own) })).toBe(2_500n);
  });

  test('grows with every resource that is confirmed, and never passes the stake', () => {
    const severities = fc.constantFrom<Severity>('minor', 'moderate', 'major', 'critical');
    fc.assert(
      fc.property(fc.bigInt(0n, 10n ** 20n), severities, fc.nat(3), (stake, severity, more) => {
        const nodes = ['node-1', 'node-2', 'node-3', 'node-4'];
        const snapshot = aLedger(stake);
        const few = exposure({ snapshot, severity, resourceIds: nodes.slice(0, more) });
        const many = exposure({ snapshot, severity, resourceIds: nodes.slice(0, more + 1) });
        expect(few <= many && many <= stake).toBe(true);
      }),
    );
  });
});

describe('which resources are confirmed (rules B2, B3)', () => {
  const seen = (sources: ReturnType<typeof aSource>[], probes: never[] = []) =>
    exposedResources({
      heads: sources.map(({ sourceId }) => firing(sourceId, 'node-1', T0, T0)),
      sources,
      probes,
      controlGroup: 'group-p-1',
      family: 'performance',
    });
  const twin = { independenceGroup: 'one' };

  test('two groups expose, a single source or one group twice does not', () => {
    expect(seen([aSource('a'), aSource('b')])).toEqual(['node-1']);
    expect(seen([aSource('a')])).toEqual([]);
    expect(seen([aSource('a', twin), aSource('b', twin)])).toEqual([]);
  });

  test.each([
    ['of the participant itself', { ownerControlGroup: 'group-p-1' }],
    ['that is switched off', { enabled: false }],
    ['for other families', { scope: { ...aSource('x').scope, families: ['security' as const] } }],
  ])('a source %s exposes nothing', (_name, change) => {
    expect(seen([aSource('a'), aSource('b', change)])).toEqual([]);
  });

  test('a look of our own counts beside a monitor, never alone', () => {
    const probe = { resourceId: 'node-1', group: 'probe', healthy: false } as never;
    expect(seen([aSource('a')], [probe])).toEqual(['node-1']);
    expect(seen([], [probe])).toEqual([]);
  });
});

test('what others of its cause made final was charged for it, and is in no cap (rules C9, D8)', () => {
  const resources = { resourceIds: aParticipant(1).resources.map(({ resourceId }) => resourceId) };
  const part = aPart('d', { stakeUnits: 60n, status: 'final' });
  const lead = anEntry('a', { ...resources, violationType: 'other', parts: [part] });
  const most = (change: Partial<CaseEntry>) =>
    exposureUnits({
      law,
      severity: 'minor',
      start: { rung: 'W', multiplierBps: 10_000 },
      raised: none,
      participant: aParticipant(1),
      ...resources,
      snapshot: aLedger(10_000n, [{ ...lead, ...change }, anEntry('c', resources)]),
      caseId: 'c',
      occurredAtMs: T0,
      nowMs: T0,
    });
  expect(most({})).toBe(40n);
  // It fell since: what is final of it stays, and the cause is charged once.
  expect(most({ counts: false })).toBe(40n);
  // Of another cause it is another case's: a hundred of the cap of two hundred are left.
  expect(most({ resourceIds: ['elsewhere'] })).toBe(100n);
});

test('what the kin has pending may go back, so it lessens no block (rules C8, D8)', () => {
  const pending = aPart('d', { stakeUnits: 190n, rung: 'S1' });
  const withKin = (cases: CaseEntry[]): LedgerSnapshot => ({
    ...aLedger(10_000n),
    group: {
      controlGroup: 'g',
      version: 1,
      firstRegisteredAtMs: 0,
      checksPassed: 100,
      kin: [{ participantId: 'p-2', deposits: [], withdrawals: [], cases }],
    },
  });
  const most = (snapshot: LedgerSnapshot) =>
    exposureUnits({
      law,
      severity: 'minor',
      start: { rung: 'W', multiplierBps: 10_000 },
      raised: none,
      participant: aParticipant(1),
      resourceIds: aParticipant(1).resources.map(({ resourceId }) => resourceId),
      snapshot,
      caseId: 'c',
      occurredAtMs: T0,
      nowMs: T0,
    });
  expect(most(withKin([]))).toBe(100n);
  expect(most(withKin([anEntry('k', { parts: [pending] })]))).toBe(100n);
  const final = { ...pending, status: 'final' as const };
  expect(most(withKin([anEntry('k', { parts: [final] })]))).toBe(10n);
});

describe('what may leave (rule D8)', () => {
  const blocking = (units: bigint, change: Partial<CaseEntry> = {}): CaseEntry =>
    anEntry('c-1', { blockUnits: units, ...change });
  const ledger = (cases: CaseEntry[], change: Partial<LedgerSnapshot> = {}): LedgerSnapshot => ({
    ...aLedger(1_000n, cases),
    ...change,
  });

  test('what exceeds the blocks is free', () => {
    expect(freeUnits(ledger([blocking(300n)]))).toBe(700n);
    expect(blocksOf(ledger([blocking(300n)]))).toEqual([{ caseId: 'c-1', units: 300n }]);
  });

  test('a case that blocks nothing is not named', () => {
    expect(blocksOf(ledger([anEntry('c-1'), blocking(0n)]))).toEqual([]);
    expect(blocksOf(ledger([blocking(300n, { counts: false })]))).toEqual([]);
  });

  test('a case that is recorded only blocks, for it may come into force; behind a lead what the lead leaves', () => {
    const recorded = (inert: CaseEntry['inert'], units: bigint): CaseEntry =>
      blocking(units, { caseId: 'c-2', counts: false, behind: 'c-1', ...(inert && { inert }) });
    const blocked = (...cases: CaseEntry[]) => blockedUnits(ledger(cases));
    expect(blocked(blocking(300n), recorded('consequential', 200n))).toBe(500n);
    expect(blocked(blocking(300n), recorded('cause', 400n))).toBe(400n);
    expect(blocked(blocking(300n), recorded('cause', 200n))).toBe(300n);
    // The lead is over: what it charged is charged once.
    const over = { blockUnits: 0n, parts: [aPart('d', { stakeUnits: 100n })] };
    expect(blocked(anEntry('c-1', over), recorded('cause', 400n))).toBe(300n);
    // It fell itself, and stands for nothing.
    expect(blocked(recorded(undefined, 400n))).toBe(0n);
  });

  test('what the case has taken is blocked no more', () => {
    const parts = [aPart('d', { stakeUnits: 100n })];
    expect(blockedUnits(ledger([blocking(300n, { parts })]))).toBe(200n);
  });

  test('no block is larger than what is slashable: a later deposit is free', () => {
    const deposits = [
      { atMs: T0, units: 100n },
      { atMs: T0 + DAY_MS, units: 900n },
    ];
    expect(blockedUnits(ledger([blocking(300n)], { deposits }))).toBe(100n);
    const blockedAfter = (atMs: number) =>
      blockedUnits(ledger([blocking(300n)], { deposits, withdrawals: [aLeave('w', atMs, 80n)] }));
    expect(blockedAfter(T0 + DAY_MS - 1)).toBe(20n);
    expect(blockedAfter(T0 + DAY_MS)).toBe(100n);
  });

  test('what is on its way covers blocks until it has left, but is not free a second time', () => {
    const exiting = ledger([blocking(300n)], { withdrawals: [anExit('w', T0, 600n)] });
    const moved = { ...exiting.balances, available: 400n, exiting: 600n };
    const snapshot = { ...exiting, balances: moved };
    expect(freeUnits(snapshot)).toBe(100n);
    expect(mayLeaveUnits(snapshot)).toBe(700n);
  });

  test('never less than nothing', () => {
    const tight = ledger([blocking(900n)]);
    const balances = { ...tight.balances, available: 100n, withdrawn: 900n };
    expect(freeUnits({ ...tight, balances })).toBe(0n);
    expect(mayLeaveUnits({ ...tight, balances })).toBe(0n);
  });
});
