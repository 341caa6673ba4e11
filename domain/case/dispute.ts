import type { RungId } from '../violation.ts';

/** What reviewers find about a disputed decision (rule E5). */
export type Verdict = 'upheld' | 'reduced' | 'overturned';

/** Why they find it. `evidence` and `platform-fault` say that the violation itself is not proven (rules B6, C11). */
export type VerdictReason = 'evidence' | 'platform-fault' | 'law' | 'amount' | 'procedure';

/** One reviewer's word on a dispute. */
export interface Ruling {
  person: string;
  organisation: string;
  result: Verdict;
  /** The rung that stands, as in "reduced to P2"; null for every other result. */
  toRung: RungId | null;
  reasonCode: VerdictReason;
  reason: string;
  atMs: number;
}

/**
 * How a dispute ended: by its reviewers; `lapsed` when nobody decided before the hard stop (rule D7); `moot` when the disputed decision fell
 * with another one.
 */
export interface DisputeEnd {
  result: Verdict | 'lapsed' | 'moot';
  /** The rung that stands after it; null when the whole case fell. */
  standingRung: RungId | null;
  reasonCode: VerdictReason | null;
  reason: string;
  /** Reviewers who concurred. */
  by: string[];
  atMs: number;
  /** What went back to the participant, decimal units. */
  returnedUnits: string;
}

/** "This decision is wrong": one dispute of one imposed decision (rule E5). */
export interface Dispute {
  disputeId: string;
  decisionId: string;
  /** The rung of the decision when it was disputed. */
  rung: RungId;
  by: string;
  grounds: string;
  openedAtMs: number;
  /** A higher rung is not imposed before this instant, unless the dispute is decided earlier. */
  awaitedUntilMs: number;
  /** The present panel decides by then. */
  dueAtMs: number;
  /** 1, then 2 once the first panel was replaced. */
  panel: number;
  /** When others were asked because the second panel was overdue too. */
  escalatedAtMs: number | null;
  /** How many reviewers must concur, above one from as many organisations. */
  reviewersNeeded: number;
  /** Rulings of the present panel. */
  rulings: Ruling[];
  /** Persons of earlier panels, who decide no more. */
  replaced: string[];
  end: DisputeEnd | null;
}
