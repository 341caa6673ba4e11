import type { FamilyLaw, Policy, Rung, ViolationTypeLaw } from '../../policy.ts';
import { type Family, rungOrder } from '../../violation.ts';
import { windowMs } from '../pin.ts';
import { type Climb, climbsOf } from './start.ts';
import { lasting } from './words.ts';

/** One stretch of the longest way, in words and ms. */
export interface BoundStep {
  readonly what: string;
  readonly ms: number;
}

/** How a case that nobody touches comes to rest: it is over, or somebody was asked. */
export type Rest = 'ended' | 'people-asked';

/**
 * What invariant H10 promises for one violation type: without further input a case ends, or people are asked to decide, within
 * `boundMs`; `steps` add up to it. And money that was set aside or is pending ends by itself within `moneyMs` of that step.
 */
export interface CaseBound {
  readonly family: Family;
  readonly violationType: string;
  readonly boundMs: number;
  readonly steps: readonly BoundStep[];
  readonly rest: Rest;
  /** From the proposal or imposition, whichever it is. */
  readonly moneyMs: number;
  readonly moneySteps: readonly BoundStep[];
}

/** A way that a case may take when nothing comes in any more. */
interface Way {
  readonly steps: readonly BoundStep[];
  readonly rest: Rest;
}

/**
 * The bound of invariant H10, per violation type in the order of the policy: the longest of all ways that a case can take while nobody
 * acts. It counts what the policy says; our own outages move clocks by their length (rule A5), and evidence that comes is input. Needs
 * whole ladders.
 */
export function boundsOf(policy: Policy): CaseBound[] {
  return Object.values(policy.violationTypes).map((type) => boundOf(policy, type));
}

/** The same for a law as it is stored: none for one that is older than some of the law's numbers. */
export function boundsOfStored(policy: Policy): CaseBound[] {
  const stored: Partial<Policy> = policy;
  const isWhole = stored.breaker !== undefined && stored.incidentHoldMs !== undefined;
  return isWhole ? boundsOf(policy) : [];
}

/** The longest of a policy's bounds in ms; null for a law that has none. */
export function longestBoundMs(policy: Policy): number | null {
  const bounds = boundsOfStored(policy).map(({ boundMs }) => boundMs);
  return bounds.length === 0 ? null : Math.max(...bounds);
}

function boundOf(policy: Policy, type: ViolationTypeLaw): CaseBound {
  const law = policy.families[type.family];
  const ways = climbsOf(type.family, law).flatMap((climb) => waysOf(policy, type, law, climb));
  const longest = ways.reduce((a, b) => (sumMs(b.steps) > sumMs(a.steps) ? b : a));
  const moneySteps = moneyStepsOf(policy, law);
  return {
    family: type.family,
    violationType: type.type,
    boundMs: sumMs(longest.steps),
    steps: longest.steps,
    rest: longest.rest,
    moneyMs: sumMs(moneySteps),
    moneySteps,
  };
}

function sumMs(steps: readonly BoundStep[]): number {
  return steps.reduce((sum, { ms }) => sum + ms, 0);
}

/** Every way along one climb: to its end, and from each of its stations the ways that leave it. */
function waysOf(policy: Policy, type: ViolationTypeLaw, law: FamilyLaw, climb: Climb): Way[] {
  const ways: Way[] = [];
  let soFar: BoundStep[] = [
    { what: `allowance of ${type.type}, until the case is confirmed`, ms: type.allowanceMs },
  ];
  ways.push(heldFrom(policy, soFar));
  for (const [index, id] of climb.rungs.entries()) {
    const rung = law.rungs[rungOrder(id)];
    if (rung === undefined) break;
    const announced = [...soFar, served(policy, id)];
    const decided = [...announced, waited(rung)];
    ways.push(correctedFrom(policy, decided, rung, index > 0), heldFrom(policy, decided));
    if (rung.execution === 'on-approval') {
      const draft = { what: `its draft lies before people (rule E2)`, ms: 0 };
      return [...ways, { steps: [...decided, draft], rest: 'people-asked' }];
    }
    soFar = [...decided, breaker(policy, id)];
  }
  ways.push(
    climb.end === 'excluded'
      ? { steps: soFar, rest: 'ended' }
      : { steps: [...soFar, asked(policy, 'at the ceiling of time')], rest: 'people-asked' },
  );
  return ways;
}

