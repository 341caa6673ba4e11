import type { PinnedLaw } from '../case/state.ts';
import { invariant } from '../errors.ts';
import type { LedgerSnapshot, UnpaidReward } from '../ledger/accounts.ts';
import { ceilDiv, FULL_BPS, floorDiv, maxUnits, minUnits } from '../money.ts';
import type { Participant } from '../participant.ts';
import type { Rung } from '../policy.ts';
import type { Severity } from '../violation.ts';
import { isLive, liveUnits, partUnits, slashableUnits, stakeAt } from './slashable.ts';

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
  snapshot: LedgerSnapshot;
  caseId: string;
  occurredAtMs: number;
  nowMs: number;
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
  alreadyChargedUnits: bigint;
  /** What this step adds, never negative. */
  chargeUnits: bigint;
  fromRewardsUnits: bigint;
  fromStakeUnits: bigint;
}

/**
 * Computes what one rung charges, in the order of rule D2. Class, gate, recurrence and probation come before it and are inputs.
 *
 * @example
 * const { chargeUnits, lines } = calculateCharge({ law, rung: rungOf(law, 'S1'), multiplierBps: 10_000, ...case })
 */
export function calculateCharge(input: ChargeInput): Calculation {
  const { law, rung, multiplierBps, severity, snapshot, caseId, occurredAtMs, nowMs } = input;
  invariant(occurredAtMs <= nowMs, 'A violation can not be charged before it occurred.');
  const lines: CalculationLine[] = [];
  const note = (rule: string, label: string, from: string, to: bigint | string): void => {
    lines.push({ rule, label, input: from, output: String(to) });
  };
  note('D2', 'class', `${law.family}, ${severity}, policy ${law.policyVersion}`, rung.id);
  // Rule C9 has its place here: one cause with several types is charged by its lead case only.

  const stake = stakeAt(snapshot, occurredAtMs);
  const share = shareOf(input.participant, input.earning);
  const base = { numerator: stake * share.part, denominator: share.whole };
  note('D1', 'base', `stake ${stake} × capacity ${share.part}/${share.whole}`, fraction(base));

  const rate = effectiveRate(rung.slashBps, multiplierBps);
  note('D2', 'rate', `${rung.slashBps} bps × ${multiplierBps}/${FULL_BPS}`, bpsText(rate));
  // Rule D9 has its place here: the correlation of security cases of one control group.

  const targetUnits = roundedTarget(base, rate);
  note('D3', 'target', `${fraction(base)} × ${bpsText(rate)}`, targetUnits);

  const cap = capOf(input, stake);
  note('D4', 'cap left', `${cap.limit} − ${cap.used} of other cases`, cap.left);
  const slashable = slashableUnits(snapshot, caseId, occurredAtMs);
  note('D6', 'slashable', `stake ${stake}, less other cases and what left since`, slashable);
  const bound = rung.id === 'S2' ? slashable : minUnits(cap.left, slashable);
  const total = minUnits(targetUnits, bound);
  note(
    'D2',
    'total of the case',
    `min(${targetUnits}, ${bound})${rung.id === 'S2' ? ', S2 outside the cap' : ''}`,
    total,
  );

  const entry = snapshot.cases.find((candidate) => candidate.caseId === caseId);
  const alreadyChargedUnits = entry === undefined ? 0n : liveUnits(entry);
  const chargeUnits = maxUnits(total - alreadyChargedUnits, 0n);
  note(
    'D2',
    'charge of this step',
    `${total} − ${alreadyChargedUnits} charged before`,
    chargeUnits,
  );

  const rewards = rewardsEarnedBy(snapshot.unpaidRewards, occurredAtMs);
  const fromRewardsUnits = minUnits(chargeUnits, rewards);
  const fromStakeUnits = chargeUnits - fromRewardsUnits;
  note('D5', 'from rewards', `${rewards} unpaid and earned by then`, fromRewardsUnits);
  note('D5', 'from stake', `${chargeUnits} − ${fromRewardsUnits}`, fromStakeUnits);
  // Rule D12 has its place after the step: the network breaker only delays.

  return {
    lines,
    baseNumerator: base.numerator,
    baseDenominator: base.denominator,
    targetUnits,
    capLeftUnits: cap.left,
    slashableUnits: slashable,
    alreadyChargedUnits,
    chargeUnits,
    fromRewardsUnits,
    fromStakeUnits,
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

/** A non-negative exact fraction. */
interface Fraction {
  numerator: bigint;
  denominator: bigint;
}

function fraction({ numerator, denominator }: Fraction): string {
  return denominator === 1n ? numerator.toString() : `${numerator}/${denominator}`;
}

/** A rate over `FULL_BPS` squared, as basis points. */
function bpsText(rate: Fraction): string {
  const full = BigInt(FULL_BPS);
  return rate.numerator % full === 0n
    ? `${rate.numerator / full} bps`
    : `${rate.numerator}/${full} bps`;
}

/** Rule D1: share of the earning resources by capacity; all of it for the participant as a whole or without declared resources. */
function shareOf(
  participant: Participant,
  earning: readonly (string | null)[],
): { part: bigint; whole: bigint } {
  if (participant.resources.length === 0 || earning.includes(null)) return { part: 1n, whole: 1n };
  const earningIds = new Set(earning);
  let part = 0n;
  let whole = 0n;
  for (const { resourceId, capacity } of participant.resources) {
    whole += BigInt(capacity);
    if (earningIds.has(resourceId)) part += BigInt(capacity);
  }
  invariant(whole > 0n, 'Declared resources have a capacity of at least one.');
  return { part, whole };
}

/** Rate of a rung with its multiplier, at most the whole. */
function effectiveRate(slashBps: number, multiplierBps: number): Fraction {
  const denominator = BigInt(FULL_BPS) * BigInt(FULL_BPS);
  const numerator = minUnits(BigInt(slashBps) * BigInt(multiplierBps), denominator);
  return { numerator, denominator };
}

/** Rule D3: below one unit nothing, else up; a rate below the whole never takes the whole base. */
function roundedTarget(base: Fraction, rate: Fraction): bigint {
  const numerator = base.numerator * rate.numerator;
  const denominator = base.denominator * rate.denominator;
  if (numerator < denominator) return 0n;
  const rounded = ceilDiv(numerator, denominator);
  if (rate.numerator === rate.denominator)
    return minUnits(rounded, floorDiv(base.numerator, base.denominator));
  return minUnits(rounded, ceilDiv(base.numerator, base.denominator) - 1n);
}

/** Rule D4: the cap by the stake at this `occurredAt`, less what other cases of the family charged for faults within the window. */
function capOf(
  { law, snapshot, caseId, occurredAtMs }: ChargeInput,
  stake: bigint,
): { limit: bigint; used: bigint; left: bigint } {
  const limit = floorDiv(stake * BigInt(law.capBps), BigInt(FULL_BPS));
  let used = 0n;
  for (const entry of snapshot.cases) {
    if (entry.caseId === caseId || entry.family !== law.family) continue;
    if (Math.abs(entry.occurredAtMs - occurredAtMs) > law.capWindowMs) continue;
    for (const part of entry.parts) if (isLive(part)) used += partUnits(part);
  }
  return { limit, used, left: maxUnits(limit - used, 0n) };
}

/** Rule D5: only rewards earned up to the fault. */
function rewardsEarnedBy(rewards: readonly UnpaidReward[], occurredAtMs: number): bigint {
  return rewards.reduce(
    (sum, reward) => (reward.earnedAtMs <= occurredAtMs ? sum + reward.units : sum),
    0n,
  );
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
