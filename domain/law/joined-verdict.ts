import type { GateEvidence, GateVerdict } from './gate.ts';

/** What the gate said of one notice. */
type NoticeVerdict = GateVerdict & { noticeId: string };

/** Several notices that passed, as one word: a rung is earned by the resources of any of them (rule A2). */
export interface JoinedPass {
  verdict: 'pass';
  /** Sorted. */
  groups: string[];
  earning: (string | null)[];
  evidence: GateEvidence[];
  /** The earliest of them (rule B4). */
  occurredAtMs: number;
  noticeIds: string[];
}

/** Puts what passed together; what did not is left out. */
export function joinPassed(verdicts: readonly NoticeVerdict[]): JoinedPass {
  const whole: JoinedPass = {
    verdict: 'pass',
    groups: [],
    earning: [],
    evidence: [],
    occurredAtMs: Number.MAX_SAFE_INTEGER,
    noticeIds: [],
  };
  for (const entry of verdicts) {
    if (entry.verdict !== 'pass') continue;
    whole.groups = [...new Set([...whole.groups, ...entry.groups])].sort();
    whole.earning = [...new Set([...whole.earning, ...entry.earning])];
    whole.evidence = [...whole.evidence, ...entry.evidence];
    whole.occurredAtMs = Math.min(whole.occurredAtMs, entry.occurredAtMs);
    whole.noticeIds.push(entry.noticeId);
  }
  return whole;
}
