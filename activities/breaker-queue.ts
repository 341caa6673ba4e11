import { isQueued } from '../domain/case/holding.ts';
import type { CaseState } from '../domain/case/state.ts';
import type { ActivityPorts } from './ports.ts';
import type { PlannedStep, StepOutcome } from './step.ts';

/** The case and the instant of a step, as far as its input has them. */
function known(input: unknown): { state: CaseState | null; nowMs: number | null } {
  const { state, nowMs } = (input ?? {}) as { state?: CaseState; nowMs?: number };
  return { state: state ?? null, nowMs: nowMs ?? null };
}

/** A case that no longer waits at the breaker gives its place up, in whatever step that shows (rule D12). */
export function leavingQueue(input: unknown, planned: PlannedStep): PlannedStep {
  const { state } = known(input);
  if (!state?.queued || isQueued(planned.outcome.change)) return planned;
  const { queued: _place, ...change } = planned.outcome.change;
  const rest = planned.commit.breaker ?? { writes: [], suspends: null, join: null, leave: null };
  const leave = { ...state.queued, caseId: state.caseId };
  return {
    commit: { ...planned.commit, breaker: { ...rest, leave } },
    outcome: { ...planned.outcome, change },
  };
}

/**
 * After a step, again when it is repeated: who begins to wait is told of by the one open incident, and when the last has left, that is
 * closed (rule D12).
 */
export async function tellOfQueue(
  ports: ActivityPorts,
  input: unknown,
  outcome: StepOutcome,
): Promise<void> {
  const { state, nowMs } = known(input);
  if (nowMs === null) return;
  if (isQueued(outcome.change)) {
    await ports.breaker.tripped(await ports.directory.policyAt(nowMs), nowMs);
  } else if (state?.queued) {
    await ports.breaker.closeIfQuiet(await ports.directory.policyAt(nowMs), nowMs);
  }
}
