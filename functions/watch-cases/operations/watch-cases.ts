import type { CaseRecord } from '../../../domain/case/record.ts';
import type { Stage } from '../../../domain/case/state.ts';
import type { WatchCasesDeps } from '../deps.ts';
import {
  isApprovalOverdue,
  isAuditOverdue,
  isDisputeOverdue,
  isHeldTooLong,
  isWaitingAtBreaker,
} from './waiting-too-long.ts';

/** What one look over the network found. */
export interface Watched {
  openCases: number;
  heldTooLong: number;
  waitingAtBreaker: number;
  overdueApprovals: number;
  overdueAudits: number;
  overdueDisputes: number;
  overdueSteps: number;
  /** Whether everything was looked at; if not, the counts say at least how many. */
  isWhole: boolean;
}

const OPEN: readonly Stage[] = ['confirming', 'correcting', 'proposed', 'restoring'];

/** A worker takes up what is due within seconds, and after an outage within minutes. */
const STEP_TERM_MS = 15 * 60_000;

/** A case that has ended is disputed on, and its next deadline is its panel's: no policy gives one four weeks (rules D7, E5). */
const PANEL_TERM_MS = 28 * 86_400_000;

/**
 * Looks over the cases of the network and counts those that wait for longer than they may: held past their limit (rule A6), waiting
 * at the breaker (rule D12), for approvals (rule E2), reviewers (rule E5) or auditors (rule E6) past their terms, or with a step that should have been taken long ago. Reads only.
 */
export async function watchCases(deps: WatchCasesDeps): Promise<Watched> {
  const nowMs = deps.clock.nowMs();
  const watched: Watched = {
    openCases: 0,
    heldTooLong: 0,
    waitingAtBreaker: 0,
    overdueApprovals: 0,
    overdueAudits: 0,
    overdueDisputes: 0,
    overdueSteps: 0,
    isWhole: true,
  };
  await countOverdueSteps(deps, watched, nowMs - STEP_TERM_MS);
  await lookAtOpenCases(deps, watched, nowMs);
  await lookAtDisputedEnds(deps, watched, nowMs);
  const { meter } = deps;
  meter.count('OpenCases', watched.openCases);
  meter.count('HeldTooLong', watched.heldTooLong);
  meter.count('WaitingAtBreaker', watched.waitingAtBreaker);
  meter.count('OverdueApprovals', watched.overdueApprovals);
  meter.count('OverdueAudits', watched.overdueAudits);
  meter.count('OverdueDisputes', watched.overdueDisputes);
  meter.count('OverdueSteps', watched.overdueSteps);
  if (!watched.isWhole) deps.logger.warn('not all cases were looked at', { ...watched });
  return watched;
}

/** Of every stage: after its end a case still settles what is left of its money. */
async function countOverdueSteps(
  deps: WatchCasesDeps,
  watched: Watched,
  beforeMs: number,
): Promise<void> {
  for (const stage of [...OPEN, 'ended'] as const) {
    for await (const records of deps.cases.pages(stage, beforeMs)) {
      watched.overdueSteps += records.length;
      if (watched.overdueSteps >= limitOf(deps)) {
        watched.isWhole = false;
        return;
      }
    }
  }
}

async function lookAtOpenCases(
  deps: WatchCasesDeps,
  watched: Watched,
  nowMs: number,
): Promise<void> {
  for (const stage of OPEN) {
    for await (const records of deps.cases.pages(stage)) {
      watched.openCases += records.length;
      watched.heldTooLong += records.filter((record) => isHeldTooLong(record, nowMs)).length;
      watched.waitingAtBreaker += records.filter(isWaitingAtBreaker).length;
      watched.overdueDisputes += records.filter((one) => isDisputeOverdue(one, nowMs)).length;
      await countOverduePeople(deps, watched, records, nowMs);
      if (watched.openCases >= limitOf(deps)) {
        watched.isWhole = false;
        return;
      }
    }
  }
}

/** Cases that have ended and are disputed still; those without a dispute are many, and are only passed by. */
async function lookAtDisputedEnds(
  deps: WatchCasesDeps,
  watched: Watched,
  nowMs: number,
): Promise<void> {
  let seen = 0;
  for await (const records of deps.cases.pages('ended', nowMs + PANEL_TERM_MS)) {
    watched.overdueDisputes += records.filter((one) => isDisputeOverdue(one, nowMs)).length;
    seen += records.length;
    if (seen >= limitOf(deps)) {
      watched.isWhole = false;
      return;
    }
  }
}

/** Approvals and audits: how many persons it takes is said by the policy that the case has pinned. */
async function countOverduePeople(
  deps: WatchCasesDeps,
  watched: Watched,
  records: readonly CaseRecord[],
  nowMs: number,
): Promise<void> {
  for (const record of records) {
    if (record.policyVersion === null) continue;
    if (record.appeal === null && record.proposal === null) continue;
    const policy = await deps.law.policy(record.policyVersion);
    if (isApprovalOverdue(record, policy, nowMs)) watched.overdueApprovals += 1;
    if (isAuditOverdue(record, policy, deps.auditTermMs, nowMs)) watched.overdueAudits += 1;
  }
}

function limitOf({ maxCases = 20_000 }: WatchCasesDeps): number {
  return maxCases;
}
