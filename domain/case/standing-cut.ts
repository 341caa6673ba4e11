import { rewardCutBpsFor } from '../law/calculation.ts';
import { effectiveSeverity } from '../law/ladder.ts';
import { NO_CUT, type StandingCut } from '../ledger/cuts.ts';
import { isBarring, type Sanction } from '../sanction.ts';
import type { Family } from '../violation.ts';
import { ladderRung } from './announcing.ts';
import { standingSteps } from './disputes.ts';
import type { CaseState, ImposedStep } from './state.ts';

/**
 * What stands of a case, in cuts from the rewards that were credited by now (rules C3, D10, ADR 0026): what its rungs cut, each from its
 * imposition on, and until when they bar. `sanction` is the case's own after the fall.
 */
export function standingCutOf(state: CaseState, sanction: Sanction, nowMs: number): StandingCut {
  if (state.outcome === 'dismissed') return NO_CUT;
  const standing = standingSteps(state).filter(({ rung }) => rung !== 'W');
  const { bps, untilMs } = runningCut(state, standing, sanction.family);
  const barsUntilMs = barsUntil(state, standing, nowMs);
  const ofSuspended = standing.map((step) => ladderRung(state, step.rung).rewardCutSuspendedBps);
  // "All, then 50 %": the greater cut lasts as long as the suspension (§G).
  if (!isBarring(sanction) || ofSuspended.every((one) => one === undefined))
    return { bps, untilMs, barsUntilMs };
  const greatest = Math.max(bps, ...ofSuspended.map((one) => one ?? 0));
  return { bps: greatest, untilMs: Number.MAX_SAFE_INTEGER, barsUntilMs };
}

/** The largest cut of imposed rungs, each by the severity with which it was imposed, and when the last of their terms ends (rule C3). */
export function runningCut(
  state: CaseState,
  steps: readonly ImposedStep[],
  family: Family,
): { bps: number; untilMs: number } {
  let bps = 0;
  let untilMs = 0;
  for (const step of steps) {
    const rung = ladderRung(state, step.rung);
    const severity = effectiveSeverity(family, step.basis?.severity ?? state.severity);
    bps = Math.max(bps, rewardCutBpsFor(rung, severity));
    untilMs = Math.max(untilMs, step.imposedAtMs + rung.rewardCutForMs);
  }
  return { bps, untilMs };
}

/**
 * Until when what stands has barred, or bars, at the least: by its minimum, and until the fault was corrected; for ever where an exclusion
 * stands, 0 where nothing bars (rules C4, C5). What the gate would have taken beyond that, nobody knows.
 */
function barsUntil(state: CaseState, standing: readonly ImposedStep[], nowMs: number): number {
  const kinds = standing.map(({ rung }) => ladderRung(state, rung).suspension.kind);
  if (kinds.includes('exclusion')) return Number.MAX_SAFE_INTEGER;
  if (kinds.every((kind) => kind === 'none')) return 0;
  return Math.max(state.suspendedUntilMs ?? 0, state.correctedAtMs ?? nowMs);
}
