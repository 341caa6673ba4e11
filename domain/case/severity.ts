import { nextRung, rungForSeverityRise, startOf } from '../law/ladder.ts';
import { graverSeverity, type RungId, rungOrder, type Severity } from '../violation.ts';
import { announce } from './announcing.ts';
import type { CaseState } from './state.ts';

/** What fires now: the gravest severity of it, and the resources it is about. */
export interface Firing {
  severity: Severity;
  resourceIds: (string | null)[];
}

/**
 * Severity rises: the rung becomes the higher of the present announcement and the one that the new severity starts at, announced
 * with its full windows. A case that time could take no further goes on if the new severity lets it (rule A12).
 */
export function withRisenSeverity(state: CaseState, firing: Firing, nowMs: number): CaseState {
  const { law, recurrence, rung } = state;
  const severity = graverSeverity(state.severity, firing.severity);
  if (severity === state.severity || !law || !recurrence || !rung) return state;
  const graver = { ...state, severity };
  if (state.stage === 'proposed') return graver;
  const start = startOf(law, severity, recurrence);
  const risen = state.announced
    ? rungForSeverityRise(law, state.announced.rung, severity, recurrence)
    : nextRung(law, rung, severity, start.rung);
  if (!risen || rungOrder(risen) <= rungOrder(rung) || state.refusedRungs.includes(risen))
    return graver;
  const restarted = { ...graver, startRung: start.rung, multiplierBps: start.multiplierBps };
  return announce(restarted, {
    rung: risen,
    resourceIds: firing.resourceIds,
    byPerson: null,
    nowMs,
  });
}

/**
 * Severity has fallen by the time a rung is due: what is imposed stays, later rungs follow the lower severity (rule A12). Null when it has not
 * fallen; the same announcement when the rung stands all the same; otherwise the case with the milder rung announced in its place, or none where time alone ends.
 */
export function withFallenSeverity(
  state: CaseState,
  firing: Firing,
  nowMs: number,
): CaseState | null {
  const { law, recurrence, rung, announced } = state;
  if (!law || !recurrence || !rung || !announced || announced.byPerson !== null) return null;
  const fell = graverSeverity(firing.severity, state.severity) !== firing.severity;
  if (!fell) return null;
  const start = startOf(law, firing.severity, recurrence);
  const milder: RungId | null = nextRung(law, rung, firing.severity, start.rung);
  if (milder !== null && rungOrder(milder) >= rungOrder(announced.rung))
    return { ...state, severity: firing.severity };
  const lowered: CaseState = {
    ...state,
    severity: firing.severity,
    startRung: start.rung,
    multiplierBps: start.multiplierBps,
    announced: null,
    governorsAskedAtMs: nowMs,
  };
  if (milder === null) return lowered;
  return announce(lowered, {
    rung: milder,
    resourceIds: firing.resourceIds,
    byPerson: null,
    nowMs,
  });
}
