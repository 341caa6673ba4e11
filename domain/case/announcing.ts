import { invariant } from '../errors.ts';
import { rungOf, windowMs } from '../law/pin.ts';
import type { Rung } from '../policy.ts';
import { isShadow } from '../shadow/books.ts';
import type { RungId } from '../violation.ts';
import type { AnnouncedNotice, Announcement, CaseState } from './state.ts';

/** Time from a served notice until the rung is decided: proposed at the end of its grace, or imposed at the end of both windows when automatic (rules A8, D7). */
export function decisionWindowMs(rung: Rung, byPerson: boolean): number {
  return rung.execution === 'automatic' && !byPerson ? windowMs(rung) : rung.graceBeforeMs;
}

/** The rung of the case's ladder. Throws when the law is not pinned: no rung is spoken of before that. */
export function ladderRung(state: CaseState, id: RungId): Rung {
  invariant(state.law !== null, `The law of case ${state.caseId} is not pinned yet.`);
  return rungOf(state.law, id);
}

/** Announces a rung anew: every earlier announcement is replaced and the grace is full (rule A8). */
export function announce(
  state: CaseState,
  next: { rung: RungId; resourceIds: (string | null)[]; byPerson: string | null; nowMs: number },
): CaseState {
  const no = state.announcements + 1;
  const notice = newNotice(state, next, next.resourceIds, next.nowMs);
  return {
    ...state,
    announcements: no,
    notices: state.notices + 1,
    announced: { no, rung: next.rung, byPerson: next.byPerson, notices: [notice] },
    recheck: null,
  };
}

/** Gives what fires without one a notice of its own under the present announcement (rule A2); the same state when all are named. */
export function announceToMore(
  state: CaseState,
  firingIds: (string | null)[],
  nowMs: number,
): CaseState {
  if (!state.announced || state.stage !== 'correcting') return state;
  const named = new Set(state.announced.notices.flatMap((notice) => notice.resourceIds));
  const fresh = firingIds.filter((resourceId) => !named.has(resourceId));
  if (fresh.length === 0) return state;
  const notices = [...state.announced.notices, newNotice(state, state.announced, fresh, nowMs)];
  return {
    ...state,
    notices: state.notices + 1,
    announced: { ...state.announced, notices },
  };
}

/** Starts the windows of a notice: they run from the instant it was served (rules A7, A8). */
export function noticeServed(state: CaseState, noticeId: string, servedAtMs: number): CaseState {
  if (!state.announced) return state;
  const rung = ladderRung(state, state.announced.rung);
  const byPerson = state.announced.byPerson !== null;
  const notices = state.announced.notices.map((notice) =>
    notice.noticeId === noticeId && notice.servedAtMs === null
      ? {
          ...notice,
          servedAtMs,
          dueAtMs: servedAtMs + notice.frozenMs + decisionWindowMs(rung, byPerson),
        }
      : notice,
  );
  return { ...state, announced: { ...state.announced, notices } };
}

/** Moves what the case knows of a notice's due instant: its resources paused, or the clock stood still. */
export function noticeMoved(
  state: CaseState,
  noticeId: string,
  moved: { dueAtMs: number; frozenMs?: number },
): CaseState {
  if (!state.announced) return state;
  const notices = state.announced.notices.map((notice) =>
    notice.noticeId === noticeId
      ? { ...notice, dueAtMs: moved.dueAtMs, frozenMs: notice.frozenMs + (moved.frozenMs ?? 0) }
      : notice,
  );
  return { ...state, announced: { ...state.announced, notices } };
}

/**
 * Takes up clocks that stood still for the participant's own reasons, a hold-down or a correction that did not last: what fell due
 * meanwhile is due since the alert came back, and only what follows is our lateness (rules A4, A10, A13). The gate still counts each
 * resource's own time.
 */
export function dueSince(state: CaseState, backAtMs: number): CaseState {
  if (!state.announced) return state;
  const notices = state.announced.notices.map((notice) =>
    notice.dueAtMs === null ? notice : { ...notice, dueAtMs: Math.max(notice.dueAtMs, backAtMs) },
  );
  const proposal = state.proposal && {
    ...state.proposal,
    windowEndsAtMs: Math.max(state.proposal.windowEndsAtMs, backAtMs),
  };
  return { ...state, proposal, announced: { ...state.announced, notices } };
}

/** Notices whose windows run. */
export function servedNotices(state: CaseState): (AnnouncedNotice & { servedAtMs: number })[] {
  const served: (AnnouncedNotice & { servedAtMs: number })[] = [];
  for (const notice of state.announced?.notices ?? []) {
    if (notice.servedAtMs !== null) served.push({ ...notice, servedAtMs: notice.servedAtMs });
  }
  return served;
}

function newNotice(
  state: CaseState,
  { rung, byPerson }: Pick<Announcement, 'rung' | 'byPerson'>,
  resourceIds: (string | null)[],
  nowMs: number,
): AnnouncedNotice {
  const notice = {
    noticeId: `${state.caseId}-n${state.notices + 1}`,
    resourceIds,
    announcedAtMs: nowMs,
    servedAtMs: null,
    frozenMs: 0,
    dueAtMs: null,
  };
  if (!isShadow(state)) return notice;
  // Nobody is told of what will not happen; the windows run as if they had been.
  const dueAtMs = nowMs + decisionWindowMs(ladderRung(state, rung), byPerson !== null);
  return { ...notice, servedAtMs: nowMs, servedBy: 'shadow', dueAtMs };
}
