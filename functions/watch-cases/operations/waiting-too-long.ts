import { approvalsFor } from '../../../domain/case/outlook.ts';
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
 * Whether a proposed rung could be imposed and only persons are missing (rules A8, E2): its window is over, nobody has vetoed it, its clock
 * is not held and no dispute of a lower rung is awaited. Unapproved it lapses, and what was evidenced costs nothing.
 */
export function isApprovalOverdue(
  record: Pick<CaseRecord, 'stage' | 'proposal' | 'holds' | 'disputes' | 'family'>,
  policy: Pick<Policy, 'families'>,
  nowMs: number,
): boolean {
  const { stage, proposal, holds, disputes, family } = record;
  if (stage !== 'proposed' || proposal?.kind !== 'rung' || family === null) return false;
  const isAwaited = disputes.some(({ end, awaitedUntilMs }) => !end && awaitedUntilMs > nowMs);
  const isVetoed = proposal.veto !== null && !proposal.veto.lifted;
  if (proposal.windowEndsAtMs > nowMs || isVetoed) return false;
  if (holds.length > 0 || isAwaited) return false;
  const rung = policy.families[family].rungs.find(({ id }) => id === proposal.rung);
  return rung !== undefined && proposal.approvals.length < approvalsFor(proposal, rung);
}

/** Whether a dispute has outlived its first panel (rule E5): a second one was asked, or should have been. */
export function isDisputeOverdue(
  { disputes }: Pick<CaseRecord, 'disputes'>,
  nowMs: number,
): boolean {
  return disputes.some(({ end, panel, dueAtMs }) => !end && (panel > 1 || dueAtMs <= nowMs));
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
