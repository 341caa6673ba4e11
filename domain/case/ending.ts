import { windowMs } from '../law/pin.ts';
import { isShadow } from '../shadow/books.ts';
import { rungOrder } from '../violation.ts';
import { ladderRung } from './announcing.ts';
import { allMoot, stands } from './disputes.ts';
import { releaseHolds } from './holding.ts';
import { settlementDues } from './outlook.ts';
import { exclusionStands } from './readmission.ts';
import type { CaseState, Outcome } from './state.ts';

/** The state after the episode's end (rule A4). Money and probation go on in settlement. */
export function ended(state: CaseState, outcome: Outcome, nowMs: number): CaseState {
  const released = releaseHolds(state, nowMs);
  return {
    // Rule E4: a dismissed case has no decision left to dispute.
    ...(outcome === 'dismissed' ? allMoot(released, nowMs) : released),
    stage: 'ended',
    outcome,
    endedAtMs: nowMs,
    announced: null,
    proposal: null,
    holdDown: null,
  };
}

/** Whether anything is left for `case-settlement` (rule A4). */
export function needsSettlement(state: CaseState): boolean {
  return settlementDues({ ...state, stage: 'ended' }).length > 0;
}

/** Whether an access sanction is active, so that the way back leads through `restoring` (rule C4). In shadow nobody lost access. */
export function hasAccessSanction(state: CaseState): boolean {
  if (isShadow(state)) return false;
  return state.imposed.some(
    (step) => stands(step) && ladderRung(state, step.rung).suspension.kind !== 'none',
  );
}

/**
 * Every head is clear and the cure check held through the hold-down: corrected as of the latest `endsAt` (rule A10). An open
 * proposal is dropped (rule A13); an access sanction leads into `restoring` (rule C4).
 */
export function corrected(state: CaseState, clearedAtMs: number, nowMs: number): CaseState {
  const released = releaseHolds(state, nowMs);
  return {
    ...released,
    stage: hasAccessSanction(state) ? 'restoring' : 'correcting',
    holdDown: null,
    proposal: null,
    correctedAtMs: clearedAtMs,
    reopenUntilMs: clearedAtMs + reopenWindowMs(state),
  };
}

/** A re-fire within the reopen window resumes the same rung with the clock it had used (rules A4, A13). */
export function resumed(state: CaseState): CaseState {
  return {
    ...state,
    stage: 'correcting',
    correctedAtMs: null,
    reopenUntilMs: null,
    remediation: null,
    appeal: null,
    findings: [],
    checks: null,
    recheck: null,
  };
}

/** The longer of the policy's reopen window and the window of the announced rung (rule A4). */
export function reopenWindowMs(state: CaseState): number {
  const rung = state.announced?.rung;
  return Math.max(state.law?.reopenMs ?? 0, rung ? windowMs(ladderRung(state, rung)) : 0);
}

/** A proposal that lapsed, was refused or vetoed returns the case to the rung below; only a person raises it again (rule D7). */
export function proposalRefused(state: CaseState, nowMs: number): CaseState {
  if (state.proposal?.kind === 'readmit') return exclusionStands(state, nowMs);
  const refused = state.proposal?.rung;
  // A cure check that waits for its next look goes on waiting; only a clock hold ends with the draft.
  const base = state.holds.length > 0 ? releaseHolds(state, nowMs) : state;
  if (!refused) return { ...base, proposal: null };
  return {
    ...base,
    stage: 'correcting',
    proposal: null,
    announced: null,
    governorsAskedAtMs: nowMs,
    refusedRungs: [...state.refusedRungs, refused].sort((a, b) => rungOrder(a) - rungOrder(b)),
  };
}
