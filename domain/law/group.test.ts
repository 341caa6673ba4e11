import { describe, expect, test } from 'vitest';
import type { Kin, LedgerSnapshot } from '../ledger/accounts.ts';
import { calculateCharge } from './calculation.ts';
import { casesOfGroup, newcomerFacts, stakeOfGroup } from './group.ts';
import { startOf } from './ladder.ts';
import { rungOf } from './pin.ts';
import { countRecurrence } from './recurrence.ts';
import {
  aLedger,
  anEntry,
  aPart,
  aParticipant,
  aSanction,
  DAY_MS,
  HOUR_MS,
  lawOf,
  T0,
} from './test-fixtures.ts';

const law = lawOf('performance');
const at = T0 + DAY_MS;

function withKin(own: LedgerSnapshot, kin: Kin[], change: object = {}): LedgerSnapshot {
  const group = {
    controlGroup: 'g',
    version: 3,
    firstRegisteredAtMs: T0 - 60 * DAY_MS,
    checksPassed: 100,
    kin,
    ...change,
  };
  return { ...own, group };
}

const kinOf = (stakeUnits: bigint, cases: Kin['cases'] = []): Kin => ({
  ...aLedger(stakeUnits, cases),
  participantId: 'p-2',
});

const chargeOf = (snapshot: LedgerSnapshot, change: object = {}) =>
  calculateCharge({
    law,
    rung: rungOf(law, 'S1'),
    multiplierBps: 10_000,
    severity: 'minor',
    participant: aParticipant(1),
    earning: ['node-1'],
    snapshot,
    caseId: 'this',
    occurredAtMs: at,
    nowMs: at,
    ...change,
  });

describe('a control group (rule C8)', () => {
  test('has one recurrence: a case under another id counts', () => {
    const snapshot = withKin(aLedger(1_000n), [
      kinOf(1_000n, [anEntry('kin', { occurredAtMs: at - HOUR_MS, servedRung: 'P1' })]),
    ]);
    const recur = (one: LedgerSnapshot) =>
      countRecurrence(law, casesOfGroup(one), 'this', 'performance', at, [], at);
    expect(recur(snapshot).counted).toBe(1);
    expect(recur(aLedger(1_000n)).counted).toBe(0);
    expect(startOf(law, 'minor', recur(snapshot)).rung).toBe('P1');
  });

  test('has one probation: that of another id lifts the start too (rule C6)', () => {
    const sanction = aSanction('kin', { participantId: 'p-2', probationUntilMs: at + 1 });
    const { probation } = countRecurrence(law, [], 'this', 'performance', at, [sanction], at);
    expect(probation).toBe(true);
  });

  test('has one cap, by the stake of all against the charges of all (rule D4)', () => {
    const own = aLedger(10_000n);
    expect(chargeOf(own).capLeftUnits).toBe(200n);
    const charged = anEntry('kin', {
      occurredAtMs: at,
      parts: [aPart('k', { stakeUnits: 350n })],
    });
    const snapshot = withKin(own, [kinOf(10_000n, [charged])]);
    expect(stakeOfGroup(snapshot, at)).toBe(20_000n);
    expect(chargeOf(snapshot)).toMatchObject({ capLeftUnits: 50n, chargeUnits: 50n });
  });

  test('leaves base and slashable stake to each id: nobody pays from a stake that is not its own', () => {
    const snapshot = withKin(aLedger(10_000n), [kinOf(90_000n)]);
    expect(chargeOf(snapshot)).toMatchObject({
      baseNumerator: 10_000n,
      slashableUnits: 10_000n,
      chargeUnits: 100n,
    });
  });

  test('counts one case for each cause of its kin (rule C9)', () => {
    const cases = [
      anEntry('lead', { occurredAtMs: at - HOUR_MS, resourceIds: ['n'] }),
      anEntry('other', {
        violationType: 'subpar-delivery',
        occurredAtMs: at - HOUR_MS,
        resourceIds: ['n'],
      }),
    ];
    const snapshot = withKin(aLedger(1_000n), [kinOf(1_000n, cases)]);
    const counting = casesOfGroup(snapshot, HOUR_MS).filter(({ counts }) => counts);
    expect(counting.map(({ caseId }) => caseId)).toEqual(['lead']);
  });
});

describe('a newcomer (rule C7)', () => {
  const facts = (change: object) => newcomerFacts(law, withKin(aLedger(1n), [], change), at);

  test.each<[string, object, boolean]>([
    ['21 days old with 100 checks is none', { firstRegisteredAtMs: at - 21 * DAY_MS }, false],
    ['a millisecond younger is one', { firstRegisteredAtMs: at - 21 * DAY_MS + 1 }, true],
    ['so is an old one with 99 checks', { checksPassed: 99 }, true],
  ])('%s', (_name, change, isNew) => {
    expect(facts(change)?.isNew).toBe(isNew);
  });

  test('is not reckoned where the law or the ledger knows nothing of it', () => {
    expect(newcomerFacts({}, withKin(aLedger(1n), []), at)).toBeUndefined();
    expect(newcomerFacts(law, aLedger(1n), at)).toBeUndefined();
  });

  test('is charged nothing for performance and everything for the rest', () => {
    const newcomer = { firstRegisteredAtMs: at, checksPassed: 3, isNew: true };
    const free = chargeOf(aLedger(10_000n), { newcomer });
    expect(free).toMatchObject({ targetUnits: 0n, chargeUnits: 0n });
    expect(free.lines.find(({ rule }) => rule === 'C7')).toEqual({
      rule: 'C7',
      label: 'newcomer',
      input: `group since ${at}, 3 checks passed`,
      output: '0 bps',
    });
    for (const family of ['operational', 'security'] as const) {
      const other = lawOf(family);
      const rung = rungOf(other, 'S1');
      const paid = chargeOf(aLedger(10_000n), { newcomer, law: other, rung });
      expect(paid.chargeUnits).toBe(BigInt(rung.slashBps));
    }
    const settled = chargeOf(aLedger(10_000n), { newcomer: { ...newcomer, isNew: false } });
    expect(settled.chargeUnits).toBe(100n);
  });
});

describe('one cause in the calculation (rule C9)', () => {
  const mate = anEntry('mate', {
    violationType: 'subpar-delivery',
    occurredAtMs: at,
    resourceIds: ['node-1'],
    parts: [aPart('m', { stakeUnits: 60n })],
  });
  const own = anEntry('this', { occurredAtMs: at, severity: 'major', resourceIds: ['node-1'] });

  test('what another case of it charged counts as charged before, and against nothing else', () => {
    const together = chargeOf(aLedger(10_000n, [own, mate]));
    expect(together).toMatchObject({
      capLeftUnits: 200n,
      slashableUnits: 10_000n,
      alreadyChargedUnits: 60n,
      chargeUnits: 40n,
    });
    const apart = { ...mate, resourceIds: ['node-2'] };
    expect(chargeOf(aLedger(10_000n, [own, apart]))).toMatchObject({
      capLeftUnits: 140n,
      slashableUnits: 9_940n,
      alreadyChargedUnits: 0n,
      chargeUnits: 100n,
    });
  });

  test('an inert case charges nothing, and its line names whose charge it is', () => {
    const inert = { because: 'cause' as const, caseId: 'lead' };
    const { chargeUnits, lines } = chargeOf(aLedger(10_000n), { inert });
    expect(chargeUnits).toBe(0n);
    expect(lines[1]).toMatchObject({ rule: 'C9', output: 'charges nothing: cause of lead' });
  });
});
