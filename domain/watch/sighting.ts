import { acceptObservation } from '../intake/accept.ts';
import type { AlertHead, Observation, Source } from '../observation.ts';
import type { AcceptWrite } from '../ports/intake.ts';
import type { Severity } from '../violation.ts';

/** Id of the source in whose name the network itself reports what it sees in its own books and monitors. */
export const NETWORK_WATCH = 'network-watch';

/** A violation that the network sees by itself; a resource of null is the participant as a whole. */
export interface Sighting {
  participantId: string;
  resourceId: string | null;
  violationType: string;
  severity: Severity;
  summary: string;
}

/**
 * The network's own source as the law sees it. It belongs to no control group that a participant can have, speaks about everything,
 * and repeats as often as the watch runs (rule B2).
 */
export function watchSource(repeatIntervalMs: number, lastSeenAtMs: number | null): Source {
  return {
    sourceId: NETWORK_WATCH,
    kind: 'watch',
    ownerControlGroup: '(network)',
    independenceGroup: NETWORK_WATCH,
    setBy: [],
    scope: {
      families: ['performance', 'operational', 'security'],
      highestSeverity: 'critical',
      mayContain: false,
    },
    repeatIntervalMs,
    // What it reports it sees at that instant, so nothing it says is older.
    maxLagMs: 0,
    enabled: true,
    truncatedAtMs: null,
    lastSeenAtMs,
  };
}

/** Identity of the alert of one violation type about one participant or resource, over all its episodes. */
export function watchKeyOf(
  sighting: Pick<Sighting, 'participantId' | 'resourceId' | 'violationType'>,
): string {
  const { participantId, resourceId, violationType } = sighting;
  const parts = [violationType, participantId, ...(resourceId === null ? [] : [resourceId])];
  return [NETWORK_WATCH, ...parts.map(encodeURIComponent)].join('/');
}

/** What is looked at, when, and what acceptance needs to know. */
export interface Look {
  nowMs: number;
  repeatIntervalMs: number;
  freshMinMs: number;
  /** Names the run of the watch; part of what is stored, so that an observation can be traced to it. */
  runId: string;
}

/** What a sighting changes about its alert, judged like the alert of any other source; null when nothing is news. */
export function reportSighting(
  head: AlertHead | null,
  sighting: Sighting,
  look: Look,
): AcceptWrite | null {
  const fires = head?.status === 'firing';
  return accepted(head, look, {
    ...about(sighting, look),
    state: 'firing',
    severity: sighting.severity,
    startsAtMs: fires ? head.startsAtMs : look.nowMs,
    endsAtMs: null,
    summary: sighting.summary,
  });
}

/** What it changes about an alert that the violation is not seen any more; null when it did not fire. */
export function reportOver(head: AlertHead, look: Look): AcceptWrite | null {
  if (head.status !== 'firing' || head.sourceId !== NETWORK_WATCH) return null;
  return accepted(head, look, {
    ...about(head, look),
    state: 'resolved',
    severity: head.severity,
    startsAtMs: head.startsAtMs,
    endsAtMs: look.nowMs,
    summary: 'The watch no longer sees it.',
  });
}

function about(
  { participantId, resourceId, violationType }: Omit<Sighting, 'severity' | 'summary'>,
  { nowMs }: Look,
) {
  return {
    alertKey: watchKeyOf({ participantId, resourceId, violationType }),
    sourceId: NETWORK_WATCH,
    participantId,
    resourceId,
    violationType,
    receivedAtMs: nowMs,
    mappingVersion: NETWORK_WATCH,
    evidenceUrl: null,
  };
}

function accepted(
  head: AlertHead | null,
  { repeatIntervalMs, freshMinMs, runId }: Look,
  observation: Observation,
): AcceptWrite | null {
  const acceptance = acceptObservation(head, observation, {
    repeatIntervalMs,
    maxLagMs: 0,
    freshMinMs,
  });
  const { write, nextHead, change, fate } = acceptance;
  if (write === 'none' || nextHead === null) return null;
  const ref = { alertKey: observation.alertKey, seq: nextHead.seq };
  return {
    head: nextHead,
    readSeq: head?.seq ?? 0,
    observations: [{ ref, receiptId: runId, observation, change, fate }],
  };
}
