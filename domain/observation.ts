import type { Family, Severity } from './violation.ts';

/** What one alert of one delivery says. `no-data` neither fires nor resolves. */
export type ObservationState = 'firing' | 'resolved' | 'no-data';

/** One alert of one delivery, normalised and mapped. Instants are epoch ms. */
export interface Observation {
  /** `{sourceId}/{fingerprint}`: the identity of the alert over all its episodes. */
  alertKey: string;
  sourceId: string;
  state: ObservationState;
  participantId: string;
  resourceId: string | null;
  violationType: string;
  severity: Severity;
  startsAtMs: number;
  endsAtMs: number | null;
  receivedAtMs: number;
  mappingVersion: string;
  summary: string;
  evidenceUrl: string | null;
}

/** A spell of firing. `toMs` is null while it lasts; a resolve or a gap in the evidence closes it. */
export interface FiringInterval {
  fromMs: number;
  toMs: number | null;
}

/**
 * The present state of one alert: the resource's clock that decisions read (design §4). It pins participant, type and
 * mapping version from firing to resolved, so that a changed mapping never strands a resolve.
 */
export interface AlertHead {
  alertKey: string;
  sourceId: string;
  seq: number;
  status: 'firing' | 'resolved';
  participantId: string;
  resourceId: string | null;
  violationType: string;
  severity: Severity;
  mappingVersion: string;
  startsAtMs: number;
  /** When the present firing was first received; clamps `occurredAt` (rule B4). */
  firstReceivedAtMs: number;
  endsAtMs: number | null;
  lastSeenAtMs: number;
  /** Oldest first, at most 64; the last one is open while the head fires. */
  intervals: FiringInterval[];
  /** The case that re-armed this head at its end, or that it fires through an exclusion (rule B6): the next repeat counts as a state change. */
  rearmedByCaseId: string | null;
  /** Repeats before this instant are not news yet: a dismissed case is silent for a while (rule B6). */
  rearmedFromMs?: number;
  /** The spell that ended last, in the source's own words: fires that began no later than its end are late copies. Absent until a resolve came. */
  lastResolve?: { startsAtMs: number; endsAtMs: number };
  /** When a late copy first came after the last resolve; coming again much later, it is a new firing. Absent without one. */
  lateCopyAtMs?: number;
}

/** A configured sender of alerts (rule B2). */
export interface Source {
  sourceId: string;
  /** `watch` is the network itself. */
  kind: 'alertmanager' | 'native' | 'watch';
  /** Control group that owns it: a source never confirms or corrects against its own group (rule B2). */
  ownerControlGroup: string;
  /** Distinct groups count as distinct confirmations (rule B3). */
  independenceGroup: string;
  /** Persons who configured the source or its mapping: in the conflict set of its cases (rule E1). */
  setBy: string[];
  scope: { families: Family[]; highestSeverity: Severity; mayContain: boolean };
  repeatIntervalMs: number;
  /** How much older than its arrival an observation may claim to be (rule B4). */
  maxLagMs: number;
  enabled: boolean;
  /** Set when a delivery reported `truncatedAlerts` > 0; cleared by a later complete delivery (rule B1). */
  truncatedAtMs: number | null;
  lastSeenAtMs: number | null;
}
