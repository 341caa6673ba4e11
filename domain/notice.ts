import type { Guidance } from './policy.ts';
import type { Family, RungId, Severity, Tier } from './violation.ts';

/** What a participant is served (rule A7): what happened, the evidence, the rung announced, the windows and the way back. */
export interface Notice {
  v: 1;
  noticeId: string;
  networkId: string;
  caseId: string;
  participantId: string;
  kind:
    | 'rung-announced'
    | 'draft-published'
    | 'rung-imposed'
    | 'dropped'
    | 'reinstated'
    | 'dispute-decided'
    | 'case-recomputed'
    | 'top-up';
  violationType: string;
  family: Family;
  severity: Severity;
  /** The rung in force, and the one announced next; null at the top of what time alone may reach. */
  rung: RungId | null;
  tier: Tier | null;
  announcedRung: RungId | null;
  resourceIds: (string | null)[];
  graceMs: number | null;
  answerWindowMs: number | null;
  evidence: { alertKey: string; startsAtMs: number; lastSeenAtMs: number }[];
  guidance: Guidance;
  checks: string[];
  /** What was decided, where the notice tells of a decision on a decision. */
  decided?: string;
  /** How to answer, remedy, appeal and dispute, in words. */
  howTo: string;
  createdAtMs: number;
}

/** A stored notice and what became of it. */
export interface StoredNotice {
  notice: Notice;
  servedAtMs: number | null;
  servedBy: 'endpoint' | 'read' | 'fallback' | null;
  readAtMs: number | null;
  tries: number;
  lastReason: string | null;
}
