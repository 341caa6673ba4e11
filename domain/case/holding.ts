import { windowMs } from '../law/pin.ts';
import { ladderRung, noticeMoved } from './announcing.ts';
import type { CaseState, HoldCause } from './state.ts';

/**
 * Holds the escalation clock for a cause, and looks again soon; each further look waits twice as long, at most the reopen window (rule A6).
 * Another cause goes on with the limit of the first: changing reasons never keep a case from a human.
 */
export function hold(state: CaseState, cause: HoldCause, nowMs: number): CaseState {
  const law = state.law;
  const firstMs = law?.freshMinMs ?? 1_000;
  const longestMs = Math.max(firstMs, law?.reopenMs ?? firstMs);
  const everyMs = state.recheck ? Math.min(state.recheck.everyMs * 2, longestMs) : firstMs;
  const current = state.holds[0];
  const sameCause = current?.cause === cause;
  const limitAtMs = current?.limitAtMs ?? nowMs + (law?.staleSourceLimitMs ?? firstMs);
  // Rule A6: past the limit the hold is a human's task; the case is neither released nor punished by that.
  const owner = nowMs >= limitAtMs ? 'operators' : (current?.owner ?? 'platform');
  const nextAtMs = nowMs + everyMs;
  const atMs = nowMs < limitAtMs ? Math.min(nextAtMs, limitAtMs) : nextAtMs;
  const sinceMs = sameCause ? current.sinceMs : nowMs;
  const passedMs = current && !sameCause ? Math.max(0, nowMs - current.sinceMs) : 0;
  return {
    ...state,
    holds: [{ cause, owner, sinceMs, limitAtMs }],
    recheck: { atMs, everyMs },
    frozenMs: state.frozenMs + passedMs,
  };
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
  const proposed = state.stage === 'proposed' ? state.proposal : null;
  const rungId = proposed?.rung ?? state.announced?.rung;
  if (!rungId) return state;
  const lateMs = nowMs - dueAtMs;
  const moveMs = Math.min(lateMs, windowMs(ladderRung(state, rungId)));
  const moved = moveNotices(state, nowMs, lateMs, moveMs);
  const frozen = { ...moved, frozenMs: state.frozenMs + lateMs + moveMs };
  return proposed?.rung
    ? { ...frozen, proposal: { ...proposed, windowEndsAtMs: nowMs + moveMs } }
    : frozen;
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
