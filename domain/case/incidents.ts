import {
  type CaseInScope,
  covers,
  type Incident,
  overlapMs,
  stands,
} from '../incident/incident.ts';
import { windowMs } from '../law/pin.ts';
import { ladderRung, noticeMoved } from './announcing.ts';
import type { AnnouncedNotice, CaseState } from './state.ts';

/** Those clock holds of many that are about this case. `sourceIds` are the sources of its alerts. */
export function holdsAbout(
  state: CaseState,
  sourceIds: readonly string[],
  incidents: readonly Incident[],
): Incident[] {
  const one: CaseInScope = {
    participantId: state.participantId,
    controlGroup: state.controlGroup,
    violationType: state.violationType,
    family: state.law?.family ?? null,
    sourceIds,
  };
  return incidents.filter(({ kind, scope }) => kind === 'clock-hold' && covers(scope, one));
}

/** The clock hold that stands longest at an instant, null when none stands. */
export function standingHold(incidents: readonly Incident[], nowMs: number): Incident | null {
  let found: Incident | null = null;
  for (const incident of incidents) {
    if (!stands(incident, nowMs)) continue;
    if (found === null || (incident.endsAtMs ?? 0) > (found.endsAtMs ?? 0)) found = incident;
  }
  return found;
}

/** From when on clock holds matter to the case: since the first notice whose window runs, or its opening while it is confirming. */
export function watchedSinceMs(state: CaseState): number {
  const served = servedSince(state);
  return served.length === 0 ? state.openedAtMs : Math.min(...served);
}

/**
 * The escalation clock stood still for as long as a clock hold was about the case, whether or not the case looked meanwhile: each window
 * ends later by that, and goes on where it was (rules A5, A6). Counted anew each time from the whole, so that nothing counts twice.
 */
export function withClockHolds(
  state: CaseState,
  about: readonly Incident[],
  nowMs: number,
): CaseState {
  let next = state;
  let longestMs = 0;
  for (const notice of state.announced?.notices ?? []) {
    const moreMs = unbookedMs(notice, about, nowMs);
    if (moreMs <= 0 || notice.dueAtMs === null) continue;
    longestMs = Math.max(longestMs, moreMs);
    next = noticeMoved(next, notice.noticeId, {
      dueAtMs: notice.dueAtMs + moreMs,
      frozenMs: moreMs,
    });
    next = withBooked(next, notice.noticeId, (notice.incidentMs ?? 0) + moreMs);
  }
  if (longestMs === 0) return state;
  return { ...withLongerWindow(next), frozenMs: next.frozenMs + longestMs };
}

/** A draft's answer window ends with the windows of the notices that earned it; what people moved beyond that stays. */
function withLongerWindow(state: CaseState): CaseState {
  const { proposal, announced } = state;
  if (proposal?.kind !== 'rung' || proposal.rung === null || !announced) return state;
  const lengthMs = windowMs(ladderRung(state, proposal.rung));
  const ends = announced.notices.flatMap(({ servedAtMs, frozenMs, resourceIds }) =>
    servedAtMs !== null && resourceIds.some((id) => proposal.resourceIds.includes(id))
      ? [servedAtMs + frozenMs + lengthMs]
      : [],
  );
  return {
    ...state,
    proposal: { ...proposal, windowEndsAtMs: Math.max(proposal.windowEndsAtMs, ...ends) },
  };
}

function unbookedMs(notice: AnnouncedNotice, about: readonly Incident[], nowMs: number): number {
  if (notice.servedAtMs === null) return 0;
  return overlapMs(about, notice.servedAtMs, nowMs) - (notice.incidentMs ?? 0);
}

function withBooked(state: CaseState, noticeId: string, incidentMs: number): CaseState {
  if (!state.announced) return state;
  const notices = state.announced.notices.map((notice) =>
    notice.noticeId === noticeId ? { ...notice, incidentMs } : notice,
  );
  return { ...state, announced: { ...state.announced, notices } };
}

function servedSince(state: CaseState): number[] {
  return (state.announced?.notices ?? []).flatMap(({ servedAtMs }) =>
    servedAtMs === null ? [] : [servedAtMs],
  );
}
