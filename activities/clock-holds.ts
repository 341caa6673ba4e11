import { hold } from '../domain/case/holding.ts';
import {
  holdsAbout,
  standingHold,
  watchedSinceMs,
  withClockHolds,
} from '../domain/case/incidents.ts';
import type { CaseState } from '../domain/case/state.ts';
import type { Incident } from '../domain/incident/incident.ts';
import type { Picture } from './look.ts';
import type { ActivityPorts } from './ports.ts';

/** Looks at a case under a clock hold are at most so many of its first pauses apart, an hour under the default policy … */
const LONGEST_PAUSE = 12;

/** … or this part of the time for which it is held already: it goes on soon after, and a long hold fills no history. */
const PART_OF_HOLD = 8;

/** The case as clock holds over its scope have moved it, and the one that stands now. */
export interface UnderHolds {
  state: CaseState;
  standing: Incident | null;
}

/** Reads the clock holds that may be about a case, consistently: all that stood since its window began. */
export function readClockHolds(ports: ActivityPorts, state: CaseState): Promise<Incident[]> {
  return ports.clockHolds.since(watchedSinceMs(state));
}

/** Moves the case's windows by what the clock holds about it have covered, and says which stands now (rules A5, A6). */
export async function underClockHolds(
  ports: ActivityPorts,
  all: readonly Incident[],
  state: CaseState,
  picture: Picture,
  nowMs: number,
): Promise<UnderHolds> {
  if (all.length === 0) return { state, standing: null };
  for (const over of all)
    if (over.closedAtMs === null && over.endsAtMs !== null && over.endsAtMs <= nowMs)
      await ports.clockHolds.lapsed(over);
  const sourceIds = picture.sources.map(({ sourceId }) => sourceId);
  const about = holdsAbout(state, sourceIds, all);
  return { state: withClockHolds(state, about, nowMs), standing: standingHold(about, nowMs) };
}

/** The case held under a clock hold. It looks again by itself, at the latest when the hold's term ends. */
export function heldUnder(state: CaseState, incident: Incident, nowMs: number): CaseState {
  const firstMs = state.law?.freshMinMs ?? 1_000;
  const current = state.holds[0];
  const heldMs = current?.cause === 'incident' ? nowMs - current.sinceMs : 0;
  const longestMs = Math.max(firstMs * LONGEST_PAUSE, heldMs / PART_OF_HOLD);
  const everyMs = Math.min(longestMs, (state.recheck?.everyMs ?? 0) * 2 || firstMs);
  return hold(state, 'incident', nowMs, {
    limitAtMs: incident.attentionAtMs,
    owner: 'governors',
    againAtMs: Math.min(incident.endsAtMs ?? Number.MAX_SAFE_INTEGER, nowMs + Math.floor(everyMs)),
  });
}

/** What the history says of it. */
export function whyHeld({ incidentId, openedBy, reason }: Incident): string {
  return `${openedBy} holds the clocks of its scope (incident ${incidentId}): ${reason}`;
}
