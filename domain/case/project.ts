import { parseUnits } from '../money.ts';
import type { Tier } from '../violation.ts';
import { auditorsNeeded, isPaused, mayBeImposed, nextDue, restorationComplete } from './outlook.ts';
import type { CaseRecord } from './record.ts';
import type { CaseState, ImposedStep } from './state.ts';

/** What the registry stores of a case: derived from its state alone, so that record and workflow cannot disagree. */
export function projectCase(state: CaseState, workflowId: string): CaseRecord {
  return {
    v: 1,
    networkId: state.networkId,
    caseId: state.caseId,
    participantId: state.participantId,
    ...(state.capacity && { resourceIds: resourcesOf(state) }),
    violationType: state.violationType,
    family: state.law?.family ?? null,
    severity: state.severity,
    stage: state.stage,
    tier: tierOf(state),
    rung: state.rung,
    announcedRung: state.announced?.rung ?? null,
    announcementServedAtMs: state.announced?.notices[0]?.servedAtMs ?? null,
    announcementNoticeId: state.announced?.notices[0]?.noticeId ?? null,
    holds: state.holds,
    disputes: [],
    money: {
      asset: state.law?.asset ?? null,
      heldUnits: state.proposal?.heldUnits ?? '0',
      pendingUnits: sumOf(state.imposed, ['pending']),
      finalUnits: sumOf(state.imposed, ['final']),
      returnedUnits: sumOf(state.imposed, ['void', 'lapsed']),
    },
    outcome: state.outcome,
    openedAtMs: state.openedAtMs,
    occurredAtMs: state.occurredAtMs,
    correctedAtMs: state.correctedAtMs,
    suspendedUntilMs: state.suspendedUntilMs,
    probationUntilMs: state.probationUntilMs,
    endedAtMs: state.endedAtMs,
    waitsFor: waitsFor(state),
    nextDeadlineMs: nextDue(state)?.atMs ?? fallbackDeadlineMs(state),
    workflowId,
    policyVersion: state.law?.policyVersion ?? null,
    policyHash: state.law?.policyHash ?? null,
    recurrence: state.recurrence,
    startRung: state.startRung,
    imposed: state.imposed,
    proposal: state.proposal,
    remediation: state.remediation,
    appeal: state.appeal,
    findings: state.findings,
    checks: state.checks,
    acknowledgedBy: state.acknowledgedBy,
  };
}

/** Every resource that the case is about: what fired when it was confirmed, and what notices, drafts and evidence named since. */
function resourcesOf(state: CaseState): (string | null)[] {
  return [
    ...new Set([
      ...Object.keys(state.capacity?.firing ?? {}),
      ...(state.announced?.notices ?? []).flatMap((notice) => notice.resourceIds),
      ...(state.proposal?.resourceIds ?? []),
      ...(state.exposure?.resourceIds ?? []),
    ]),
  ].sort((a, b) => ((a ?? '') < (b ?? '') ? -1 : 1));
}

/** Tier of the highest imposed rung, null before the warning. */
export function tierOf(state: CaseState): Tier | null {
  return state.law?.rungs.find((rung) => rung.id === state.rung)?.tier ?? null;
}

/** What the case waits for, as a reader would say it (invariant H10). */
export function waitsFor(state: CaseState): string {
  if (state.holds[0]) return `the clock is held: ${state.holds[0].cause}`;
  if (state.holdDown) return 'the hold-down after every alert cleared';
  switch (state.stage) {
    case 'confirming':
      return 'the violation to outlast its allowance';
    case 'correcting':
      return waitsForInCorrecting(state);
    case 'proposed':
      return waitsForInProposed(state);
    case 'restoring':
      return waitsForInRestoring(state);
    case 'ended':
      return nextDue(state) ? 'dispute windows and probation to pass' : 'nothing';
  }
}

function waitsForInCorrecting(state: CaseState): string {
  if (state.correctedAtMs !== null) return 'the reopen window to pass quietly';
  if (!state.announced) return 'a governor to propose the next step or leave the case as it is';
  const served = state.announced.notices.some((notice) => notice.servedAtMs !== null);
  return served
    ? `correction, or the end of the grace before ${state.announced.rung}`
    : `the notice of ${state.announced.rung} to be served`;
}

function waitsForInProposed(state: CaseState): string {
  if (!state.proposal) return 'a proposal';
  if (isPaused(state.proposal)) return 'two reviewers to confirm or lift the veto';
  return mayBeImposed(state) ? 'the end of the answer window' : 'approvals';
}

function waitsForInRestoring(state: CaseState): string {
  if (!state.remediation) return 'the participant to submit its remediation';
  if (!state.remediation.confirmedBy) return 'an operator to confirm the remediation';
  if (!state.appeal) return 'the participant to appeal for restoration';
  if (!restorationComplete(state)) return `findings of ${auditorsNeeded(state)} auditor(s)`;
  return state.checks && !state.checks.passed
    ? 'the system checks to pass'
    : 'the minimum suspension to end';
}

/**
 * Where no clock of the case runs: a notice on its way counts as served after the fallback time at the latest (rule A7); where only a
 * person can move the case, the deadline shown is when the governors are asked again.
 */
function fallbackDeadlineMs(state: CaseState): number | null {
  if (state.stage === 'ended') return null;
  const unserved = (state.announced?.notices ?? []).filter((notice) => notice.servedAtMs === null);
  if (state.stage === 'correcting' && state.correctedAtMs === null && unserved.length > 0) {
    const firstMs = Math.min(...unserved.map((notice) => notice.announcedAtMs));
    return firstMs + (state.law?.noticeFallbackMs ?? 0);
  }
  return (
    (state.correctedAtMs ?? state.openedAtMs) +
    (state.law?.governorAskMs ?? state.law?.noticeFallbackMs ?? 0)
  );
}

function sumOf(steps: ImposedStep[], money: ImposedStep['money'][]): string {
  let total = 0n;
  for (const step of steps) if (money.includes(step.money)) total += parseUnits(step.chargedUnits);
  return total.toString();
}
