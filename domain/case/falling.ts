import { isLive, partUnits } from '../law/slashable.ts';
import type { CaseEntry } from '../ledger/accounts.ts';
import { formatUnits, parseUnits } from '../money.ts';
import { barredUntil, isBarring, type Sanction } from '../sanction.ts';
import { type RungId, rungOrder } from '../violation.ts';
import { ladderRung } from './announcing.ts';
import { allMoot, standingSteps, stands, withMoot } from './disputes.ts';
import { ended } from './ending.ts';
import { releaseHolds } from './holding.ts';
import { auditorsNeeded } from './outlook.ts';
import { runningCut } from './standing-cut.ts';
import type { CaseState, ImposedStep } from './state.ts';

/** How decisions fall: by a review, or because nobody decided in time (rules D7, D10). */
export type HowFallen = 'void' | 'lapsed';

/**
 * The case's decisions as the ledger has them after money went back. `rungAfter` says which rung a decision is from now on, null when it
 * falls. Final ones stay whatever it says (invariant H14).
 */
export function stepsAfter(
  state: CaseState,
  entry: CaseEntry,
  rungAfter: (step: ImposedStep) => RungId | null,
  how: HowFallen,
): ImposedStep[] {
  return state.imposed.map((step) => {
    if (step.money === 'final' || !stands(step)) return step;
    const rung = rungAfter(step);
    if (rung === null) return { ...step, money: how };
    const part = entry.parts.find(({ decisionId }) => decisionId === step.decisionId);
    const kept = part !== undefined && isLive(part) ? partUnits(part) : 0n;
    const returned = parseUnits(step.chargedUnits) - kept + parseUnits(step.returnedUnits ?? '0');
    return {
      ...step,
      rung,
      chargedUnits: formatUnits(kept),
      money: kept > 0n ? step.money : 'none',
      ...(returned > 0n && { returnedUnits: formatUnits(returned) }),
      ...(rung !== step.rung && { reducedFrom: step.reducedFrom ?? step.rung }),
    };
  });
}

/** Nothing of the case stands: the episode ends, if it has not, and does not count (rules A4, C11, D10). */
export function wholeFallen(state: CaseState, imposed: ImposedStep[], nowMs: number): CaseState {
  const fallen: CaseState = {
    ...allMoot({ ...state, imposed }, nowMs),
    probationUntilMs: null,
    suspendedUntilMs: null,
    accessReturnsAtMs: null,
  };
  if (state.stage === 'ended') return { ...fallen, outcome: 'dismissed' };
  return ended(fallen, 'dismissed', nowMs);
}

/**
 * The highest decisions fell or became milder, the rest stands. What was announced or proposed above goes with them, and only a person
 * raises the case to a fallen rung again (rule D7). Served time is not undone; what is still to serve follows what stands (rule D10).
 */
export function partlyFallen(state: CaseState, imposed: ImposedStep[], nowMs: number): CaseState {
  const lowered = settledOn(state, imposed, nowMs);
  if (lowered.stage === 'ended') return lowered;
  const fallen = state.imposed
    .filter((step, index) => stands(step) && imposed[index]?.rung !== step.rung)
    .concat(imposed.filter((step, index) => !stands(step) && stands(state.imposed[index] ?? step)))
    .map((step) => step.rung);
  const refused = new Set([...state.refusedRungs, ...fallen]);
  return {
    ...withoutNext(lowered, nowMs),
    refusedRungs: [...refused].sort((a, b) => rungOrder(a) - rungOrder(b)),
    governorsAskedAtMs: nowMs,
  };
}

/** Takes back what is announced or proposed next; the clock of a hold ends with it (rule A5). */
export function withoutNext(state: CaseState, nowMs: number): CaseState {
  const released = state.holds.length > 0 ? releaseHolds(state, nowMs) : state;
  return {
    ...released,
    stage: released.stage === 'proposed' ? 'correcting' : released.stage,
    proposal: released.proposal?.kind === 'rung' ? null : released.proposal,
    announced: null,
  };
}

