import { invariant } from '../errors.ts';
import type { LedgerSnapshot, UnpaidReward } from '../ledger/accounts.ts';
import { ceilDiv, FULL_BPS, floorDiv, maxUnits, minUnits } from '../money.ts';
import type { Participant } from '../participant.ts';
import type { CalculationLine, ChargeInput } from './calculation.ts';
import { casesOfCause } from './cause.ts';
import { casesOfGroup, stakeOfGroup } from './group.ts';
import { isLive, liveUnits, partUnits, slashableUnits, stakeAt } from './slashable.ts';

/** A non-negative exact fraction. */
export interface Fraction {
  numerator: bigint;
  denominator: bigint;
}

/** What the steps hand on to each other. */
export interface Figures {
  /** The ledger with all cases of one cause as one (rule C9). */
  snapshot: LedgerSnapshot;
  rate: Fraction;
  base: Fraction;
  targetUnits: bigint;
  capLeftUnits: bigint;
  slashableUnits: bigint;
  totalUnits: bigint;
  byCauseUnits: bigint;
  alreadyChargedUnits: bigint;
  chargeUnits: bigint;
  fromRewardsUnits: bigint;
  fromStakeUnits: bigint;
}

/** One step of the calculation: a pure function that changes some figures and gives exactly one line. */
export type CalculationStep = (
  input: ChargeInput,
  figures: Figures,
) => Partial<Figures> & { line: CalculationLine };

/** The figures before the first step. */
export function firstFigures(input: ChargeInput): Figures {
  const nothing = { numerator: 0n, denominator: 1n };
  return {
    snapshot: input.snapshot,
    rate: nothing,
    base: nothing,
    targetUnits: 0n,
    capLeftUnits: 0n,
    slashableUnits: 0n,
    totalUnits: 0n,
    byCauseUnits: 0n,
    alreadyChargedUnits: 0n,
    chargeUnits: 0n,
    fromRewardsUnits: 0n,
    fromStakeUnits: 0n,
  };
}

/** What kind of violation it is, and the law it is judged by. */
function classOf({ law, severity }: ChargeInput) {
  return {
    line: lineOf('D2', 'class', `severity ${severity}, policy ${law.policyVersion}`, law.family),
  };
}

/** One cause is charged once: what others of it charged counts as this case's own (rule C9). */
function causeOf({ law, caseId, snapshot, inert }: ChargeInput) {
  const ids = casesOfCause(snapshot.cases, caseId, law.causeWindowMs);
  const cases = snapshot.cases.map((entry) =>
    ids.has(entry.caseId) ? { ...entry, caseId } : entry,
  );
  const others = [...ids].filter((id) => id !== caseId).sort();
  const seen = others.length === 0 ? 'no other case' : `with ${others.join(', ')}`;
  const byCauseUnits = snapshot.cases
    .filter((entry) => entry.caseId !== caseId && ids.has(entry.caseId))
    .reduce((sum, entry) => sum + liveUnits(entry), 0n);
  const word = inert && `charges nothing: ${inert.because} of ${inert.caseId}`;
  return {
    snapshot: { ...snapshot, cases },
    byCauseUnits,
    line: lineOf('C9', 'cause', seen, word ?? 'leads'),
  };
}

/** The evidence gate stands before every calculation (rule B1). */
function gateOf({ groups, earning }: ChargeInput) {
  const confirmed = groups === undefined ? '' : `, confirmed by ${groups.join(', ')}`;
  return { line: lineOf('B1', 'gate', `${earning.length} resources${confirmed}`, 'passed') };
}

/** What came before in the control group, as the case pinned it (rules C6, C8, C11). */
function recurrenceOf({ recurrence, startRung }: ChargeInput) {
  const { counted = 0, onlyWarnings = false, probation = false } = recurrence ?? {};
  const words = [
    `${counted} earlier`,
    ...(onlyWarnings ? ['warnings only'] : []),
    ...(probation ? ['in probation'] : []),
  ];
  return { line: lineOf('C11', 'recurrence', words.join(', '), `start ${startRung ?? 'W'}`) };
}

/** The rung that was earned (rules A8, A12). */
function rungOf({ rung }: ChargeInput) {
  return { line: lineOf('A8', 'rung', `tier ${rung.tier}`, rung.id) };
}

