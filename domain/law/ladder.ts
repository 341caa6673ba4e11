import type { PinnedLaw } from '../case/state.ts';
import { invariant } from '../errors.ts';
import { FULL_BPS } from '../money.ts';
import type { StartCell } from '../policy.ts';
import {
  type Family,
  higherRung,
  lowerRung,
  RUNG_IDS,
  type RungId,
  rungOrder,
  type Severity,
} from '../violation.ts';

/** What earlier cases mean for the start of this one (rules C6, C11). */
export interface Recurrence {
  /** Earlier cases that count. */
  counted: number;
  /** True when there are some and none of them served more than a warning. */
  onlyWarnings: boolean;
  /** True when the violation occurred in a probation of the same family. */
  probation: boolean;
}

/** The severity that the law reckons with: critical counts as major outside security (rules §G). */
export function effectiveSeverity(family: Family, severity: Severity): Severity {
  return severity === 'critical' && family !== 'security' ? 'major' : severity;
}

/**
 * Where a case starts: the cell of severity and recurrence (rules §G), no higher than P1 when only warnings came before
 * (rule C11), one rung higher in probation but never S2 by that alone (rule C6).
 */
export function startOf(law: PinnedLaw, severity: Severity, recurrence: Recurrence): StartCell {
  const cell = liftedByRecurrence(law, severity, recurrence);
  if (!recurrence.probation || rungOrder(cell.rung) >= rungOrder('S1')) return cell;
  return { rung: rungAbove(cell.rung), multiplierBps: cell.multiplierBps };
}

function liftedByRecurrence(law: PinnedLaw, severity: Severity, recurrence: Recurrence): StartCell {
  const row = law.start[effectiveSeverity(law.family, severity)];
  const first = row[0];
  const cell = row[Math.min(recurrence.counted, row.length - 1)];
  invariant(first !== undefined && cell !== undefined, 'The start matrix has an empty row.');
  if (recurrence.counted === 0 || !recurrence.onlyWarnings) return cell;
  // Warnings lift a start up to P1; what the severity alone reaches stays, at its own rate.
  if (rungOrder(first.rung) >= rungOrder('P1')) return first;
  return rungOrder(cell.rung) > rungOrder('P1')
    ? { rung: lowerRung(cell.rung, 'P1'), multiplierBps: FULL_BPS }
    : cell;
}

/** The rung that the first notice announces: P1 after a start in warning, else the start itself (rule A8). */
export function firstAnnounced(start: StartCell): RungId {
  return higherRung(start.rung, 'P1');
}

/**
 * The rung that comes after `current` by time alone, null at its ceiling (rule A12): minor and moderate never pass S1 unless
 * they started above it, and nothing passes S2. Below the start rung the way leads straight to it (rule A8).
 */
export function nextRung(
  law: Pick<PinnedLaw, 'family'>,
  current: RungId,
  severity: Severity,
  startRung: RungId,
): RungId | null {
  if (rungOrder(current) < rungOrder(startRung)) return startRung;
  if (current === 'S2') return null;
  const next = rungAbove(current);
  const reckoned = effectiveSeverity(law.family, severity);
  const bounded = reckoned === 'minor' || reckoned === 'moderate';
  if (bounded && rungOrder(next) > rungOrder('S1') && rungOrder(startRung) <= rungOrder('S1'))
    return null;
  return next;
}

/**
 * Where a case goes on when its severity rises (rule A12): the start of the new severity if that lies above the rung in
 * force, else null and the ladder goes on as announced. It needs its own confirmations, notice and window.
 */
export function raisedStart(
  law: PinnedLaw,
  current: RungId,
  newSeverity: Severity,
  recurrence: Recurrence,
): StartCell | null {
  const start = startOf(law, newSeverity, recurrence);
  return rungOrder(start.rung) > rungOrder(current) ? start : null;
}

/** The rung to announce when severity rises, or null when the new severity starts no higher than `current` (rule A12). */
export function rungForSeverityRise(
  law: PinnedLaw,
  current: RungId,
  newSeverity: Severity,
  recurrence: Recurrence,
): RungId | null {
  return raisedStart(law, current, newSeverity, recurrence)?.rung ?? null;
}

/**
 * The rate multiplier of a rung in a case with this start: a start cell's multiplier belongs to its own rung ("S1 ×2"), every
 * other rung has the plain rate (rules §G).
 */
export function multiplierBpsFor(start: StartCell, rung: RungId): number {
  return rung === start.rung ? start.multiplierBps : FULL_BPS;
}

function rungAbove(rung: RungId): RungId {
  const above = RUNG_IDS[rungOrder(rung) + 1];
  invariant(above !== undefined, `There is no rung above ${rung}.`);
  return above;
}