function served(policy: Policy, id: string): BoundStep {
  return {
    what: `the notice of ${id} is served at the latest by its inbox (rule A7)`,
    ms: policy.noticeFallbackMs,
  };
}

/** Time from the served notice until the rung is imposed, or until its draft lies before people (rules A8, D7). */
function waited(rung: Rung): BoundStep {
  return rung.execution === 'on-approval'
    ? { what: `the grace of ${rung.id} runs (rule A8)`, ms: rung.graceBeforeMs }
    : { what: `the grace and the answer window of ${rung.id} run (rule A8)`, ms: windowMs(rung) };
}

function breaker(policy: Policy, id: string): BoundStep {
  return {
    what: `${id} may wait at the breaker, which governors have been asked to release (rule D12)`,
    ms: policy.incidentHoldMs,
  };
}

function asked(policy: Policy, where: string): BoundStep {
  return { what: `governors are asked ${where} (rule A12)`, ms: policy.governorAskMs };
}

/** Evidence goes stale at the last moment: the clock is held, and at the limit of the hold people are asked (rule A6). */
function heldFrom(policy: Policy, steps: readonly BoundStep[]): Way {
  const { staleSourceLimitMs, incidentHoldMs } = policy;
  const hold =
    staleSourceLimitMs >= incidentHoldMs
      ? {
          what: 'a stale source holds the clock, then people own the hold (rule A6)',
          ms: staleSourceLimitMs,
        }
      : {
          what: 'an incident holds the clock, then people own the hold (rule A6)',
          ms: incidentHoldMs,
        };
  return { steps: [...steps, hold], rest: 'people-asked' };
}

/** Everything clears at the last moment and stays clear: after a warning the case ends, later it waits for its way back (rules A4, C4). */
function correctedFrom(
  policy: Policy,
  steps: readonly BoundStep[],
  announced: Rung,
  wasPunished: boolean,
): Way {
  const holdDown = {
    what: 'everything clears, and the hold-down proves it (rule A10)',
    ms: policy.holdDownMs,
  };
  if (wasPunished) {
    const restoring = asked(policy, 'while the way back waits');
    return { steps: [...steps, holdDown, restoring], rest: 'people-asked' };
  }
  const reopen = {
    what: `quiet for the reopen window of ${announced.id} (rule A4)`,
    ms: Math.max(policy.reopenMs, windowMs(announced)),
  };
  return { steps: [...steps, holdDown, reopen], rest: 'ended' };
}

/** How long money can be set aside or pending at the most, whoever does nothing (rule D7). */
function moneyStepsOf(policy: Policy, law: FamilyLaw): BoundStep[] {
  const answerMs = Math.max(...law.rungs.map(({ answerWindowMs }) => answerWindowMs));
  const held: BoundStep[] = [
    { what: 'the longest answer window of a draft (rule D7)', ms: answerMs },
    { what: 'then its held stake goes back (rule D7)', ms: policy.stakeHoldLapseMs },
  ];
  const pending: BoundStep[] = [
    { what: 'pending money is final or goes back (rule D7)', ms: policy.pendingHardStopMs },
  ];
  return sumMs(held) > sumMs(pending) ? held : pending;
}

/** The bound of each type must lie within its family's recurrence window, or cases would be forgotten while they run. */
export function lintBounds(policy: Policy): string[] {
  return boundsOf(policy).flatMap(({ family, violationType, boundMs }) => {
    const { recurrenceWindowMs } = policy.families[family];
    return boundMs <= recurrenceWindowMs
      ? []
      : [
          `violationTypes.${violationType}: without further input a case may take ${lasting(boundMs)}, longer than the recurrence window of ${family}, ${lasting(recurrenceWindowMs)} (invariant H10, rule C11)`,
        ];
  });
}
