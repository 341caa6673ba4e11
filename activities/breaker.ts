import { type Admission, admit } from '../domain/breaker/admission.ts';
import { LARGE_CASE_APPROVALS, needsTwoApprovers } from '../domain/breaker/limits.ts';
import { asksOf, holding, type WaitingImposition } from '../domain/breaker/queue.ts';
import type { Ask } from '../domain/breaker/window.ts';
import { hold } from '../domain/case/holding.ts';
import type { CaseState } from '../domain/case/state.ts';
import type { Calculation } from '../domain/law/calculation.ts';
import type { Policy, Rung } from '../domain/policy.ts';
import type { BreakerChange, BreakerView, QueueView } from '../domain/ports/breaker.ts';
import { STANDINGS, type Standing } from '../domain/sanction.ts';
import { isShadow } from '../domain/shadow/books.ts';
import type { ActivityPorts } from './ports.ts';
import type { Decision } from './propose-rung.ts';
import { auditOf, outcomeOf, type PlannedStep, plainCommit, stamp } from './step.ts';

/** A decision is written within five latenesses of its instant (rule B1); so long a case may be silent before its place is given up. */
const SILENCE_IN_LATENESS = 5;

/** What the breaker answered to one imposition. `null` means that it was not asked: nothing is charged and nobody loses access. */
export type BreakerAnswer =
  | { isFree: true; change: BreakerChange | null; told: Record<string, unknown> | null }
  | { isFree: false; step: PlannedStep };

/** The breaker's law now, its memory and the size of the network; all are of the present, for the breaker only delays. */
export interface NetworkNow {
  policy: Policy;
  view: BreakerView;
}

/**
 * A count of the network is good for so many windows as long as it lets impositions through: an old one is too small (ADR 0021). Before one
 * has to wait, it is counted anew.
 */
const WINDOWS_COUNTED = 24;

/** Reads them; null under a policy that was stored before there was a breaker, and for a case in shadow, which takes no room. */
export async function networkNow(
  ports: ActivityPorts,
  state: CaseState,
  nowMs: number,
): Promise<NetworkNow | null> {
  if (isShadow(state)) return null;
  const policy = await ports.directory.policyAt(nowMs);
  if (!policy.breaker) return null;
  const view = await ports.breaker.look(nowMs, policy.breaker.windowMs * WINDOWS_COUNTED);
  return { policy, view };
}

/**
 * Asks the breaker for the room of one imposition, after the gate and before anything is written (rules D2, D12). Free, the room is taken
 * in the step's own transaction. Otherwise the case waits: its clock is held, its windows and approvals stand, and the gate runs again.
 */
export async function askBreaker(
  ports: ActivityPorts,
  network: NetworkNow | null,
  decision: Decision,
  imposing: { chargedUnits: bigint; from: Standing; to: Standing },
): Promise<BreakerAnswer> {
  const { state, nowMs } = decision;
  const suspends = barsMore(imposing.from, imposing.to);
  if (network === null || (imposing.chargedUnits === 0n && !suspends))
    return { isFree: true, change: null, told: null };
  const { policy, view } = network;
  const ask: Ask = { units: imposing.chargedUnits, suspends };
  const place = placeOf(decision.before ?? state, nowMs);
  const queue = await ports.breaker.before(place);
  await ports.breaker.forget(abandoned(queue, policy, nowMs));
  const isReleased = mayPass(decision, view, place.sinceMs);
  const asking = {
    nowMs,
    law: policy.breaker,
    ask,
    spread: spreadOf(state.caseId),
    ahead: asksOf(holding(others(queue, state), nowMs)),
    aheadIsWhole: queue.isWhole,
    isReleased,
  };
  let word = admit({ ...asking, ...view });
  if (word.verdict === 'wait' && view.totals.atMs < nowMs - policy.breaker.windowMs)
    word = admit({ ...asking, ...(await ports.breaker.look(nowMs, policy.breaker.windowMs)) });
  if (word.verdict === 'wait')
    return { isFree: false, step: waits(decision, policy, { ...place, ...ask }, word) };
  // Whoever waited there may be gone; then nobody else closes the incident.
  if (view.openIncidentId !== null) await ports.breaker.closeIfQuiet(policy, nowMs);
  const change: BreakerChange = {
    writes: word.writes,
    suspends: suspends ? state.participantId : null,
    join: null,
    leave: null,
  };
  return { isFree: true, change, told: toldOf(word, isReleased ? view.released : null) };
}

/** Governors have let those pass that waited when they released the breaker; who came later waits. */
function mayPass({ before }: Decision, { released }: BreakerView, sinceMs: number): boolean {
  const isWaiting = before?.holds[0]?.cause === 'breaker';
  return isWaiting && released !== null && sinceMs <= released.atMs;
}

