import { nextRung } from '../law/ladder.ts';
import type { Restated } from '../law/restating.ts';
import { type RungId, rungOrder } from '../violation.ts';
import { announce } from './announcing.ts';
import { settledOn, withoutNext } from './falling.ts';
import type { CaseState, ImposedStep } from './state.ts';

/**
 * The case after an earlier one fell that had lifted it (rule D10): decisions and start follow the recurrence of now, and a rung that it
 * would not have come to is announced no more; the milder one is, with its full windows (rule A8).
 */
export function recomputed(
  state: CaseState,
  imposed: ImposedStep[],
  { recurrence, start }: Restated,
  nowMs: number,
): CaseState {
  const lowered: CaseState = {
    ...settledOn(state, imposed, nowMs),
    recurrence,
    startRung: start.rung,
    multiplierBps: start.multiplierBps,
  };
  const next = nextByTime(lowered);
  if (lowered.stage === 'ended' || !isTooHigh(lowered, next)) return lowered;
  const named = (lowered.announced?.notices ?? []).flatMap((notice) => notice.resourceIds);
  const free = withoutNext(lowered, nowMs);
  if (next === null) return { ...free, governorsAskedAtMs: nowMs };
  return announce(free, {
    rung: next,
    resourceIds: [...new Set(named)],
    byPerson: null,
    nowMs,
  });
}

/** The rung that time alone brings next on the case's ladder. */
function nextByTime({ law, rung, severity, startRung }: CaseState): RungId | null {
  return law && rung && startRung ? nextRung(law, rung, severity, startRung) : null;
}

/** Whether the ladder has announced or proposed more than comes next; what a person raised stays. */
function isTooHigh(state: CaseState, next: RungId | null): boolean {
  const { announced, proposal } = state;
  if (!announced || announced.byPerson !== null) return false;
  const rung = proposal?.kind === 'rung' ? (proposal.rung ?? announced.rung) : announced.rung;
  return next === null || rungOrder(rung) > rungOrder(next);
}
