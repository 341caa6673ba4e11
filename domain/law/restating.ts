import { standingSteps } from '../case/disputes.ts';
import type { CaseState, ImposedStep, PinnedLaw, StepBasis } from '../case/state.ts';
import type { RestatedPart } from '../ledger/inverse.ts';
import { maxUnits, minUnits, parseUnits } from '../money.ts';
import type { StartCell } from '../policy.ts';
import { lowerRung, type RungId, rungOrder } from '../violation.ts';
import { type Calculation, targetUnitsOf } from './calculation.ts';
import { multiplierBpsFor, nextRung, type Recurrence, startOf } from './ladder.ts';
import { rungOf } from './pin.ts';

/** What a case comes to once earlier ones have fallen. */
export interface Restated {
  recurrence: Recurrence;
  start: StartCell;
  /** Each decision above the warning that is in force, with the rung and amount that it may still have. */
  parts: RestatedPart[];
}

/**
 * Computes a case anew with the recurrence of now, because a case before it fell: it becomes the smaller of old and recomputed
 * (rule D10). Null when no less counts than it did. Cap and slashable are left out: they bound the old amount when it was decided,
 * the fall only widens them, and what other cases did since is none of its business. So the result depends on the earlier cases alone,
 * and not on the order in which the later ones hear of the fall.
 */
export function restated(state: CaseState, now: Recurrence): Restated | null {
  const { law, recurrence, startRung, multiplierBps } = state;
  if (!law || !recurrence || !startRung) return null;
  const old = { rung: startRung, multiplierBps };
  const start = startOf(law, state.severity, now);
  const isLower = isMilder(start, old);
  // By a severity that has risen since it may start no lower, though its decisions rested on what fell (rule A12).
  if (!isLower && !countsLess(now, recurrence)) return null;
  return { recurrence: now, start: isLower ? start : old, parts: partsOf(state, law, now) };
}

/** Whether earlier cases weigh less than they did: fewer, no longer in their probation, or only warnings by now. */
function countsLess(now: Recurrence, old: Recurrence): boolean {
  const isNoMore =
    now.counted <= old.counted &&
    (old.probation || !now.probation) &&
    (now.counted === 0 || now.onlyWarnings || !old.onlyWarnings);
  const isSame =
    now.counted === old.counted &&
    now.probation === old.probation &&
    now.onlyWarnings === old.onlyWarnings;
  return isNoMore && !isSame;
}

function isMilder(start: StartCell, old: StartCell): boolean {
  const order = rungOrder(start.rung) - rungOrder(old.rung);
  return order < 0 || (order === 0 && start.multiplierBps < old.multiplierBps);
}

/**
 * The case's decisions on the ladder that it would have climbed: the n-th one at most at that ladder's n-th rung. What persons raised
 * does not rest on earlier cases; final decisions stay (invariant H14), and so do those whose basis was not kept.
 */
function partsOf(state: CaseState, law: PinnedLaw, now: Recurrence): RestatedPart[] {
  const parts: RestatedPart[] = [];
  let reached: RungId = 'W';
  let oldTotal = 0n;
  let newTotal = 0n;
  for (const step of standingSteps(state)) {
    if (step.rung === 'W') continue;
    const charged = parseUnits(step.chargedUnits);
    oldTotal += charged;
    const { basis } = step;
    if (basis === undefined) {
      reached = step.rung;
      newTotal += charged;
      continue;
    }
    const start = startOf(law, basis.severity, now);
    const next: RungId = nextRung(law, reached, basis.severity, start.rung) ?? reached;
    reached = basis.byPerson ? step.rung : lowerRung(step.rung, next);
    if (step.money === 'final') {
      // It stays as it is, and those above it climb from where it would have been.
      newTotal += charged;
      continue;
    }
    const total = maxUnits(newTotal, minUnits(targetAt(law, reached, start, basis), oldTotal));
    const keepUnits = minUnits(charged, total - newTotal);
    newTotal += keepUnits;
    parts.push({ decisionId: step.decisionId, rung: reached, keepUnits });
  }
  return parts;
}

function targetAt(law: PinnedLaw, rung: RungId, start: StartCell, basis: StepBasis): bigint {
  const { slashBps } = rungOf(law, rung);
  const target = targetUnitsOf(baseOf(basis), slashBps, multiplierBpsFor(start, rung));
  // One cause is charged once: what others of it had charged is no longer this case's to charge (rule C9).
  return maxUnits(target - parseUnits(basis.byCauseUnits ?? '0'), 0n);
}

/** What a decision may keep when it is reduced to a rung that the case had never been at: that rung's target on its own base. */
export function targetOfReduction(state: CaseState, step: ImposedStep, toRung: RungId): bigint {
  const { law, basis } = state.law && step.basis ? { law: state.law, basis: step.basis } : NOTHING;
  if (!law || !basis) return 0n;
  const start = { rung: state.startRung ?? 'W', multiplierBps: state.multiplierBps };
  return targetAt(law, toRung, start, basis);
}

/** What a decision keeps of its calculation, so that its target can be computed anew (rules C9, D1, D10). */
export function basisOf(
  { baseNumerator, baseDenominator, byCauseUnits }: Calculation,
  decided: Pick<StepBasis, 'severity' | 'earning' | 'byPerson'>,
): StepBasis {
  return {
    numerator: baseNumerator.toString(),
    denominator: baseDenominator.toString(),
    ...(byCauseUnits !== undefined && { byCauseUnits: byCauseUnits.toString() }),
    ...decided,
  };
}

const NOTHING = { law: null, basis: null };

function baseOf(basis: StepBasis): {
  numerator: bigint;
  denominator: bigint;
} {
  return { numerator: BigInt(basis.numerator), denominator: BigInt(basis.denominator) };
}