/** The case on the decisions that stand: its rung, what is still to serve, and how far the way back is (rules C4, D10). */
export function settledOn(state: CaseState, imposed: ImposedStep[], nowMs: number): CaseState {
  const after = withMoot({ ...state, imposed }, nowMs);
  const standing = standingSteps(after);
  const rung = highest(standing);
  const settled = { ...after, rung, suspendedUntilMs: suspendedUntil(after, standing) };
  if (settled.stage === 'restoring') return restoringOn(settled);
  return settled.stage === 'ended' ? endedOn(settled, nowMs) : settled;
}

function highest(steps: readonly ImposedStep[]): RungId | null {
  let top: RungId | null = null;
  for (const { rung } of steps) if (top === null || rungOrder(rung) > rungOrder(top)) top = rung;
  return top;
}

/** The minimum suspension of what stands, as it was served from each imposition on (rule C4); never later than before. */
function suspendedUntil(state: CaseState, standing: readonly ImposedStep[]): number | null {
  let untilMs: number | null = null;
  for (const step of standing) {
    const { suspension } = ladderRung(state, step.rung);
    if (!('minMs' in suspension)) continue;
    untilMs = Math.max(untilMs ?? 0, step.imposedAtMs + suspension.minMs);
  }
  if (untilMs === null) return null;
  return state.suspendedUntilMs === null ? untilMs : Math.min(untilMs, state.suspendedUntilMs);
}

/** Without an access sanction there is nothing to restore: the quiet time goes on and ends the episode (rules A4, C4). */
function restoringOn(state: CaseState): CaseState {
  const isBarred = standingSteps(state).some(
    (step) => ladderRung(state, step.rung).suspension.kind !== 'none',
  );
  if (!isBarred) return { ...state, stage: 'correcting', recheck: null };
  const { remediation } = state;
  const isFiled = remediation?.confirmedBy != null && auditorsNeeded(state) === 0;
  const appeal =
    state.appeal ??
    (remediation && isFiled
      ? { by: remediation.by, grounds: remediation.actions, atMs: remediation.atMs }
      : null);
  return { ...state, appeal, recheck: null };
}

/**
 * After the episode's end: an exclusion that no longer stands gives way to the probation of what does, once that has been served
 * (rule C5); a probation is at most that of what stands.
 */
function endedOn(state: CaseState, nowMs: number): CaseState {
  const { rung, outcome } = state;
  if (!rung) return state;
  const { probationMs, suspension } = ladderRung(state, rung);
  if (outcome === 'excluded' && suspension.kind !== 'exclusion') {
    const backAtMs = Math.max(nowMs, state.suspendedUntilMs ?? 0);
    return {
      ...state,
      outcome: 'reinstated',
      accessReturnsAtMs: backAtMs > nowMs ? backAtMs : null,
      probationUntilMs: probationMs > 0 ? backAtMs + probationMs : null,
    };
  }
  if (outcome !== 'reinstated') return state;
  const sinceMs = Math.max(state.endedAtMs ?? nowMs, state.suspendedUntilMs ?? 0);
  if (state.probationUntilMs === null) {
    // It ran out before the fall: it is over since what stands would have been (rules C6, D11).
    const { probationOverAtMs } = state;
    if (probationOverAtMs === undefined) return state;
    return { ...state, probationOverAtMs: Math.min(probationOverAtMs, sinceMs + probationMs) };
  }
  if (probationMs === 0) return { ...state, probationUntilMs: null, accessReturnsAtMs: null };
  const probationUntilMs = Math.min(state.probationUntilMs, sinceMs + probationMs);
  if (state.accessReturnsAtMs == null) return { ...state, probationUntilMs };
  // An exclusion fell before, and what is served since may be enough by now (rules C4, D10).
  const backAtMs = Math.max(nowMs, state.suspendedUntilMs ?? 0);
  return {
    ...state,
    accessReturnsAtMs: backAtMs > nowMs ? backAtMs : null,
    probationUntilMs: Math.min(state.probationUntilMs, backAtMs + probationMs),
  };
}

