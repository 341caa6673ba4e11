import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { PinnedLaw } from '../../../domain/case/state.ts';
import { calculateCharge, rewardCutBpsFor } from '../../../domain/law/calculation.ts';
import {
  effectiveSeverity,
  firstAnnounced,
  multiplierBpsFor,
  nextRung,
  startOf,
} from '../../../domain/law/ladder.ts';
import { rungOf, windowMs } from '../../../domain/law/pin.ts';
import { countRecurrence } from '../../../domain/law/recurrence.ts';
import { aLedger, aParticipant, DAY_MS, lawOf, T0 } from '../../../domain/law/test-fixtures.ts';
import { deposit } from '../../../domain/ledger/bookings.ts';
import { applyMove, type LedgerMove } from '../../../domain/ledger/move.ts';
import {
  chargeAutomatic,
  finalise,
  openCaseEntry,
  recordServed,
} from '../../../domain/ledger/moves.ts';
import { payRebate } from '../../../domain/ledger/rebate.ts';
import type { Family, RungId, Severity } from '../../../domain/violation.ts';

const here = import.meta.dirname;
const committed = readFileSync(path.join(here, 'expected.json'), 'utf8');

interface Cell {
  family: Family;
  severity: Severity;
  time: number;
  earlier: { daysBefore: number; severity: Severity; servedRung: RungId; chargeUnits: string }[];
  stakeAtFaultUnits: string;
  startRung: RungId;
  multiplierBps: number;
  firstAnnounced: RungId;
  steps: Record<string, unknown>[];
  atOtherStakes: { stakeUnits: string; earlierUnits: string; chargeUnits: string }[];
}

const { cells } = JSON.parse(committed) as { cells: Cell[] };

describe('the table', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'law-table-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('is what its script makes, in a place where nothing of the project can be imported', () => {
    const script = path.join(folder, 'make-table.ts');
    copyFileSync(path.join(here, 'make-table.ts'), script);
    execFileSync(process.execPath, [script], { cwd: folder });
    expect(readFileSync(path.join(folder, 'expected.json'), 'utf8')).toBe(committed);
  });

  test('has 3 families × 4 severities × 4 times', () => {
    expect(
      new Set(cells.map(({ family, severity, time }) => `${family} ${severity} ${time}`)).size,
    ).toBe(48);
  });
});

/** Plays the earlier cases of a cell through the ledger: opened, served, charged, final and rebated, each before the next. */
function afterEarlier(
  law: PinnedLaw,
  cell: Cell,
  stakeUnits = 10_000_000n,
  charges = cell.earlier.map(({ chargeUnits }) => chargeUnits),
) {
  let ledger = aLedger(0n);
  const apply = (move: LedgerMove): void => {
    ledger = applyMove(ledger, move);
  };
  ledger = { ...ledger, deposits: [] };
  if (stakeUnits > 0n)
    apply(deposit(ledger, { transferId: 'in', units: stakeUnits, atMs: T0 - 365 * DAY_MS }));
  for (const [index, earlier] of cell.earlier.entries()) {
    const caseId = `earlier-${index}`;
    const occurredAtMs = T0 - earlier.daysBefore * DAY_MS;
    const opening = {
      caseId,
      family: law.family,
      violationType: 'any',
      severity: earlier.severity,
      occurredAtMs,
    };
    apply(openCaseEntry(ledger, opening));
    if (earlier.servedRung === 'W') {
      apply(recordServed(ledger, caseId, 'W'));
      continue;
    }
    const amount = chargeOf(
      law,
      ledger,
      caseId,
      occurredAtMs,
      earlier.servedRung,
      10_000,
      earlier.severity,
    );
    expect(amount.chargeUnits.toString()).toBe(charges[index]);
    const decision = { caseId, decisionId: `${caseId}/P1`, atMs: occurredAtMs };
    const charge = { ...decision, rung: earlier.servedRung, finalDueAtMs: occurredAtMs, amount };
    apply(chargeAutomatic(ledger, charge));
    if (amount.chargeUnits === 0n) continue;
    apply(finalise(ledger, { ...decision, atMs: occurredAtMs + 22 * DAY_MS }));
    const units = (amount.chargeUnits * BigInt(law.rebateBps ?? 0)) / 10_000n;
    if (units > 0n) apply(payRebate(ledger, { caseId, units, atMs: occurredAtMs + 23 * DAY_MS }));
  }
  return ledger;
}

function chargeOf(
  law: PinnedLaw,
  snapshot: ReturnType<typeof aLedger>,
  caseId: string,
  occurredAtMs: number,
  id: RungId,
  multiplierBps: number,
  severity: Severity,
) {
  return calculateCharge({
    law,
    rung: rungOf(law, id),
    multiplierBps,
    severity,
    participant: aParticipant(1),
    earning: ['node-1'],
    snapshot,
    caseId,
    occurredAtMs,
    nowMs: occurredAtMs,
  });
}

