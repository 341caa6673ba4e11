import type { LedgerSnapshot } from '../ledger/accounts.ts';
import { minUnits } from '../money.ts';
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
  const numerator = stake * part * BigInt(rung.slashBps) * BigInt(multiplierBps);
  const denominator = whole * 100_000_000n;
  let target = 0n;
  if (numerator >= denominator) {
    target =
      numerator % denominator === 0n ? numerator / denominator : numerator / denominator + 1n;
    // A rate below the whole leaves something of the base.
    while (target * whole >= stake * part) target -= 1n;
  }
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
  const bounds = rung.id === 'S2' ? [target, slashable] : [target, cap, slashable];
  const total = bounds.reduce(minUnits);
  return total < 0n ? 0n : total;
}

/** Deposits by then, less what was final by then. */
function ownedAt(ledger: LedgerSnapshot, atMs: number): bigint {
  const deposits = ledger.deposits.filter((one) => one.atMs <= atMs);
  const final = ledger.cases
    .flatMap(({ parts }) => parts)
    .filter((one) => one.status === 'final' && (one.settledAtMs ?? 0) <= atMs);
  const sum = (units: bigint[]): bigint => units.reduce((total, one) => total + one, 0n);
  return sum(deposits.map(({ units }) => units)) - sum(final.map(({ stakeUnits }) => stakeUnits));
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