/** How many must approve a charge for its size alone, whatever its rung asks for (rule D12). */
export function approvalsForSize(
  network: NetworkNow | null,
  { alreadyChargedUnits, chargeUnits }: Pick<Calculation, 'alreadyChargedUnits' | 'chargeUnits'>,
): number {
  if (network === null) return 0;
  const { policy, view } = network;
  const caseUnits = alreadyChargedUnits + chargeUnits;
  return needsTwoApprovers(policy.breaker, view.totals, caseUnits) ? LARGE_CASE_APPROVALS : 0;
}

/** Whether the first standing leaves access that the second takes. */
function barsMore(from: Standing, to: Standing): boolean {
  const order = (standing: Standing) => STANDINGS.indexOf(standing);
  return order(to) >= order('suspended') && order(to) > order(from);
}

/** The oldest goes first: it keeps the instant at which it was refused first. */
function placeOf(state: CaseState, nowMs: number) {
  const current = state.holds[0];
  const sinceMs = current?.cause === 'breaker' ? current.sinceMs : nowMs;
  return { severity: state.severity, sinceMs, caseId: state.caseId };
}

/** A case whose severity fell has its old place still, before its new one. */
function others({ ahead }: QueueView, { caseId }: CaseState): WaitingImposition[] {
  return ahead.filter((one) => one.caseId !== caseId);
}

/** Any number of the case's own. */
function spreadOf(caseId: string): number {
  let hash = 0;
  for (const sign of caseId) hash = (hash * 31 + (sign.codePointAt(0) ?? 0)) % 1_000_003;
  return hash;
}

/** Places that nobody has held for a whole window: their cases are gone. */
function abandoned(queue: QueueView, { breaker }: Policy, nowMs: number): WaitingImposition[] {
  return queue.ahead.filter((one) => one.heldUntilMs + breaker.windowMs <= nowMs).slice(0, 10);
}

const WHY = {
  window: 'as much as the network stands in one window is imposed already',
  suspended: 'as many participants as the network stands are suspended already',
  turn: 'graver or older impositions wait before it',
} as const;

function waits(
  decision: Decision,
  policy: Policy,
  asked: Ask & Pick<WaitingImposition, 'severity' | 'sinceMs' | 'caseId'>,
  word: Extract<Admission, { verdict: 'wait' }>,
): PlannedStep {
  const { state, nowMs } = decision;
  // As it was held before: it goes on waiting, and what was frozen is booked when that ends.
  const before = decision.before ?? state;
  const limitAtMs = asked.sinceMs + policy.incidentHoldMs;
  const terms = { limitAtMs, owner: 'governors' as const, againAtMs: word.againAtMs };
  const next: CaseState = {
    ...hold(before, 'breaker', nowMs, terms),
    queued: { severity: asked.severity, sinceMs: asked.sinceMs },
  };
  const againAtMs = next.recheck?.atMs ?? word.againAtMs;
  const silenceMs = (state.law?.latenessMs ?? 0) * SILENCE_IN_LATENESS;
  const join: WaitingImposition = { ...asked, againAtMs, heldUntilMs: againAtMs + silenceMs };
  const why = `The breaker lets ${decision.rung.id} wait: ${WHY[word.reason]}.`;
  const audit = auditOf(next, nowMs, `breaker-${stamp(next, nowMs)}`, 'clock-held', why, {
    holds: next.holds,
    breaker: { ...toldOf(word, null), reason: word.reason, againAtMs },
  });
  const isNew = before.holds[0]?.cause !== 'breaker';
  return {
    commit: {
      ...plainCommit(next, isNew ? [audit] : []),
      breaker: { writes: [], suspends: null, join, leave: leftBehind(before, join) },
    },
    outcome: outcomeOf('held', next),
  };
}

/** A case that became graver or milder has another place now. */
function leftBehind(
  { queued, caseId }: CaseState,
  join: WaitingImposition,
): BreakerChange['leave'] {
  if (!queued) return null;
  const isSame = queued.severity === join.severity && queued.sinceMs === join.sinceMs;
  return isSame ? null : { ...queued, caseId };
}

/** The numbers of the decision, for its record. */
function toldOf({ limits, load }: Admission, released: BreakerView['released']) {
  return {
    limits: { ...limits, units: limits.units.toString() },
    load: { ...load, units: load.units.toString() },
    released,
  };
}

/** Access of the participant under a rung. */
export function accessUnder(rung: Rung, present: Standing): Standing {
  if (rung.suspension.kind === 'exclusion') return 'excluded';
  return rung.suspension.kind === 'none' ? present : 'suspended';
}
