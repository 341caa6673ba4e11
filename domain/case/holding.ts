import { windowMs } from '../law/pin.ts';
import { ladderRung, noticeMoved } from './announcing.ts';
import type { CaseState, ClockHold, HoldCause } from './state.ts';

/** What differs from the usual hold: its limit, whose task it is beyond that, and when to look again. */
export interface HoldTerms {
  limitAtMs: number;
  owner: ClockHold['owner'];
  againAtMs: number;
}

/**
 * Holds the escalation clock for a cause, and looks again soon; each further look waits twice as long, at most the reopen window (rule A6).
 * Another cause goes on with the limit of the first: changing reasons never keep a case from a human.
 */
export function hold(
  state: CaseState,
  cause: HoldCause,
  nowMs: number,
  terms?: HoldTerms,
): CaseState {
  const law = state.law;
  const firstMs = law?.freshMinMs ?? 1_000;
  const longestMs = Math.max(firstMs, law?.reopenMs ?? firstMs);
  const everyMs = state.recheck ? Math.min(state.recheck.everyMs * 2, longestMs) : firstMs;
  const current = state.holds[0];
  const sameCause = current?.cause === cause;
  // A clock hold that was renewed has a new limit; only the same cause may move its own.
  const own = sameCause ? terms?.limitAtMs : undefined;
  const limitAtMs =
    own ?? current?.limitAtMs ?? terms?.limitAtMs ?? nowMs + (law?.staleSourceLimitMs ?? firstMs);
  // Rule A6: past the limit the hold is a human's task; the case is neither released nor punished by that.
  const owner = nowMs >= limitAtMs ? (terms?.owner ?? 'operators') : 'platform';
  const nextAtMs = Math.max(nowMs + 1, terms?.againAtMs ?? nowMs + everyMs);
  const atMs = nowMs < limitAtMs ? Math.min(nextAtMs, limitAtMs) : nextAtMs;
  const sinceMs = sameCause ? current.sinceMs : nowMs;
  const passedMs = sameCause ? 0 : unbookedMs(state, nowMs);
  return {
    ...state,
    holds: [{ cause, owner, sinceMs, limitAtMs }],
    recheck: { atMs, everyMs },
    frozenMs: state.frozenMs + passedMs,
  };
}

/** Ends every hold. Frozen time is booked, so that frozen + running = wall time (rule A5). */
export function releaseHolds(state: CaseState, nowMs: number): CaseState {
  if (state.holds.length === 0) return { ...state, recheck: null };
  return {
    ...state,
    holds: [],
    recheck: null,
    frozenMs: state.frozenMs + unbookedMs(state, nowMs),
  };
}

/** Whether the case has a place in the breaker's queue: it does while it looks again by itself and nothing else holds it (rule D12). */
export function isQueued(state: Pick<CaseState, 'holds' | 'recheck' | 'holdDown'>): boolean {
  return state.holds[0]?.cause === 'breaker' && state.recheck !== null && state.holdDown === null;
}

/** How long the present hold has lasted. A clock hold over a scope books itself, by its own begin and end. */
function unbookedMs(state: CaseState, nowMs: number): number {
  const current = state.holds[0];
  if (!current || (current.cause === 'incident' && state.announced)) return 0;
  return Math.max(0, nowMs - current.sinceMs);
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