/** The rung's rate with its multiplier, at most the whole (rules §G, D2). */
function rateOf({ rung, multiplierBps, inert }: ChargeInput) {
  const full = effectiveRate(rung.slashBps, multiplierBps);
  const rate = inert === undefined ? full : { ...full, numerator: 0n };
  const from = `${rung.slashBps} bps × ${multiplierBps}/${FULL_BPS}`;
  return { rate, line: lineOf('D2', 'rate', inert ? `${from}, inert` : from, bpsText(rate)) };
}

/** A new provider's performance slash is nothing (rule C7). */
function newcomerOf({ law, newcomer }: ChargeInput, { rate }: Figures) {
  const isSpared = newcomer?.isNew === true && law.family === 'performance';
  const spared = isSpared ? { ...rate, numerator: 0n } : rate;
  const from =
    newcomer === undefined
      ? 'not reckoned'
      : `group since ${newcomer.firstRegisteredAtMs}, ${newcomer.checksPassed} checks passed`;
  return { rate: spared, line: lineOf('C7', 'newcomer', from, bpsText(spared)) };
}

/** Rule D9 has its place here, after the rate and before the target: security faults of a large share of one group. */
function correlationOf(_: ChargeInput, { rate }: Figures) {
  return { rate, line: lineOf('D9', 'correlation', 'none', bpsText(rate)) };
}

/** The participant's own stake at the fault, times the share of the earning resources (rule D1). */
function baseOf({ participant, earning, occurredAtMs }: ChargeInput, { snapshot }: Figures) {
  const stake = stakeAt(snapshot, occurredAtMs);
  const { part, whole } = shareOf(participant, earning);
  const base = { numerator: stake * part, denominator: whole };
  return {
    base,
    line: lineOf('D1', 'base', `stake ${stake} × capacity ${part}/${whole}`, fraction(base)),
  };
}

/** What the rung is worth: rounded once, below one unit nothing, else up; a rate below the whole never takes the whole base (rule D3). */
function targetOf(_: ChargeInput, { base, rate }: Figures) {
  const targetUnits = roundedTarget(base, rate);
  return {
    targetUnits,
    line: lineOf('D3', 'target', `${fraction(base)} × ${bpsText(rate)}`, targetUnits),
  };
}

/** The room under the family's cap: by the group's stake at this fault, less what its other cases charged for faults in the window (rules C8, D4). */
function capOf({ law, caseId, occurredAtMs }: ChargeInput, { snapshot }: Figures) {
  const stake = stakeOfGroup(snapshot, occurredAtMs);
  const limit = floorDiv(stake * BigInt(law.capBps), BigInt(FULL_BPS));
  let used = 0n;
  for (const entry of casesOfGroup(snapshot, law.causeWindowMs)) {
    if (entry.caseId === caseId || entry.family !== law.family) continue;
    if (Math.abs(entry.occurredAtMs - occurredAtMs) > law.capWindowMs) continue;
    for (const part of entry.parts) if (isLive(part)) used += partUnits(part);
  }
  const capLeftUnits = maxUnits(limit - used, 0n);
  return {
    capLeftUnits,
    line: lineOf('D4', 'cap left', `${limit} − ${used} of other cases`, capLeftUnits),
  };
}

/** What of the stake at the fault is still there for this case (rule D6). */
function slashableOf({ caseId, occurredAtMs }: ChargeInput, { snapshot }: Figures) {
  const units = slashableUnits(snapshot, caseId, occurredAtMs);
  const stake = stakeAt(snapshot, occurredAtMs);
  const from = `stake ${stake}, less other cases and what left since`;
  return { slashableUnits: units, line: lineOf('D6', 'slashable', from, units) };
}

/** The smaller of cap and slashable binds the target; S2 is outside the cap (rules D2, D4). */
function totalOf({ rung }: ChargeInput, figures: Figures) {
  const { targetUnits, capLeftUnits, slashableUnits: slashable } = figures;
  const bound = rung.id === 'S2' ? slashable : minUnits(capLeftUnits, slashable);
  const totalUnits = minUnits(targetUnits, bound);
  const from = `min(${targetUnits}, ${bound})${rung.id === 'S2' ? ', S2 outside the cap' : ''}`;
  return { totalUnits, line: lineOf('D2', 'total of the case', from, totalUnits) };
}

