import type { CaseRecord, TimelineEntry } from '../case/record.ts';
import type { Outcome, Stage } from '../case/state.ts';
import type { DecisionRecord } from '../decision/record.ts';
import type { Family, Tier } from '../violation.ts';

/** One page of a list; `nextCursor` is opaque and null at the end. */
export interface Page<T> {
  items: T[];
  nextCursor: string | null;
}

/** Filters of the case list (design §7). Without any, newest first over the whole network. */
export interface CaseQuery {
  participantId?: string;
  violationType?: string;
  family?: Family;
  tier?: Tier;
  stage?: Stage;
  outcome?: Outcome;
  /** Only cases in shadow, or only real ones (design §6). */
  shadow?: boolean;
  /** Opened at or after, and at or before. */
  openedFromMs?: number;
  openedToMs?: number;
  cursor?: string;
  limit: number;
}

/** Reads for people: eventually consistent lists from the registry and the audit table, never from a workflow (design §4). */
export interface CaseReader {
  list(query: CaseQuery): Promise<Page<CaseRecord>>;
  /** Null when unknown. Consistent. */
  read(caseId: string): Promise<CaseRecord | null>;
  /** Oldest first. */
  timeline(caseId: string, cursor: string | undefined, limit: number): Promise<Page<TimelineEntry>>;
  /** The decision records of a case, oldest first. A page may be short; only a null cursor is the end. */
  decisions(
    caseId: string,
    cursor: string | undefined,
    limit: number,
  ): Promise<Page<DecisionRecord>>;
}
