import type { AlertHead, Observation } from '../observation.ts'
import type { Severity } from '../violation.ts'
import type { ObservationRef } from './evidence.ts'

/** What became of one accepted alert; every accepted observation has exactly one fate (invariant H9). */
export type Fate = 'pending' | 'case' | 'repeat' | 'resolve-applied' | 'no-data' | 'quarantine' | 'orphan' | 'recorded-only'

/** A stored observation that the relay works on. */
export interface InboxObservation {
  ref: ObservationRef
  networkId: string
  receiptId: string
  observation: Observation
  /** First fire of an episode, a graver severity, or a resolve: why it was written as news. */
  change: 'fired' | 'severity' | 'resolved' | 'no-data'
  attempts: number
}

/** The open case of one participant and violation type (design §4). */
export interface Slot {
  participantId: string
  violationType: string
  caseId: string
  /** Gravest severity signalled so far. */
  severity: Severity
}

/** What the relay needs of the store: slots, case members, heads, and the fate of each observation. */
export interface RelayStore {
  readSlot(participantId: string, violationType: string): Promise<Slot | null>
  /** Takes the slot if it is free. Returns the slot as it is now, whoever holds it. */
  takeSlot(slot: Slot): Promise<Slot>
  raiseSlotSeverity(slot: Slot): Promise<void>
  /** Attaches an alert head to a case; `added` is false when it was attached before. */
  attachHead(caseId: string, alertKey: string, resourceId: string | null): Promise<{ added: boolean; newResource: boolean }>
  headsOfCase(caseId: string): Promise<AlertHead[]>
  caseEnded(caseId: string): Promise<boolean>
  /** After `excluded` a participant's alerts are recorded only (rule B6). */
  participantExcluded(participantId: string): Promise<boolean>
  markDelivered(ref: ObservationRef, fate: Fate, caseId: string | null, atMs: number): Promise<void>
  /** Counts a failed relay; at the policy's limit the observation goes to quarantine. */
  markFailed(ref: ObservationRef, reason: string, maxAttempts: number): Promise<'undelivered' | 'quarantine'>
  /** Oldest undelivered observations of one index shard, accepted before `beforeMs`. */
  undelivered(shard: number, beforeMs: number, limit: number): Promise<InboxObservation[]>
}