/** Less what the case charged before: the maximum of its rungs, never their sum (rule D2, invariant H3). */
function chargeOf({ caseId }: ChargeInput, { snapshot, totalUnits }: Figures) {
  const alreadyChargedUnits = snapshot.cases
    .filter((entry) => entry.caseId === caseId)
    .reduce((sum, entry) => sum + liveUnits(entry), 0n);
  const chargeUnits = maxUnits(totalUnits - alreadyChargedUnits, 0n);
  const from = `${totalUnits} − ${alreadyChargedUnits} charged before`;
  return {
    alreadyChargedUnits,
    chargeUnits,
    line: lineOf('D2', 'charge of this step', from, chargeUnits),
  };
}

/** Rewards first, but only those earned up to the fault (rule D5). */
function rewardsOf({ occurredAtMs }: ChargeInput, { snapshot, chargeUnits }: Figures) {
  const earned = rewardsEarnedBy(snapshot.unpaidRewards, occurredAtMs);
  const fromRewardsUnits = minUnits(chargeUnits, earned);
  return {
    fromRewardsUnits,
    line: lineOf('D5', 'from rewards', `${earned} unpaid and earned by then`, fromRewardsUnits),
  };
}

/** The rest from stake (rule D5). */
function stakeSourceOf(_: ChargeInput, { chargeUnits, fromRewardsUnits }: Figures) {
  const fromStakeUnits = chargeUnits - fromRewardsUnits;
  return {
    fromStakeUnits,
    line: lineOf('D5', 'from stake', `${chargeUnits} − ${fromRewardsUnits}`, fromStakeUnits),
  };
}

/** Nothing is final at once: what is proposed is held, what is imposed is pending through its dispute window (rule D7). */
function setAsideOf({ law, rung, setAsideAs = 'pending' }: ChargeInput, { chargeUnits }: Figures) {
  const windowMs = law.disputeWindowMs[rung.tier];
  const from = setAsideAs === 'held' ? 'a proposal' : `dispute window of ${windowMs} ms`;
  return { line: lineOf('D7', 'set aside', from, `${chargeUnits} ${setAsideAs}`) };
}

/** Rule D12 has its place at the end: the network breaker delays, it changes no amount. */
function breakerOf(_: ChargeInput, { chargeUnits }: Figures) {
  return { line: lineOf('D12', 'breaker', 'delays only', chargeUnits) };
}

/** The calculation in the order of rule D2. Every step has its place, also the one that is to come (D9). */
export const CALCULATION_STEPS: readonly CalculationStep[] = [
  classOf,
  causeOf,
  gateOf,
  recurrenceOf,
  rungOf,
  rateOf,
  newcomerOf,
  correlationOf,
  baseOf,
  targetOf,
  capOf,
  slashableOf,
  totalOf,
  chargeOf,
  rewardsOf,
  stakeSourceOf,
  setAsideOf,
  breakerOf,
];

function lineOf(
  rule: string,
  label: string,
  input: string,
  output: bigint | string,
): CalculationLine {
  return { rule, label, input, output: String(output) };
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
export function effectiveRate(slashBps: number, multiplierBps: number): Fraction {
  const denominator = BigInt(FULL_BPS) * BigInt(FULL_BPS);
  const numerator = minUnits(BigInt(slashBps) * BigInt(multiplierBps), denominator);
  return { numerator, denominator };
}

/** Rule D3: below one unit nothing, else up; a rate below the whole never takes the whole base. */
export function roundedTarget(base: Fraction, rate: Fraction): bigint {
  const numerator = base.numerator * rate.numerator;
  const denominator = base.denominator * rate.denominator;
  if (numerator < denominator) return 0n;
  const rounded = ceilDiv(numerator, denominator);
  if (rate.numerator === rate.denominator)
    return minUnits(rounded, floorDiv(base.numerator, base.denominator));
  return minUnits(rounded, ceilDiv(base.numerator, base.denominator) - 1n);
}

function rewardsEarnedBy(rewards: readonly UnpaidReward[], occurredAtMs: number): bigint {
  return rewards.reduce(
    (sum, reward) => (reward.earnedAtMs <= occurredAtMs ? sum + reward.units : sum),
    0n,
  );
}
