import type { CaseRecord } from '../../../domain/case/record.ts';
import type { Policy } from '../../../domain/policy.ts';

/** Whether the clock of a case stands still past the limit of its hold: then people must act (rule A6). */
export function isHeldTooLong({ holds }: Pick<CaseRecord, 'holds'>, nowMs: number): boolean {
  return holds.some(({ limitAtMs }) => limitAtMs <= nowMs);
}

/** Whether an imposition waits for the network breaker (rule D12): more than a few at once is news about the network itself. */
export function isWaitingAtBreaker({ holds }: Pick<CaseRecord, 'holds'>): boolean {
  return holds.some(({ cause }) => cause === 'breaker');
}

/**
 * Whether an appeal waits for findings for longer than the term (rule E6). How many auditors it takes is said by the policy that
 * the case has pinned.
 */
export function isAuditOverdue(
  record: Pick<CaseRecord, 'stage' | 'appeal' | 'remediation' | 'findings' | 'family' | 'rung'>,
  policy: Pick<Policy, 'families'>,
  termMs: number,
  nowMs: number,
): boolean {
  const { stage, appeal, remediation, findings, family, rung } = record;
  if (stage !== 'restoring' || family === null || appeal === null) return false;
  if (!remediation?.confirmedBy || nowMs - appeal.atMs <= termMs) return false;
  const wanted = policy.families[family].rungs.find(({ id }) => id === rung)?.auditors ?? 0;
  return findings.filter(({ result }) => result === 'pass').length < wanted;
}
