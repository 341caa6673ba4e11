import { invariant } from '../errors.ts';
import type { Principal } from '../principal.ts';
import { type RungId, rungOrder, type Tier } from '../violation.ts';
import type { CaseAction } from './actions.ts';
import type { Dispute, DisputeEnd, Ruling } from './dispute.ts';
import type { CaseState, ImposedStep } from './state.ts';

/** Severe decisions are reviewed by two, of two organisations, as they were made (rules E2, E5). */
const REVIEWERS: Record<Tier, number> = { warning: 1, penalty: 1, severe: 2 };

/** Disputes that nobody has decided yet. */
export function openDisputes(state: Pick<CaseState, 'disputes'>): Dispute[] {
  return (state.disputes ?? []).filter((dispute) => dispute.end === null);
}

/** The dispute of this id, if the case has it. */
export function disputeOf(state: CaseState, disputeId: string): Dispute | undefined {
  return state.disputes?.find((dispute) => dispute.disputeId === disputeId);
}

/** A decision that is in force: neither void nor lapsed. */
export function stands(step: ImposedStep): boolean {
  return step.money !== 'void' && step.money !== 'lapsed';
}

/** The decisions that are in force, in the order they were made. */
export function standingSteps(state: Pick<CaseState, 'imposed'>): ImposedStep[] {
  return state.imposed.filter(stands);
}

/** The disputed decision; a dispute without one is a bug. */
export function disputedStep(state: CaseState, dispute: Dispute): ImposedStep {
  const step = state.imposed.find((one) => one.decisionId === dispute.decisionId);
  invariant(step !== undefined, `Dispute ${dispute.disputeId} is about no decision of its case.`);
  return step;
}

/** Tier of a rung of the case's ladder. */
export function tierOfRung(state: CaseState, rung: RungId): Tier {
  const found = state.law?.rungs.find((candidate) => candidate.id === rung);
  invariant(found !== undefined, `The ladder of case ${state.caseId} has no rung ${rung}.`);
  return found.tier;
}

/**
 * A dispute stops the finality of its decision, and of those above it in the same case: they rest on it and fall with it (rules A5, E5).
 * It stops no other clock.
 */
export function isDisputed(state: CaseState, step: ImposedStep): boolean {
  return openDisputes(state).some(
    (dispute) => rungOrder(disputedStep(state, dispute).rung) <= rungOrder(step.rung),
  );
}

/** Whether the dispute window of a decision is over and no dispute keeps it from being final (rules A5, D7). */
export function isFinalDue(state: CaseState, step: ImposedStep, nowMs: number): boolean {
  const isOpen = step.money === 'pending' || step.money === 'none';
  return isOpen && step.finalDueAtMs <= nowMs && !isDisputed(state, step);
}

/** No rung is imposed before this instant, because a dispute is to be decided by then; 0 when nothing waits (rule E5). */
export function awaitedUntilMs(state: CaseState): number {
  return Math.max(0, ...openDisputes(state).map((dispute) => dispute.awaitedUntilMs));
}

/** When undecided money of the disputed decision goes back (rule D7). */
export function hardStopMs(state: CaseState, dispute: Dispute): number {
  return disputedStep(state, dispute).imposedAtMs + (state.law?.pendingHardStopMs ?? 0);
}

/** The ruling in which enough reviewers of the present panel concur; null until they do. */
export function concurredRuling(dispute: Dispute): Ruling | null {
  for (const ruling of dispute.rulings) {
    const same = dispute.rulings.filter((other) => meaningOf(other) === meaningOf(ruling));
    if (same.length >= dispute.reviewersNeeded) return same.at(-1) ?? null;
  }
  return null;
}

/** Reviewers who said the same as a ruling. */
export function concurring(dispute: Dispute, ruling: Ruling): string[] {
  return dispute.rulings
    .filter((other) => meaningOf(other) === meaningOf(ruling))
    .map((other) => other.person);
}

/** What two rulings must have in common to be one decision. */
function meaningOf(ruling: Ruling): string {
  return JSON.stringify([ruling.result, ruling.toRung, fallsWhole(ruling)]);
}

/**
 * Overturned because the evidence does not hold or the fault was the platform's: then the violation is not proven, and not only the
 * disputed decision falls but all of the case (rules B6, C11).
 */
export function fallsWhole(ruling: Pick<Ruling, 'result' | 'reasonCode'>): boolean {
  return (
    ruling.result === 'overturned' &&
    (ruling.reasonCode === 'evidence' || ruling.reasonCode === 'platform-fault')
  );
}

/** The rung that stands after a ruling that is not `upheld`: null when the whole case falls (rule D10). */
export function standingAfter(state: CaseState, dispute: Dispute, ruling: Ruling): RungId | null {
  if (ruling.result === 'reduced') return ruling.toRung;
  return fallsWhole(ruling) ? null : rungBelow(state, disputedStep(state, dispute).rung);
}

