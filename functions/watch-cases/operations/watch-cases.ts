import type { CaseRecord } from '../../../domain/case/record.ts';
import type { Stage } from '../../../domain/case/state.ts';
import type { WatchCasesDeps } from '../deps.ts';
import { isAuditOverdue, isHeldTooLong, isWaitingAtBreaker } from './waiting-too-long.ts';

/** What one look over the network found. */
export interface Watched {
  openCases: number;
  heldTooLong: number;
  waitingAtBreaker: number;
  overdueAudits: number;
  overdueSteps: number;
  /** Whether everything was looked at; if not, the counts say at least how many. */
  isWhole: boolean;
}

const OPEN: readonly Stage[] = ['confirming', 'correcting', 'proposed', 'restoring'];

/** A worker takes up what is due within seconds, and after an outage within minutes. */
const STEP_TERM_MS = 15 * 60_000;

/**
 * Looks over the cases of the network and counts those that wait for longer than they may: held past their limit (rule A6), waiting
 * at the breaker (rule D12) or for an auditor past the term (rule E6), or with a step that should have been taken long ago. Reads only.
 */
export async function watchCases(deps: WatchCasesDeps): Promise<Watched> {
  const nowMs = deps.clock.nowMs();
  const watched: Watched = {
    openCases: 0,
    heldTooLong: 0,
    waitingAtBreaker: 0,
    overdueAudits: 0,
    overdueSteps: 0,
    isWhole: true,
  };
  await countOverdueSteps(deps, watched, nowMs - STEP_TERM_MS);
  await lookAtOpenCases(deps, watched, nowMs);
  const { meter } = deps;
  meter.count('OpenCases', watched.openCases);
  meter.count('HeldTooLong', watched.heldTooLong);
  meter.count('WaitingAtBreaker', watched.waitingAtBreaker);
  meter.count('OverdueAudits', watched.overdueAudits);
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
      watched.overdueAudits += await countOverdueAudits(deps, records, nowMs);
      if (watched.openCases >= limitOf(deps)) {
        watched.isWhole = false;
        return;
      }
    }
  }
}

async function countOverdueAudits(
  deps: WatchCasesDeps,
  records: readonly CaseRecord[],
  nowMs: number,
): Promise<number> {
  let overdue = 0;
  for (const record of records) {
    if (record.appeal === null || record.policyVersion === null) continue;
    const policy = await deps.law.policy(record.policyVersion);
    if (isAuditOverdue(record, policy, deps.auditTermMs, nowMs)) overdue += 1;
  }
  return overdue;
}

function limitOf({ maxCases = 20_000 }: WatchCasesDeps): number {
  return maxCases;
}
