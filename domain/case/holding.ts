import { impositionWindowMs, ladderRung, noticeMoved } from './announcing.ts';
import type { CaseState, HoldCause } from './state.ts';

/** Holds the escalation clock for a cause, and looks again soon; each further look waits twice as long (rule A6). */
export function hold(state: CaseState, cause: HoldCause, nowMs: number): CaseState {
  const law = state.law;
  const firstMs = law?.freshMinMs ?? 1_000;
  const everyMs = state.recheck
    ? Math.min(state.recheck.everyMs * 2, law?.governorAskMs ?? firstMs)
    : firstMs;
  const known = state.holds.find((entry) => entry.cause === cause);
  const limitAtMs = nowMs + (law?.staleSourceLimitMs ?? firstMs);
  const current = known ?? { cause, owner: 'platform' as const, sinceMs: nowMs, limitAtMs };
  // Rule A6: past the limit the hold is a human's task; the case is neither released nor punished by that.
  const owner = nowMs >= current.limitAtMs ? ('operators' as const) : current.owner;
  return { ...state, holds: [{ ...current, owner }], recheck: { atMs: nowMs + everyMs, everyMs } };
}

/** Ends every hold. Frozen time is booked, so that frozen + running = wall time (rule A5). */
export function releaseHolds(state: CaseState, nowMs: number): CaseState {
  const first = state.holds[0];
  if (!first) return { ...state, recheck: null };
  return {
    ...state,
    holds: [],
    recheck: null,
    frozenMs: state.frozenMs + Math.max(0, nowMs - first.sinceMs),
  };
}

/**
 * The system itself came late to a deadline: nobody pays for our outage (design §4, one clock). The time since the deadline is
 * frozen, and as much again is given, at most the whole window, because the outage may have covered it before the deadline.
 */
export function freezeForLateness(state: CaseState, dueAtMs: number, nowMs: number): CaseState {
  const lateMs = nowMs - dueAtMs;
  if (state.stage === 'proposed' && state.proposal?.rung) {
    const moveMs = Math.min(lateMs, impositionWindowMs(ladderRung(state, state.proposal.rung)));
    const moved = {
      ...state.proposal,
      windowEndsAtMs: nowMs + moveMs,
      lapsesAtMs: state.proposal.lapsesAtMs + lateMs + moveMs,
    };
    return {
      ...moveNotices(state, nowMs, lateMs, moveMs),
      proposal: moved,
      frozenMs: state.frozenMs + lateMs + moveMs,
    };
  }
  if (!state.announced) return state;
  const moveMs = Math.min(lateMs, impositionWindowMs(ladderRung(state, state.announced.rung)));
  return {
    ...moveNotices(state, nowMs, lateMs, moveMs),
    frozenMs: state.frozenMs + lateMs + moveMs,
  };
}

function moveNotices(state: CaseState, nowMs: number, lateMs: number, moveMs: number): CaseState {
  let moved = state;
  for (const notice of state.announced?.notices ?? []) {
    if (notice.dueAtMs === null) continue;
    moved = noticeMoved(moved, notice.noticeId, {
      dueAtMs: Math.max(notice.dueAtMs, nowMs) + moveMs,
      frozenMs: lateMs + moveMs,
    });
  }
  return moved;
}