/** The highest rung in force below another; null when there is none, so that nothing of the case stands. */
export function rungBelow(state: CaseState, rung: RungId): RungId | null {
  let below: RungId | null = null;
  for (const step of standingSteps(state)) {
    if (rungOrder(step.rung) >= rungOrder(rung)) continue;
    if (below === null || rungOrder(step.rung) > rungOrder(below)) below = step.rung;
  }
  return below;
}

/** The state with a new dispute of one of its decisions (rule E5). */
export function withDispute(
  state: CaseState,
  principal: Principal,
  action: Extract<CaseAction, { kind: 'openDispute' }>,
  atMs: number,
): CaseState {
  const step = state.imposed.find((one) => one.decisionId === action.decisionId);
  invariant(step !== undefined, 'A dispute is about a decision of its case.');
  const tier = tierOfRung(state, step.rung);
  const dueAtMs = atMs + (state.law?.disputeDueMs?.[tier] ?? 0);
  const dispute: Dispute = {
    disputeId: disputeIdOf(state.caseId, (state.disputes ?? []).length + 1),
    decisionId: step.decisionId,
    rung: step.rung,
    by: principal.person,
    grounds: action.grounds,
    openedAtMs: atMs,
    awaitedUntilMs: dueAtMs,
    dueAtMs,
    panel: 1,
    escalatedAtMs: null,
    reviewersNeeded: REVIEWERS[tier],
    rulings: [],
    replaced: [],
    end: null,
  };
  return { ...state, disputes: [...(state.disputes ?? []), dispute] };
}

/** Id of the n-th dispute of a case. */
export function disputeIdOf(caseId: string, no: number): string {
  return `${caseId}-x${no}`;
}

/** The state with one more ruling. What enough rulings lead to is the next step (`closeDispute`). */
export function withRuling(
  state: CaseState,
  principal: Principal,
  action: Extract<CaseAction, { kind: 'decideDispute' }>,
  atMs: number,
): CaseState {
  const ruling: Ruling = {
    person: principal.person,
    organisation: principal.organisation,
    result: action.result,
    toRung: action.toRung,
    reasonCode: action.reasonCode,
    reason: action.reason,
    atMs,
  };
  return changed(state, action.disputeId, (dispute) => ({
    ...dispute,
    rulings: [...dispute.rulings, ruling],
  }));
}

/** The state with one dispute ended. */
export function withEnd(state: CaseState, disputeId: string, end: DisputeEnd): CaseState {
  return changed(state, disputeId, (dispute) => ({ ...dispute, end }));
}

/** Ends as moot the disputes of decisions that fell with another one. */
export function withMoot(state: CaseState, atMs: number): CaseState {
  if (openDisputes(state).length === 0) return state;
  const disputes = (state.disputes ?? []).map((dispute) => {
    const isMoot = dispute.end === null && !stands(disputedStep(state, dispute));
    return isMoot ? { ...dispute, end: mootEnd(atMs) } : dispute;
  });
  return { ...state, disputes };
}

/** Ends as moot what is disputed in a case that ends without any decision. */
export function allMoot(state: CaseState, atMs: number): CaseState {
  if (openDisputes(state).length === 0) return state;
  const disputes = (state.disputes ?? []).map((dispute) =>
    dispute.end === null ? { ...dispute, end: mootEnd(atMs) } : dispute,
  );
  return { ...state, disputes };
}

function mootEnd(atMs: number): DisputeEnd {
  return {
    result: 'moot',
    standingRung: null,
    reasonCode: null,
    reason: 'The disputed decision no longer stands.',
    by: [],
    atMs,
    returnedUnits: '0',
  };
}

/**
 * Nobody decided in time: the first panel is replaced, its rulings count no more and its people decide no more. If the second is overdue
 * too, others are asked, again and again until the hard stop (rule E5).
 */
export function overdue(state: CaseState, disputeId: string, nowMs: number): CaseState {
  return changed(state, disputeId, (dispute) => {
    const dueMs = state.law?.disputeDueMs?.[tierOfRung(state, dispute.rung)] ?? 0;
    const dueAtMs = nowMs + Math.max(1, dueMs);
    if (dispute.panel > 1) return { ...dispute, dueAtMs, escalatedAtMs: nowMs };
    const replaced = dispute.rulings.map((ruling) => ruling.person);
    return { ...dispute, dueAtMs, panel: 2, rulings: [], replaced };
  });
}

function changed(
  state: CaseState,
  disputeId: string,
  change: (dispute: Dispute) => Dispute,
): CaseState {
  const disputes = (state.disputes ?? []).map((dispute) =>
    dispute.disputeId === disputeId ? change(dispute) : dispute,
  );
  return { ...state, disputes };
}
