import type { AuditEntry } from '../case/record.ts';
import type { Incident } from '../incident/incident.ts';
import type { Page } from './case-reader.ts';

/** Where the gate learns of clock holds over a scope. */
export interface ClockHolds {
  /**
   * Every clock hold that stands or stood since an instant, read consistently: no decision is made under a hold that was opened before it
   * was read.
   */
  since(sinceMs: number): Promise<Incident[]>;
  /** Writes down that the term of a clock hold is over; nothing changes by it, and a second time is a no-op. */
  lapsed(incident: Incident): Promise<void>;
}

/** Incidents as people see and change them (rules A6, D12). */
export interface Incidents extends ClockHolds {
  /** Stores a new one, once for each request of a person; the stored one if the request was heard before. */
  open(
    incident: Incident,
    request: { account: string; key: string },
    entry: AuditEntry,
  ): Promise<Incident>;
  /** Null when unknown. Consistent. */
  read(incidentId: string): Promise<Incident | null>;
  /** Open ones first, each part newest first. Consistent. */
  list(cursor: string | undefined, limit: number): Promise<Page<Incident>>;
  /**
   * Replaces an incident by what an act made of it; false when it has changed meanwhile. One that is closed now leaves the open ones, and a
   * released breaker lets those pass that wait.
   */
  replace(before: Incident, after: Incident, entry: AuditEntry): Promise<boolean>;
}
