import { ended } from '../case/ending.ts';
import type { CaseState } from '../case/state.ts';
import { finalise } from '../ledger/moves.ts';
import type { Rung } from '../policy.ts';
import { barredFrom, barredUntil, type Sanction } from '../sanction.ts';
import { rewardCutBpsFor } from './calculation.ts';
import { effectiveSeverity } from './ladder.ts';
import { rungOf } from './pin.ts';
import { DAY_MS } from './test-fixtures.ts';
import type { World } from './test-world.ts';

/** A suspension or an exclusion. */
export function isBarred(sanction: Pick<Sanction, 'access'>): boolean {
  return sanction.access === 'suspended' || sanction.access === 'excluded';
}

/** The sanction of a case at a rung (rules C1, C3). */
export function sanctionFor(world: World, state: CaseState, rung: Rung): Sanction {
  return {
    caseId: state.caseId,
    participantId: state.participantId,
    family: world.law.family,
    rung: rung.id,
    access: rung.suspension.kind === 'exclusion' ? 'excluded' : 'suspended',
    sinceMs: world.nowMs,
    minimumUntilMs: state.suspendedUntilMs,
    probationUntilMs: null,
    rewardCutBps: rewardCutBpsFor(rung, effectiveSeverity(world.law.family, state.severity)),
    rewardCutUntilMs: world.nowMs + rung.rewardCutForMs,
    barred: barredFrom(world.sanctionOf(state.caseId), world.nowMs),
  };
}

/** Gives access back if the gate of rule C4 says so; else it is tried again a day later. */
export function reinstate(world: World, state: CaseState): CaseState {
  const { nowMs, law } = world;
  if (!world.laws.mayReturn(state, !world.isFiring(state.violationType), nowMs)) {
    return { ...state, recheck: { atMs: nowMs + DAY_MS, everyMs: DAY_MS } };
  }
  const probationUntilMs = nowMs + rungOf(law, state.rung ?? 'W').probationMs;
  world.sanctions = world.sanctions.map((own) => {
    if (!world.laws.isLifted(own, state.caseId) || !isBarred(own)) return own;
    const of = world.cases.find(({ caseId }) => caseId === own.caseId) ?? state;
    world.returns.push({
      caseId: own.caseId,
      violationType: of.violationType,
      atMs: nowMs,
      cause: 'gate',
      state: of,
    });
    const barred = barredUntil(own, nowMs);
    return { ...own, access: 'probation' as const, probationUntilMs, barred };
  });
  return { ...ended(state, 'reinstated', nowMs), probationUntilMs };
}

/** Makes due money final and ends a probation (rules C6, D7). */
export function settle(world: World, state: CaseState): CaseState {
  const { nowMs } = world;
  const imposed = state.imposed.map((step) => {
    if ((step.money !== 'pending' && step.money !== 'none') || step.finalDueAtMs > nowMs)
      return step;
    const part = world
      .entry(state.caseId)
      ?.parts.find(({ decisionId }) => decisionId === step.decisionId);
    if (part?.status === 'pending') {
      world.move(
        finalise(world.ledger, { caseId: state.caseId, decisionId: step.decisionId, atMs: nowMs }),
      );
    }
    return { ...step, money: 'final' as const };
  });
  const isOver =
    state.stage === 'ended' && state.probationUntilMs !== null && state.probationUntilMs <= nowMs;
  const own = world.sanctionOf(state.caseId);
  if (isOver && own !== null) world.sanction({ ...own, access: 'active' });
  return { ...state, imposed, probationUntilMs: isOver ? null : state.probationUntilMs };
}
