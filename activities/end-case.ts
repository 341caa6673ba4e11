import { ended } from '../domain/case/ending.ts';
import type { AuditEntry } from '../domain/case/record.ts';
import type { CaseState } from '../domain/case/state.ts';
import type { LedgerChange } from '../domain/ports/case-store.ts';
import type { ObservationRef } from '../domain/ports/evidence.ts';
import { withBlock } from './exposure.ts';
import type { ActivityPorts } from './ports.ts';
import {
  asFailure,
  auditOf,
  outcomeOf,
  type PlannedStep,
  recordOf,
  runStep,
  type StepInput,
  type StepOutcome,
  stamp,
} from './step.ts';

/**
 * The commit that ends an episode: it frees the slot if it is the case's own. Before it the firing heads are re-armed, so that what
 * still fires opens a new case at its next repeat instead of being lost (rule B6).
 */
export async function endingCommit(
  ports: ActivityPorts,
  state: CaseState,
  ledger: LedgerChange | null,
  audit: AuditEntry[],
): Promise<PlannedStep['commit']> {
  // Unconfirmed means that nothing fires that counts. What fires on cannot accuse (rule B2) and would open case after case.
  if (state.outcome !== 'unconfirmed')
    await ports.evidence.rearmHeads(state.caseId, rearmedFromMs(state));
  return {
    record: recordOf(state),
    recordIsNew: false,
    ledger,
    notices: [],
    audit,
    freeSlot: {
      participantId: state.participantId,
      violationType: state.violationType,
      caseId: state.caseId,
    },
  };
}

/** A dismissed case is silent for a while even if its alerts go on; after any other end the next repeat speaks (rule B6). */
export function rearmedFromMs(state: CaseState, endedAtMs = state.endedAtMs ?? 0): number {
  const silenceMs = state.outcome === 'dismissed' ? (state.law?.dismissedSilenceMs ?? 0) : 0;
  return endedAtMs + silenceMs;
}

/** Cleared in confirming: `unconfirmed`, ends at once, no notice, no recurrence (rule A4). */
export async function endUnconfirmed(
  ports: ActivityPorts,
  state: CaseState,
  nowMs: number,
): Promise<PlannedStep> {
  const next = ended(state, 'unconfirmed', nowMs);
  const audit = auditOf(
    next,
    nowMs,
    'unconfirmed',
    'case-unconfirmed',
    'The alerts cleared within the allowance: no notice, no recurrence.',
    {},
  );
  return {
    commit: await endingCommit(ports, next, null, [audit]),
    outcome: outcomeOf('ended', next),
  };
}

/** Corrected in warning and quiet for the reopen window: the episode ends (rule A4). */
export function endCorrected(ports: ActivityPorts) {
  return async (input: StepInput): Promise<StepOutcome> =>
    asFailure(async () => {
      const { state, nowMs } = input;
      return runStep(
        ports,
        `${state.caseId}/end-corrected/${stamp(state, nowMs)}`,
        input,
        async () => {
          const next = ended(state, 'corrected', nowMs);
          const audit = auditOf(
            next,
            nowMs,
            'corrected',
            'case-ended',
            'Corrected and quiet for the reopen window: the case ends.',
            { outcome: 'corrected' },
          );
          const commit = await endingCommit(ports, next, null, [audit]);
          const passed = state.law?.checks.length ?? 0;
          const step = {
            commit: { ...commit, ...withPassed(state, passed) },
            outcome: outcomeOf('ended', next),
          };
          return withBlock(ports, state, step, null, nowMs);
        },
      );
    });
}

/** Checks that a case ended on count towards the end of the newcomer's grace, once per case (rule C7). */
export function withPassed(
  { participantId, controlGroup }: CaseState,
  count: number,
): Pick<PlannedStep['commit'], 'checksPassed'> {
  if (count === 0 || controlGroup === '') return {};
  return { checksPassed: { participantId, controlGroup, count } };
}

/** Gives back observations that reached a case after its end: they become undelivered again and open or reach another case (design §4). */
export function returnToInbox(ports: ActivityPorts) {
  return async (input: { refs: ObservationRef[] }): Promise<void> =>
    asFailure(() => ports.evidence.returnToInbox(input.refs));
}