/**
 * The case's own sanction after some of its decisions fell: what stands, never more than it was. Access returns by the fall where nothing
 * that stands bars it, and nobody else's sanction is touched (rules C1, C3, C5, invariant H5).
 */
export function sanctionAfterFall(state: CaseState, own: Sanction, nowMs: number): Sanction {
  const family = state.law?.family ?? own.family;
  const standing = standingSteps(state).filter((step) => step.rung !== 'W');
  if (state.outcome === 'dismissed' || standing.length === 0) {
    // No spell stands either: raised again, the case bars from then on and not since before (rule D10).
    const { barred: _, ...known } = own;
    const free = { minimumUntilMs: null, probationUntilMs: null };
    return { ...known, ...free, access: 'active', rewardCutBps: 0, rewardCutUntilMs: null };
  }
  const cut = runningCut(state, standing, family);
  const access = accessAfterFall(state, own);
  const { rewardCutSuspendedBps: _bps, rewardCutAfterMs: _afterMs, ...known } = own;
  return {
    ...known,
    ...cutWhileSuspended(state, standing, own),
    rung: highest(standing) ?? own.rung,
    access,
    sinceMs: access === own.access ? own.sinceMs : nowMs,
    // Back already, its spell is over now and not when the probation is (rule C3).
    ...(isBarring(own) && !isBarring({ access }) && { barred: barredUntil(own, nowMs) }),
    minimumUntilMs: access === 'suspended' ? state.suspendedUntilMs : null,
    probationUntilMs: probationAfterFall(state, own, access),
    rewardCutBps: Math.min(own.rewardCutBps, cut.bps),
    rewardCutUntilMs:
      own.rewardCutUntilMs === null ? null : Math.min(own.rewardCutUntilMs, cut.untilMs),
  };
}

/** "All, then 50 %" goes with the rung that said so (rules C3, D10, §G). */
function cutWhileSuspended(
  state: CaseState,
  standing: readonly ImposedStep[],
  { rewardCutSuspendedBps: oldBps = 0, rewardCutAfterMs: oldAfterMs = 0 }: Sanction,
): Pick<Sanction, 'rewardCutSuspendedBps' | 'rewardCutAfterMs'> {
  let bps = 0;
  let afterMs = 0;
  for (const step of standing) {
    const { rewardCutSuspendedBps, rewardCutForMs } = ladderRung(state, step.rung);
    if (rewardCutSuspendedBps === undefined) continue;
    bps = Math.max(bps, rewardCutSuspendedBps);
    afterMs = Math.max(afterMs, rewardCutForMs);
  }
  if (bps === 0 || oldBps === 0) return {};
  return {
    rewardCutSuspendedBps: Math.min(oldBps, bps),
    rewardCutAfterMs: Math.min(oldAfterMs, afterMs),
  };
}

function accessAfterFall(state: CaseState, own: Sanction): Sanction['access'] {
  const isAfterExclusion =
    own.access === 'excluded' || (own.access === 'suspended' && state.stage === 'ended');
  if (isAfterExclusion && state.outcome === 'reinstated')
    return state.accessReturnsAtMs == null ? 'probation' : 'suspended';
  return own.access;
}

/** A probation that is over keeps its instant: what occurred in it is still lifted by it (rule C6). */
function probationAfterFall(
  state: CaseState,
  own: Sanction,
  access: Sanction['access'],
): number | null {
  if (access === 'probation') return state.probationUntilMs;
  if (access !== 'active' || own.probationUntilMs === null) return null;
  return Math.min(own.probationUntilMs, state.probationOverAtMs ?? own.probationUntilMs);
}
