import type { AlertHead, FiringInterval, Observation } from '../observation.ts';
import type { Fate, ObservationChange } from '../ports/intake.ts';
import { SEVERITIES } from '../violation.ts';
import { acceptResolve } from './accept-resolve.ts';
import {
  type AcceptingSource,
  beganAtMs,
  endedAtMs,
  evidenceFromMs,
  evidenceHoldsMs,
  saysTheSame,
} from './evidence-of.ts';
import { closeInterval, extendInterval, insertInterval, openInterval } from './intervals.ts';

/**
 * What becomes of one observation (design §4, "Accepting"). `news` and `quiet` write the head and the observation in one
 * transaction; only news goes to the relay. `none` writes nothing: the head already says all of it.
 */
export interface Acceptance {
  fate: Fate;
  nextHead: AlertHead | null;
  write: 'news' | 'quiet' | 'none';
  change: ObservationChange | null;
}

/** A repeat refreshes the head after this share of the repeat interval, at the latest after a minute. */
const REFRESH_SHARE = 4;
const REFRESH_LIMIT_MS = 60_000;

/**
 * Judges one observation against the head of its alert as it is now. Pure; instants come with the observation. At most one
 * episode per alert is open; `startsAt` is data and may move both ways, so a resolve is judged by `endsAt`, and what
 * arrived in another order, twice, or in other batches gives the same head (invariant H2, first half). Every observation
 * has exactly one fate (invariant H9).
 */
export function acceptObservation(
  head: AlertHead | null,
  observation: Observation,
  source: AcceptingSource,
): Acceptance {
  if (observation.state === 'no-data') {
    return { fate: 'no-data', nextHead: head, write: 'none', change: null };
  }
  if (observation.state === 'resolved') return acceptResolve(head, observation, source);
  return acceptFire(head, observation, source);
}

function acceptFire(
  head: AlertHead | null,
  observation: Observation,
  source: AcceptingSource,
): Acceptance {
  if (head === null) return newEpisode(null, observation, source);
  if (head.status === 'firing') return stillFiring(head, observation, source);
  if (beganAtMs(observation) > endedAtMs(head)) return newEpisode(head, observation, source);
  return lateCopy(head, observation, source);
}

function newEpisode(
  head: AlertHead | null,
  observation: Observation,
  source: AcceptingSource,
  since: { beganMs: number; evidenceMs: number; receivedMs: number } = {
    beganMs: beganAtMs(observation),
    evidenceMs: evidenceFromMs(observation, source),
    receivedMs: observation.receivedAtMs,
  },
): Acceptance {
  const nextHead: AlertHead = {
    alertKey: observation.alertKey,
    sourceId: observation.sourceId,
    seq: (head?.seq ?? 0) + 1,
    status: 'firing',
    participantId: observation.participantId,
    resourceId: observation.resourceId,
    violationType: observation.violationType,
    severity: observation.severity,
    mappingVersion: observation.mappingVersion,
    startsAtMs: since.beganMs,
    firstReceivedAtMs: since.receivedMs,
    endsAtMs: null,
    lastSeenAtMs: Math.max(head?.lastSeenAtMs ?? 0, observation.receivedAtMs),
    intervals: openInterval(intervalsBefore(head, observation), since.evidenceMs),
    rearmedByCaseId: null,
    ...(head?.lastResolve !== undefined && { lastResolve: head.lastResolve }),
  };
  return { fate: 'pending', nextHead, write: 'news', change: 'fired' };
}

/** A changed mapping may make the alert another's from this episode on: nobody inherits the firing of others. */
function intervalsBefore(head: AlertHead | null, observation: Observation): FiringInterval[] {
  const isSame =
    head?.participantId === observation.participantId &&
    head.violationType === observation.violationType &&
    head.resourceId === observation.resourceId;
  return isSame ? head.intervals : [];
}

/**
 * A fire that began no later than the end we know. On its way while the resolve overtook it, it only completes the past.
 * Coming again more than half a repeat interval later with no resolve between, it is no copy: the alert fires.
 */
function lateCopy(head: AlertHead, observation: Observation, source: AcceptingSource): Acceptance {
  const { receivedAtMs } = observation;
  const since = head.lateCopyAtMs;
  if (since !== undefined && receivedAtMs - since > source.repeatIntervalMs / 2) {
    const began = { beganMs: since, evidenceMs: since, receivedMs: since };
    return newEpisode(head, observation, source, began);
  }
  const endMs = endedAtMs(head);
  const isLate = receivedAtMs > endMs;
  const nextHead: AlertHead = {
    ...head,
    seq: head.seq + 1,
    intervals: completedPast(head, observation, source),
    lastSeenAtMs: isLate ? head.lastSeenAtMs : Math.max(head.lastSeenAtMs, receivedAtMs),
    ...(isLate && { lateCopyAtMs: Math.min(since ?? receivedAtMs, receivedAtMs) }),
  };
  if (saysTheSame(head, nextHead)) return unchanged(head, 'recorded-only');
  return { fate: 'recorded-only', nextHead, write: 'quiet', change: null };
}

