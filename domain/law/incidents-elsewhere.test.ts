import { describe, expect, test } from 'vitest';
import type { PinnedLaw } from '../case/state.ts';
import type { LedgerSnapshot } from '../ledger/accounts.ts';
import { applyMove } from '../ledger/move.ts';
import { chargeAutomatic, openCaseEntry } from '../ledger/moves.ts';
import { beginExit, leave } from '../ledger/withdrawals.ts';
import { calculateCharge } from './calculation.ts';
import { rungOf } from './pin.ts';
import { aLedger, aParticipant, DAY_MS, lawOf, T0 } from './test-fixtures.ts';

// What went wrong in other systems and is no rule's own test: see docs/reference/incidents-elsewhere.md.

const STAKE = 1_000n;
const FAULT_MS = T0 + DAY_MS;

/** A rate at which two cases ask for more than there is, so that whatever counts a unit twice shows. */
const dear: PinnedLaw = (() => {
  const law = lawOf('performance');
  const rungs = law.rungs.map((rung) => (rung.id === 'P2' ? { ...rung, slashBps: 6_000 } : rung));
  // No cap in the way: it would hide a unit that the ledgers count twice.
  return { ...law, capBps: 20_000, rungs };
})();

type Deed = (snapshot: LedgerSnapshot) => LedgerSnapshot;

const opened =
  (caseId: string): Deed =>
  (snapshot) =>
    applyMove(
      snapshot,
      openCaseEntry(snapshot, {
        caseId,
        family: 'performance',
        violationType: 'downtime',
        severity: 'minor',
        occurredAtMs: FAULT_MS,
      }),
    );

const charged =
  (caseId: string): Deed =>
  (snapshot) => {
    const atMs = FAULT_MS + DAY_MS;
    const { fromRewardsUnits, fromStakeUnits } = calculateCharge({
      law: dear,
      rung: rungOf(dear, 'P2'),
      multiplierBps: 10_000,
      severity: 'minor',
      participant: aParticipant(1),
      earning: ['node-1'],
      snapshot,
      caseId,
      occurredAtMs: FAULT_MS,
      nowMs: atMs,
    });
    const ref = { caseId, decisionId: `${caseId}/P2`, rung: 'P2', atMs } as const;
    const amount = { fromRewardsUnits, fromStakeUnits };
    return applyMove(
      snapshot,
      chargeAutomatic(snapshot, { ...ref, finalDueAtMs: atMs + 14 * DAY_MS, amount }),
    );
  };

/** Up to 300 units of what is available begin to leave. */
const begun: Deed = (snapshot) => {
  const units = snapshot.balances.available < 300n ? snapshot.balances.available : 300n;
  if (units === 0n) return snapshot;
  const requestedAtMs = FAULT_MS + DAY_MS;
  const times = { requestedAtMs, dueAtMs: requestedAtMs + 28 * DAY_MS };
  const ids = { withdrawalId: 'w-1', externalRef: 'w-1' };
  return applyMove(snapshot, beginExit(snapshot, { ...ids, units, ...times }));
};

const gone: Deed = (snapshot) =>
  applyMove(
    snapshot,
    leave(snapshot, { withdrawalId: 'w-1', mayLeaveUnits: STAKE, atMs: FAULT_MS + 29 * DAY_MS }),
  );

const lived = (...deeds: Deed[]): LedgerSnapshot =>
  deeds.reduce((snapshot, deed) => deed(snapshot), aLedger(STAKE));

describe('over-slash by two ledgers', () => {
  const [a, b] = [charged('a'), charged('b')];

  test.each<[string, Deed[]]>([
    ['it leaves before both cases', [begun, a, b]],
    ['it leaves between them', [a, begun, b]],
    ['it leaves after them', [a, b, begun]],
    ['nothing leaves', [a, b]],
  ])(
    'a unit of stake is charged once, in whatever order it begins to leave: %s',
    (_name, deeds) => {
      const { balances, cases } = lived(opened('a'), opened('b'), ...deeds);
      const units = cases.map(({ parts }) => parts.map(({ stakeUnits }) => stakeUnits));
      expect(units).toEqual([[600n], [400n]]);
      expect(balances).toMatchObject({ available: 0n, exiting: 0n, pending: STAKE });
    },
  );
});

describe('slashing the gone', () => {
  test('what has left by the time of the decision is charged no more, though the fault was before', () => {
    const stays = lived(opened('a'), begun, charged('a'));
    expect(stays.balances).toMatchObject({ pending: 600n, withdrawn: 0n });
    const left = lived(opened('a'), opened('b'), begun, gone, charged('a'), charged('b'));
    expect(left.balances).toMatchObject({ withdrawn: 300n, pending: 700n, available: 0n });
  });

  test('nobody is charged for a fault after the last unit had left', () => {
    const ids = { withdrawalId: 'w-1', externalRef: 'w-1', units: STAKE };
    const asked: Deed = (snapshot) =>
      applyMove(snapshot, beginExit(snapshot, { ...ids, requestedAtMs: T0, dueAtMs: T0 }));
    const out = { withdrawalId: 'w-1', mayLeaveUnits: STAKE, atMs: FAULT_MS - 1 };
    const gone: Deed = (snapshot) => applyMove(snapshot, leave(snapshot, out));
    const { balances, cases } = lived(asked, gone, opened('a'), charged('a'));
    expect(balances).toMatchObject({ withdrawn: STAKE, pending: 0n });
    expect(cases[0]?.parts).toEqual([]);
  });
});
