import type { AlertHead } from '../observation.ts';

/** Names one stored observation. */
export interface ObservationRef {
  alertKey: string;
  seq: number;
}

/** What decisions read about the alerts of a case, always consistently and by key (design §4). */
export interface Evidence {
  /** Every head that the relay attached to the case. */
  headsOfCase(caseId: string): Promise<AlertHead[]>;
  /** Arrival of the oldest undelivered observation in the participant's index shard, null when all are delivered. */
  oldestUndeliveredMs(participantId: string): Promise<number | null>;
  /** Re-arms the firing heads of an ending case, idempotently: from `fromMs` on, their next repeat is news (rule B6). */
  rearmHeads(caseId: string, fromMs: number): Promise<void>;
  /** Gives back what reached a case after its end: the refs become undelivered again (design §4). */
  returnToInbox(refs: ObservationRef[]): Promise<void>;
}
