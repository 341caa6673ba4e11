import type { AlertHead, Observation } from '../observation.ts';
import type { Severity } from '../violation.ts';
import type { ObservationRef } from './evidence.ts';

/** What became of one accepted alert; every accepted observation has exactly one fate (invariant H9). */
export type Fate =
  | 'pending'
  | 'case'
  | 'repeat'
  | 'resolve-applied'
  | 'no-data'
  | 'quarantine'
  | 'orphan'
  | 'recorded-only';

/**
 * Why an observation is news: first fire of an episode, a graver severity, the end of the episode, or the first repeat of a
 * head whose case is over or about to be (rule B6).
 */
export type ObservationChange = 'fired' | 'severity' | 'resolved' | 'rearmed';

/** A stored observation that the relay works on. */
export interface InboxObservation {
  ref: ObservationRef;
  networkId: string;
  receiptId: string;
  observation: Observation;
  change: ObservationChange;
  /** Failed relays so far that were not the fault of an outage. */
  attempts: number;
  /** How often a case gave it back. */
  returns: number;
  /** W3C trace context of the request that brought it; absent where nothing was traced. */
  traceparent?: string;
}

/** One observation as acceptance stores it, with its fate so far. */
export interface AcceptedObservation {
  ref: ObservationRef;
  receiptId: string;
  observation: Observation;
  /** Null for what is kept but goes nowhere: repeats, orphans, late copies. */
  change: ObservationChange | null;
  fate: Fate;
  /** W3C trace context of the request that brings it. */
  traceparent?: string;
}

/** All that one delivery changes about one alert: the head moves on from `readSeq` and its observations are put, or nothing. */
export interface AcceptWrite {
  head: AlertHead;
  /** `seq` of the head that was judged; 0 when there was none. */
  readSeq: number;
  observations: AcceptedObservation[];
}

/** Why an alert could not be accepted (design §4, rules B2, B4, B8). */
export type QuarantineReason =
  | 'malformed'
  | 'timestamp-invalid'
  | 'from-the-future'
  | 'participant-missing'
  | 'participant-unknown'
  | 'resource-unknown'
  | 'resource-not-owned'
  | 'violation-type-unknown'
  | 'severity-unknown'
  | 'out-of-scope'
  | 'relay-failed';

/** One kind of alert that could not be accepted, with how often (rule B8): aggregated by source, reason and fingerprint. */
export interface QuarantineEntry {
  sourceId: string;
  reason: QuarantineReason;
  fingerprint: string;
  /** The last such alert, for the person who redrives it; cut to a few kilobytes. */
  sample: string;
  count: number;
  firstAtMs: number;
  lastAtMs: number;
}

/** What became of one alert of a delivery; `seq` is null when nothing was stored for it. */
export interface ReceiptItem {
  alertKey: string;
  fate: Fate;
  seq: number | null;
  reason: QuarantineReason | null;
  /** The case that got it, once the relay has delivered it. */
  caseId: string | null;
}

/** What the sender was told about one delivery (design §7). */
export interface ReceiptHeader {
  receiptId: string;
  sourceId: string;
  receivedAtMs: number;
  received: number;
  accepted: number;
  duplicate: number;
  quarantined: number;
  /** Alerts that the sender cut from the delivery; they never come again. */
  truncated: number;
}

/** A receipt as stored and shown: fates still pending when it was written are read anew. */
export interface Receipt extends ReceiptHeader {
  items: ReceiptItem[];
}

/** A signed delivery by its own id, so that a retry is answered alike and another body under the id is refused. */
export interface Delivery {
  sourceId: string;
  deliveryId: string;
  bodyHash: string;
  receiptId: string;
}

/** What the acceptance of deliveries needs of the store. */
export interface IntakeStore {
  /** Heads by alert key, read consistently; unknown alerts are absent. */
  heads(alertKeys: readonly string[]): Promise<Map<string, AlertHead>>;
  /** Writes each change whole or not at all. Returns the indexes of those whose head had moved on: judge them again. */
  accept(writes: readonly AcceptWrite[]): Promise<number[]>;
  quarantine(entries: readonly QuarantineEntry[]): Promise<void>;
  putReceipt(receipt: Receipt): Promise<void>;
  /** Null when unknown. */
  readReceipt(receiptId: string): Promise<Receipt | null>;
  /** Claims a delivery id. Returns the claim as it stands: the present one, or the earlier one. */
  claimDelivery(delivery: Delivery, atMs: number): Promise<Delivery>;
  /** Notes that the source was heard, and per group whether its delivery was cut (rule B1). */
  noteSource(sourceId: string, seen: SourceSighting): Promise<void>;
}

/** One delivery as its source's health sees it; `groupKey` names the group it is about, `truncated` what was cut from it. */
export interface SourceSighting {
  atMs: number;
  groupKey: string;
  truncated: number;
  repeatIntervalMs: number;
}

/** The open case of one participant and violation type (design §4). */
export interface Slot {
  participantId: string;
  violationType: string;
  caseId: string;
  /** Gravest severity signalled so far. */
  severity: Severity;
  /** Whether the case knows that all its heads are clear: it was told, it is being told, or a fire came since. */
  allClear: 'no' | 'telling' | 'told';
}

/** What the relay needs of the store: slots, case members, heads, and the fate of each observation. */
export interface RelayStore {
  readSlot(participantId: string, violationType: string): Promise<Slot | null>;
  /** Takes the slot if it is free. Returns the slot as it is now, whoever holds it. */
  takeSlot(slot: Slot): Promise<Slot>;
  /** Notes what its case was told, if the slot still names it and nobody changed `allClear` from what it was. */
  updateSlot(slot: Slot, from: Slot['allClear']): Promise<void>;
  /** Frees a slot that was taken for a case that had ended before. */
  freeSlot(slot: Slot): Promise<void>;
  /**
   * Attaches the alert of a fire to a case. `added` for a new alert or one that is about another resource now, and again
   * for the same observation: the relay may have died after it.
   */
  attachHead(
    caseId: string,
    fire: Pick<InboxObservation, 'ref' | 'observation'>,
  ): Promise<{ added: boolean }>;
  /** What the alerts of a case say about its own participant and violation type. */
  headsOfCase(caseId: string): Promise<AlertHead[]>;
  /** Whether the case has a record that has ended. */
  caseEnded(caseId: string): Promise<boolean>;
  /** After `excluded` a participant's alerts are recorded only (rule B6). */
  participantExcluded(participantId: string): Promise<boolean>;
  /** Makes the next repeat of a firing alert, from an instant on, news again: the exclusion may be over by then. */
  hearAgain(alertKey: string, fromMs: number): Promise<void>;
  /** Notes the fate, unless the observation has one or was given back since it was read; says whether it was noted. */
  markDelivered(
    delivered: Pick<InboxObservation, 'ref' | 'returns'>,
    fate: Fate,
    caseId: string | null,
    atMs: number,
  ): Promise<boolean>;
  /** Counts a failed relay; at the policy's limit the observation goes to quarantine. */
  markFailed(
    failed: InboxObservation,
    maxAttempts: number,
    atMs: number,
  ): Promise<'undelivered' | 'quarantine'>;
  /** Oldest undelivered observations of one index shard, accepted before `beforeMs`. */
  undelivered(shard: number, beforeMs: number, limit: number): Promise<InboxObservation[]>;
}
