import type { CaseState } from '../case/state.ts';
import type { LedgerSnapshot } from '../ledger/accounts.ts';
import { minUnits } from '../money.ts';
import type { RungId } from '../violation.ts';
import type { Decision, Truth, World } from './test-world.ts';

/**
 * What one decision may charge in all, worked out a second time from the raw facts (rules D1–D6): its own arithmetic, nothing
 * of the calculation is used.
 */
export function totalByHand(world: World, decision: Decision): bigint {
  const { before, occurredAtMs, rung, multiplierBps } = decision;
  const stake = ownedAt(before, occurredAtMs);
  let whole = 0n;
  let part = 0n;
  for (const { resourceId, capacity } of world.participant.resources) {
    whole += BigInt(capacity);
    if (decision.earning.includes(resourceId)) part += BigInt(capacity);
  }
  const target = targetByHand(stake * part, whole, BigInt(rung.slashBps) * BigInt(multiplierBps));
  let cap = (stake * BigInt(world.law.capBps)) / 10_000n;
  let slashable = stake;
  for (const entry of before.cases) {
    if (entry.caseId === decision.caseId) continue;
    for (const { status, stakeUnits, rewardUnits, settledAtMs } of entry.parts) {
      if (status === 'void' || status === 'lapsed') continue;
      const isNear = Math.abs(entry.occurredAtMs - occurredAtMs) <= world.law.capWindowMs;
      if (isNear) cap -= stakeUnits + rewardUnits;
      if (status !== 'final' || (settledAtMs ?? 0) > occurredAtMs) slashable -= stakeUnits;
    }
  }
  for (const { atMs, units } of before.withdrawals.flatMap(({ left }) => left))
    if (atMs > occurredAtMs) slashable -= units;
  const bounds = rung.id === 'S2' ? [target, slashable] : [target, cap, slashable];
  const total = bounds.reduce(minUnits);
  return total < 0n ? 0n : total;
}

/** A base, as a fraction, at a rate of hundred millionths: rounded up, but never the whole, and nothing below one unit. */
function targetByHand(base: bigint, whole: bigint, rate: bigint): bigint {
  const numerator = base * rate;
  const denominator = whole * 100_000_000n;
  if (numerator < denominator) return 0n;
  let target = numerator / denominator + (numerator % denominator === 0n ? 0n : 1n);
  while (target * whole >= base) target -= 1n;
  return target;
}

/**
 * What all cases together may still take from the stake, worked out a second time (rule D8): for each that is open, the dearest of
 * the rungs that time or people can lead it to, within cap and stake, less what it has taken.
 */
export function blocksByHand(world: Pick<World, 'law' | 'ledger' | 'cases'>): bigint {
  let sum = 0n;
  for (const state of world.cases) {
    const entry = world.ledger.cases.find(({ caseId }) => caseId === state.caseId);
    const { occurredAtMs } = state;
    if (state.stage === 'ended' || entry === undefined || occurredAtMs === null) continue;
    const stake = ownedAt(world.ledger, occurredAtMs);
    let cap = (stake * BigInt(world.law.capBps)) / 10_000n;
    let slashable = stake;
    for (const { atMs, units } of world.ledger.withdrawals.flatMap(({ left }) => left))
      if (atMs > occurredAtMs) slashable -= units;
    let live = 0n;
    for (const other of world.ledger.cases) {
      const isNear = Math.abs(other.occurredAtMs - occurredAtMs) <= world.law.capWindowMs;
      for (const { status, stakeUnits, rewardUnits, settledAtMs } of other.parts) {
        if (status === 'void' || status === 'lapsed') continue;
        if (other.caseId === state.caseId) live += stakeUnits + rewardUnits;
        else if (status === 'final' && isNear) cap -= stakeUnits + rewardUnits;
        if (other.caseId === state.caseId) continue;
        if (status !== 'final' || (settledAtMs ?? 0) > occurredAtMs) slashable -= stakeUnits;
      }
    }
    let most = 0n;
    for (const rung of world.law.rungs) {
      if (!isWithinReach(state, rung.id)) continue;
      const factor = rung.id === state.startRung ? BigInt(state.multiplierBps) : 10_000n;
      const target = targetByHand(stake, 1n, BigInt(rung.slashBps) * factor);
      const total = rung.id === 'S2' ? target : minUnits(target, cap);
      if (total > most) most = total;
    }
    const still = minUnits(most, slashable) - live;
    if (still > 0n) sum += still;
  }
  return sum;
}

/** Rules A8, A12, D7 in words of their own: time leads to S1, graver faults to S2, nothing beyond what was refused. */
function isWithinReach(state: CaseState, rung: RungId): boolean {
  const order: RungId[] = ['W', 'P1', 'P2', 'S1', 'S2'];
  const at = (id: RungId): number => order.indexOf(id);
  const raised = state.proposal?.rung ?? state.announced?.rung ?? null;
  if (raised !== null && at(rung) <= at(raised)) return true;
  // The way leads straight to the start and goes on from there.
  if (at(rung) < at(state.startRung ?? 'W')) return false;
  const mild = state.severity === 'minor' || state.severity === 'moderate';
  const top: RungId = mild && state.startRung !== 'S2' ? 'S1' : 'S2';
  const refused = state.refusedRungs.map(at);
  return at(rung) <= at(top) && at(rung) < Math.min(99, ...refused);
}

/** Deposits by then, less what had left and what was final by then. */
function ownedAt(ledger: LedgerSnapshot, atMs: number): bigint {
  const deposits = ledger.deposits.filter((one) => one.atMs <= atMs);
  const final = ledger.cases
    .flatMap(({ parts }) => parts)
    .filter((one) => one.status === 'final' && (one.settledAtMs ?? 0) <= atMs);
  const sum = (units: bigint[]): bigint => units.reduce((total, one) => total + one, 0n);
  const left = ledger.withdrawals.flatMap((one) => one.left).filter((one) => one.atMs <= atMs);
  return (
    sum(deposits.map(({ units }) => units)) -
    sum(left.map(({ units }) => units)) -
    sum(final.map(({ stakeUnits }) => stakeUnits))
  );
}

/** How long something really fired between two instants, over all monitors. */
export function reallyFiredMs(spells: readonly Truth[], fromMs: number, untilMs: number): number {
  const edges = spells.map((spell) => [
    Math.max(spell.fromMs, fromMs),
    Math.min(spell.toMs ?? untilMs, untilMs),
  ]);
  let total = 0;
  let reached = fromMs;
  for (const [start = 0, end = 0] of edges.sort((a, b) => (a[0] ?? 0) - (b[0] ?? 0))) {
    if (end <= reached) continue;
    total += end - Math.max(start, reached);
    reached = end;
  }
  return total;
}