test('the first cell is the timetable of rules §J', () => {
  const days = (key: string): unknown[] =>
    (cells[0]?.steps ?? []).map((step) => Number(step[key]) / DAY_MS);
  expect(cells[0]).toMatchObject({
    family: 'performance',
    severity: 'minor',
    time: 1,
    startRung: 'W',
  });
  expect(days('imposedAtMs')).toEqual([1, 4, 11]);
  expect(cells[0]?.steps[2]).toMatchObject({
    proposedAtMs: 7 * DAY_MS,
    suspendedUntilAtLeastMs: 18 * DAY_MS,
  });
  expect(days('finalAtMs')).toEqual([15, 18, 41]);
  expect(days('hardStopAtMs')).toEqual([57, 60, 67]);
});

describe('the law agrees with the table at stakes of nothing, one unit, 9,999 and 10^37 units', () => {
  test.each(
    cells.map((cell) => [`${cell.family}, ${cell.severity}, time ${cell.time}`, cell] as const),
  )('%s', (_name, cell) => {
    const law = lawOf(cell.family);
    for (const { stakeUnits, earlierUnits, chargeUnits } of cell.atOtherStakes) {
      const opened = afterEarlier(law, cell, BigInt(stakeUnits), earlierUnits.split(' '));
      const recurrence = countRecurrence(law, opened.cases, 'this', cell.family, T0, [], T0);
      const start = startOf(law, cell.severity, recurrence);
      const { family, severity } = cell;
      const opening = { caseId: 'this', family, violationType: 'any', severity, occurredAtMs: T0 };
      let ledger = applyMove(opened, openCaseEntry(opened, opening));
      const charged: string[] = [];
      let id: RungId | null = firstAnnounced(start);
      while (id !== null) {
        const multiplierBps = multiplierBpsFor(start, id);
        const amount = chargeOf(law, ledger, 'this', T0, id, multiplierBps, severity);
        const decision = { caseId: 'this', decisionId: id, rung: id, atMs: T0, finalDueAtMs: T0 };
        ledger = applyMove(ledger, chargeAutomatic(ledger, { ...decision, amount }));
        charged.push(amount.chargeUnits.toString());
        id = nextRung(law, id, severity, start.rung);
      }
      expect({ stakeUnits, charged: charged.join(' ') }).toEqual({
        stakeUnits,
        charged: chargeUnits,
      });
    }
  });
});

describe('the law agrees with the table', () => {
  test.each(
    cells.map((cell) => [`${cell.family}, ${cell.severity}, time ${cell.time}`, cell] as const),
  )('%s', (_name, cell) => {
    const law = lawOf(cell.family);
    let ledger = afterEarlier(law, cell);
    expect(ledger.balances.available.toString()).toBe(cell.stakeAtFaultUnits);
    const recurrence = countRecurrence(law, ledger.cases, 'this', cell.family, T0, [], T0);
    expect(recurrence).toEqual({ counted: cell.time - 1, onlyWarnings: false, probation: false });
    const start = startOf(law, cell.severity, recurrence);
    expect(start).toEqual({ rung: cell.startRung, multiplierBps: cell.multiplierBps });

    const opening = {
      caseId: 'this',
      family: law.family,
      violationType: 'any',
      severity: cell.severity,
      occurredAtMs: T0,
    };
    ledger = applyMove(ledger, openCaseEntry(ledger, opening));
    const steps: Record<string, unknown>[] = [];
    let announcedAtMs = 0;
    let total = 0n;
    for (
      let id: RungId | null = firstAnnounced(start);
      id !== null;
      id = nextRung(law, id, cell.severity, start.rung)
    ) {
      const rung = rungOf(law, id);
      const amount = chargeOf(
        law,
        ledger,
        'this',
        T0,
        id,
        multiplierBpsFor(start, id),
        cell.severity,
      );
      const imposedAtMs = announcedAtMs + windowMs(rung);
      const finalAtMs = imposedAtMs + law.disputeWindowMs[rung.tier];
      const decision = {
        caseId: 'this',
        decisionId: id,
        rung: id,
        atMs: T0 + imposedAtMs,
        finalDueAtMs: T0 + finalAtMs,
      };
      ledger = applyMove(ledger, chargeAutomatic(ledger, { ...decision, amount }));
      total += amount.chargeUnits;
      const minMs = 'minMs' in rung.suspension ? rung.suspension.minMs : null;
      steps.push({
        rung: id,
        tier: rung.tier,
        announcedAtMs,
        proposedAtMs: rung.execution === 'automatic' ? null : announcedAtMs + rung.graceBeforeMs,
        imposedAtMs,
        execution: rung.execution,
        approvals: rung.approvals,
        auditors: rung.auditors,
        targetUnits: amount.targetUnits.toString(),
        chargeUnits: amount.chargeUnits.toString(),
        totalUnits: total.toString(),
        standing: rung.suspension.kind === 'exclusion' ? 'excluded' : 'suspended',
        minimumSuspensionMs: minMs,
        suspendedUntilAtLeastMs: minMs === null ? null : imposedAtMs + minMs,
        rewardCutBps: rewardCutBpsFor(rung, effectiveSeverity(law.family, cell.severity)),
        rewardCutForMs: rung.rewardCutForMs,
        probationMs: rung.probationMs,
        finalAtMs,
        hardStopAtMs: imposedAtMs + law.pendingHardStopMs,
      });
      announcedAtMs = imposedAtMs;
    }
    expect(firstAnnounced(start)).toBe(cell.firstAnnounced);
    expect(steps).toEqual(cell.steps);
  });
});
