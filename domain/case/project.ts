import { parseUnits } from '../money.ts';
import { isShadow } from '../shadow/books.ts';
import { wouldBeRecord } from '../shadow/record.ts';
import type { Tier } from '../violation.ts';
import { openDisputes } from './disputes.ts';
import {
  auditorsNeeded,
  isImposedByItself,
  isPaused,
  mayBeImposed,
  mayRebate,
  nextDue,
  passedAudits,
  restorationComplete,
} from './outlook.ts';
import type { CaseRecord } from './record.ts';
import type { CaseState, ImposedStep, Inertness } from './state.ts';

/** What the registry stores of a case: derived from its state alone, so that record and workflow cannot disagree. */
export function projectCase(state: CaseState, workflowId: string): CaseRecord {
  const record = recordAsDecided(state, workflowId);
  return isShadow(state) ? wouldBeRecord(record) : record;
}

function recordAsDecided(state: CaseState, workflowId: string): CaseRecord {
  return {
    v: 1,
    networkId: state.networkId,
    caseId: state.caseId,
    participantId: state.participantId,
    // While it is being confirmed more may join: until then the case may be about any resource.
    ...((state.capacity ?? state.exposure) &&
      state.occurredAtMs !== null && { resourceIds: resourcesOf(state) }),
    violationType: state.violationType,
    shadow: false,
    family: state.law?.family ?? null,
    severity: state.severity,
    stage: state.stage,
    tier: tierOf(state),
    rung: state.rung,
    announcedRung: state.announced?.rung ?? null,
    announcementServedAtMs: state.announced?.notices[0]?.servedAtMs ?? null,
    announcementNoticeId: state.announced?.notices[0]?.noticeId ?? null,
    holds: state.holds,
    disputes: state.disputes ?? [],
    money: {
      asset: state.law?.asset ?? null,
      heldUnits: state.proposal?.heldUnits ?? '0',
      pendingUnits: sumOf(state.imposed, ['pending']),
      finalUnits: sumOf(state.imposed, ['final']),
      returnedUnits: returnedOf(state.imposed),
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
    ...(state.inert && { inert: state.inert }),
    ...(state.outcome === 'excluded' && { people: state.people }),
    ...(state.readmission && { readmission: state.readmission }),
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
      return state.topUpUntilMs === undefined
        ? 'the violation to outlast its allowance'
        : 'the stake to be topped up';
    case 'correcting':
      return waitsForInCorrecting(state);
    case 'proposed':
      return waitsForInProposed(state);
    case 'restoring':
      return waitsForInRestoring(state);
    case 'ended':
      return waitsForAfterEnd(state);
  }
}

function waitsForAfterEnd(state: CaseState): string {
  const [dispute] = openDisputes(state);
  if (dispute) return `reviewers to decide the dispute of ${dispute.rung}`;
  if (state.rebateLookAtMs !== undefined && mayRebate(state))
    return 'cases that began in its probation to be decided, for the rebate';
  return nextDue(state) ? 'dispute windows and probation to pass' : 'nothing';
}

/** What keeps a rung from coming into force although its window has ended (rule E5). */
function waitsForDispute(state: CaseState, dueAtMs: number): string | null {
  const [dispute] = openDisputes(state).filter((one) => one.awaitedUntilMs > dueAtMs);
  return dispute ? `the dispute of ${dispute.rung} to be decided, or its due date` : null;
}

function waitsForInCorrecting(state: CaseState): string {
  if (state.correctedAtMs !== null) return 'the reopen window to pass quietly';
  if (!state.announced) return 'a governor to propose the next step or leave the case as it is';
  if (state.inert) return waitsForOther(state.inert);
  const served = state.announced.notices.some((notice) => notice.servedAtMs !== null);
  const dues = state.announced.notices.flatMap((notice) => notice.dueAtMs ?? []);
  const held = isImposedByItself(state) ? waitsForDispute(state, Math.min(...dues)) : null;
  if (held) return held;
  return served
    ? `correction, or the end of the grace before ${state.announced.rung}`
    : `the notice of ${state.announced.rung} to be served`;
}

/** Rule C9: it goes on by itself once the other case no longer stands for it. */
function waitsForOther({ because, caseId }: Inertness): string {
  return because === 'cause'
    ? `correction, or the end of case ${caseId}, which charges for the same cause`
    : `correction, or the end of the suspension by case ${caseId}`;
}

function waitsForInProposed(state: CaseState): string {
  if (!state.proposal) return 'a proposal';
  if (isPaused(state.proposal)) return 'two reviewers to confirm or lift the veto';
  if (!mayBeImposed(state)) return 'approvals';
  return waitsForDispute(state, state.proposal.windowEndsAtMs) ?? 'the end of the answer window';
}

function waitsForInRestoring(state: CaseState): string {
  if (state.proposal?.kind === 'readmit' && isPaused(state.proposal))
    return 'two reviewers to confirm or lift the veto';
  if (!state.remediation) return 'the participant to submit its remediation';
  if (!state.remediation.confirmedBy) return 'an operator to confirm the remediation';
  if (!state.appeal) return 'the participant to appeal for restoration';
  if (passedAudits(state) < auditorsNeeded(state))
    return `findings of ${auditorsNeeded(state)} auditor(s)`;
  if (!restorationComplete(state)) return 'governors to approve the readmission';
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

/** What fell, and what went back of decisions that stand. */
function returnedOf(steps: ImposedStep[]): string {
  let total = parseUnits(sumOf(steps, ['void', 'lapsed']));
  for (const step of steps) total += parseUnits(step.returnedUnits ?? '0');
  return total.toString();
}

function sumOf(steps: ImposedStep[], money: ImposedStep['money'][]): string {
  let total = 0n;
  for (const step of steps) if (money.includes(step.money)) total += parseUnits(step.chargedUnits);
  return total.toString();
}