/** The spell that ended last is known whole with its fire; of an older one only what was heard while it lasted. */
function completedPast(
  head: AlertHead,
  observation: Observation,
  source: AcceptingSource,
): FiringInterval[] {
  const { receivedAtMs } = observation;
  const endMs = endedAtMs(head);
  const fromMs = evidenceFromMs(observation, source);
  if (beganAtMs(observation) === head.startsAtMs) {
    return insertInterval(head.intervals, fromMs, endMs);
  }
  if (receivedAtMs > endMs) return head.intervals;
  return heardThen(head.intervals, observation, source);
}

/** Adds a fire of a spell that is over: it was heard then, and the silence before it within that spell is bridged. */
function heardThen(
  intervals: readonly FiringInterval[],
  observation: Observation,
  source: AcceptingSource,
): FiringInterval[] {
  const toMs = observation.receivedAtMs;
  const spell = { fromMs: beganAtMs(observation), toMs };
  const bridged = extendInterval(intervals, spell, evidenceHoldsMs(source));
  return insertInterval(bridged, evidenceFromMs(observation, source), toMs);
}

function stillFiring(
  head: AlertHead,
  observation: Observation,
  source: AcceptingSource,
): Acceptance {
  const seen = withEvidence(head, observation, source);
  const isNewest = observation.receivedAtMs >= head.lastSeenAtMs;
  const severity = isNewest ? observation.severity : head.severity;
  const next: AlertHead = {
    ...seen,
    seq: head.seq + 1,
    severity,
    lastSeenAtMs: Math.max(head.lastSeenAtMs, observation.receivedAtMs),
  };
  const isRearmed = head.rearmedByCaseId !== null;
  if (isRearmed && observation.receivedAtMs >= (head.rearmedFromMs ?? 0)) {
    // Rule B6: the case that knew of this firing is over, so its next repeat is news for a new one.
    const firstReceivedAtMs = observation.receivedAtMs;
    const nextHead = { ...next, firstReceivedAtMs, rearmedByCaseId: null };
    return { fate: 'pending', nextHead, write: 'news', change: 'rearmed' };
  }
  if (!isRearmed && SEVERITIES.indexOf(severity) > SEVERITIES.indexOf(head.severity)) {
    return { fate: 'pending', nextHead: next, write: 'news', change: 'severity' };
  }
  const refreshMs = Math.min(source.repeatIntervalMs / REFRESH_SHARE, REFRESH_LIMIT_MS);
  const isOld = observation.receivedAtMs - head.lastSeenAtMs > refreshMs;
  const changesMore = !saysTheSame(head, { ...next, lastSeenAtMs: head.lastSeenAtMs });
  if (!isOld && !changesMore) return unchanged(head, 'repeat');
  return { fate: 'repeat', nextHead: next, write: 'quiet', change: null };
}

/** Adds what a fire says about an alert that fires already: a repeat, a gap without a resolve, or an older spell. */
function withEvidence(
  head: AlertHead,
  observation: Observation,
  source: AcceptingSource,
): AlertHead {
  const began = beganAtMs(observation);
  const { receivedAtMs } = observation;
  const fromMs = evidenceFromMs(observation, source);
  const bridgeMs = evidenceHoldsMs(source);
  if (began > head.startsAtMs) {
    // It fired, resolved and fired again with no resolve between: the old spell ends with its last evidence.
    const closed = closeInterval(head.intervals, Math.min(head.lastSeenAtMs, began));
    const intervals = openInterval(closed, fromMs);
    return { ...head, startsAtMs: began, firstReceivedAtMs: receivedAtMs, intervals };
  }
  if (receivedAtMs - head.lastSeenAtMs > bridgeMs) {
    const closed = closeInterval(head.intervals, head.lastSeenAtMs);
    return { ...head, intervals: openInterval(closed, receivedAtMs) };
  }
  if (began === head.startsAtMs) return firstHeardEarlier(head, observation, fromMs, bridgeMs);
  if (receivedAtMs >= head.startsAtMs) return head;
  const inserted = heardThen(head.intervals, observation, source);
  const said = head.lastResolve;
  if (said?.startsAtMs !== began) return { ...head, intervals: inserted };
  const spell = { fromMs: said.startsAtMs, toMs: said.endsAtMs };
  return { ...head, intervals: extendInterval(inserted, spell, bridgeMs) };
}

/** A fire of this spell that was heard before the one that opened it, but is accepted after it. */
function firstHeardEarlier(
  head: AlertHead,
  observation: Observation,
  fromMs: number,
  bridgeMs: number,
): AlertHead {
  if (observation.receivedAtMs >= head.firstReceivedAtMs) return head;
  const firstReceivedAtMs = observation.receivedAtMs;
  const last = head.intervals.at(-1);
  const isJoined =
    last !== undefined && fromMs < last.fromMs && last.fromMs - firstReceivedAtMs <= bridgeMs;
  if (!isJoined) return { ...head, firstReceivedAtMs };
  return { ...head, firstReceivedAtMs, intervals: openInterval(head.intervals, fromMs) };
}

function unchanged(head: AlertHead, fate: Fate): Acceptance {
  return { fate, nextHead: head, write: 'none', change: null };
}
