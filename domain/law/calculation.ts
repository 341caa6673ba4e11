import type { PinnedLaw } from '../case/state.ts';
import { invariant } from '../errors.ts';
import type { LedgerSnapshot } from '../ledger/accounts.ts';
import { FULL_BPS, floorDiv, minUnits } from '../money.ts';
import type { Participant } from '../participant.ts';
import type { Rung } from '../policy.ts';
import type { RungId, Severity } from '../violation.ts';
import {
  CALCULATION_STEPS,
  effectiveRate,
  firstFigures,
  roundedTarget,
} from './calculation-steps.ts';
import type { NewcomerFacts } from './group.ts';
import type { Recurrence } from './ladder.ts';

/** One step of a calculation as the decision record shows it: the rule, what went in, what came out. */
export interface CalculationLine {
  rule: string;
  label: string;
  input: string;
  output: string;
}

/** What the charge of one rung is computed from; all of one ledger version. */
export interface ChargeInput {
  law: PinnedLaw;
  rung: Rung;
  /** Rate multiplier of this rung (`multiplierBpsFor`); 10 000 is the plain rate. */
  multiplierBps: number;
  severity: Severity;
  participant: Participant;
  /** Resources that earned the rung; null is the participant as a whole. */
  earning: (string | null)[];
  /** With the control group in it, where there is one (rule C8). */
  snapshot: LedgerSnapshot;
  caseId: string;
  occurredAtMs: number;
  nowMs: number;
  /** Independence groups that confirmed the rung (rule B1); the gate has passed before anything is computed. */
  groups?: readonly string[];
  /** Earlier cases that count, as the case pinned them (rules C6, C11). */
  recurrence?: Recurrence;
  /** Where the case started (rules §G). */
  startRung?: RungId;
  /** Whether the participant's group was new, as the case pinned it (rule C7). */
  newcomer?: NewcomerFacts;
  /** The case because of which this one charges nothing (rule C9). */
  inert?: { because: 'cause' | 'consequential'; caseId: string };
  /** Proposed money is held, imposed money is pending (rule D7). */
  setAsideAs?: 'held' | 'pending';
}

/** The charge of one rung with every step of its calculation, in base units (rules D1–D6). */
export interface Calculation {
  lines: CalculationLine[];
  /** The base as an exact fraction: stake × capacity of the earning resources / capacity of all. */
  baseNumerator: bigint;
  baseDenominator: bigint;
  /** What the rung is worth before cap and slashable, rounded once. */
  targetUnits: bigint;
  /** Room under the family's cap, this case's own charges included; does not bind S2. */
  capLeftUnits: bigint;
  slashableUnits: bigint;
  /** What other cases of its cause charged before, which counts as its own (rule C9). Absent when they charged nothing. */
  byCauseUnits?: bigint;
  /** What this case, and others of its cause (rule C9), charged before. */
  alreadyChargedUnits: bigint;
  /** What this step adds, never negative. */
  chargeUnits: bigint;
  fromRewardsUnits: bigint;
  fromStakeUnits: bigint;
}

/**
 * Computes what one rung charges: runs `CALCULATION_STEPS` one after the other, in the order of rule D2, each adding one line to the
 * decision record.
 *
 * @example
 * const { chargeUnits, lines } = calculateCharge({ law, rung: rungOf(law, 'S1'), multiplierBps: 10_000, ...case })
 */
export function calculateCharge(input: ChargeInput): Calculation {
  invariant(
    input.occurredAtMs <= input.nowMs,
    'A violation can not be charged before it occurred.',
  );
  const lines: CalculationLine[] = [];
  let figures = firstFigures(input);
  for (const step of CALCULATION_STEPS) {
    const { line, ...changed } = step(input, figures);
    figures = { ...figures, ...changed };
    lines.push(line);
  }
  return {
    lines,
    baseNumerator: figures.base.numerator,
    baseDenominator: figures.base.denominator,
    targetUnits: figures.targetUnits,
    capLeftUnits: figures.capLeftUnits,
    slashableUnits: figures.slashableUnits,
    ...(figures.byCauseUnits > 0n && { byCauseUnits: figures.byCauseUnits }),
    alreadyChargedUnits: figures.alreadyChargedUnits,
    chargeUnits: figures.chargeUnits,
    fromRewardsUnits: figures.fromRewardsUnits,
    fromStakeUnits: figures.fromStakeUnits,
  };
}

/** What a rung is worth on a base that is an exact fraction, rounded once and before any cap (rules D2, D3). */
export function targetUnitsOf(
  base: { numerator: bigint; denominator: bigint },
  slashBps: number,
  multiplierBps: number,
): bigint {
  return roundedTarget(base, effectiveRate(slashBps, multiplierBps));
}

const CUT_FACTOR_HALVES: Record<Severity, bigint> = {
  minor: 1n,
  moderate: 2n,
  major: 3n,
  critical: 4n,
};

/**
 * The cut of credited rewards in basis points, "proportional to the severity" as the seed says: minor ½, moderate 1, major 1½,
 * critical 2 times the rung's cut, rounded down, at most all (rule C3).
 */
export function rewardCutBpsFor(rung: Rung, severity: Severity): number {
  const scaled = floorDiv(BigInt(rung.rewardCutBps) * CUT_FACTOR_HALVES[severity], 2n);
  return Number(minUnits(scaled, BigInt(FULL_BPS)));
}
