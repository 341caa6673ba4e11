import type { CaseState } from '../domain/case/state.ts';
import { still, toLedgerChange } from '../domain/ledger/move.ts';
import { withoutCutFrom } from '../domain/sanction.ts';
import type { ActivityPorts } from './ports.ts';
import {
  asFailure,
  auditOf,
  outcomeOf,
  plainCommit,
  runStep,
  type StepInput,
  type StepOutcome,
  stamp,
} from './step.ts';

/**
 * Auditors are late (rule E6): at the end of their term the reward cut of the case ends, because nobody pays for our delay; at twice the term
 * others than they must audit, which is told to the governors by the history. Access stays as it is.
 */
export function auditOverdue(ports: ActivityPorts) {
  return async (input: StepInput): Promise<StepOutcome> =>
    asFailure(async () => {
      const { state, nowMs } = input;
      const overdue = (state.auditsOverdue ?? 0) + 1;
      const stepKey = `${state.caseId}/audit-overdue/${stamp(state, nowMs)}`;
      return runStep(ports, stepKey, input, async () => {
        const next: CaseState = { ...state, auditsOverdue: overdue };
        const audit = auditOf(
          next,
          nowMs,
          stamp(state, nowMs),
          'audit-overdue',
          overdue === 1
            ? 'The audit is overdue: the reward cut of this case ends now.'
            : 'The audit took twice its term: other auditors must take it over.',
          { overdue, appeal: state.appeal, findings: state.findings },
        );
        const commit = plainCommit(next, [audit]);
        const ledger = overdue === 1 ? await withoutCut(ports, state, nowMs) : null;
        return { commit: { ...commit, ledger }, outcome: outcomeOf('audit-overdue', next) };
      });
    });
}

async function withoutCut(ports: ActivityPorts, state: CaseState, nowMs: number) {
  const snapshot = await ports.cases.snapshot(state.participantId);
  const sanctions = await ports.cases.sanctions(state.participantId, state.controlGroup);
  const own = sanctions.find((sanction) => sanction.caseId === state.caseId);
  if (!own) return null;
  const ended = withoutCutFrom(own, nowMs);
  return ended && toLedgerChange(snapshot, still(snapshot, null), ended);
}
