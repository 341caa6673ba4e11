import { ActivityFailure, ApplicationFailure } from '@temporalio/workflow';
import type { CaseAction } from '../../domain/case/actions.ts';
import { concurredRuling, disputeOf } from '../../domain/case/disputes.ts';
import { refuseAction } from '../../domain/case/validate-action.ts';
import { because } from '../trace/causes.ts';
import { actionsFor, stepsFor } from './activities.ts';
import type { CaseRun, PendingAction } from './case-run.ts';
import { tellDependants } from './dependants.ts';

/** Answers every waiting action of a person in order: judged again against the case as it is now, recorded, then followed up. */
export async function answerActions(run: CaseRun): Promise<void> {
  for (let pending = run.actions.shift(); pending; pending = run.actions.shift()) {
    because(pending.cause);
    await answer(run, pending);
  }
  because(null);
}

async function answer(run: CaseRun, pending: PendingAction): Promise<void> {
  if (!run.state) {
    pending.failure = ApplicationFailure.nonRetryable(
      'There is no open case behind this id.',
      'case-ended',
    );
    return;
  }
  if (run.isHandedOver && isDispute(pending.request.action)) {
    pending.failure = ApplicationFailure.nonRetryable(
      'The case has gone on to its settlement.',
      'case-workflow-gone',
    );
    return;
  }
  const refusal = refuseAction(run.state, pending.request, Date.now());
  if (refusal) {
    pending.failure = ApplicationFailure.nonRetryable(refusal.message, refusal.code);
    return;
  }
  try {
    const recorded = await actionsFor(run.state).recordAction({
      state: run.state,
      request: pending.request,
      nowMs: Date.now(),
    });
    run.take(recorded.outcome);
    await followUp(run, pending.request.action);
    pending.result = recorded.result;
  } catch (error) {
    pending.failure = failureOf(error);
  }
}

/** What an action sets in motion beyond its record. Rungs with all approvals are imposed by their deadline, not here. */
async function followUp(run: CaseRun, action: CaseAction): Promise<void> {
  const step = { state: run.case, nowMs: Date.now() };
  const steps = stepsFor(run.case);
  if (action.kind === 'requestChecks') run.take(await steps.tryRestoration(step));
  if (action.kind === 'propose' && action.what === 'rung')
    run.take(await steps.announceRung({ ...step, rung: action.rung }));
  const proposal = run.case.proposal;
  if (action.kind === 'approve' && proposal?.kind === 'dismiss') {
    run.take(await steps.dismissCase(step));
    await tellDependants(run);
  }
  const confirmed = proposal?.veto?.confirmedBy.length ?? 0;
  if (action.kind === 'veto' && confirmed >= 2)
    run.take(await steps.lapseProposal({ ...step, reason: 'vetoed' }));
  if (action.kind === 'decideDispute') await closeDecided(run, action.disputeId);
}

/** The ruling that completes a panel closes the dispute at once, so that the reviewer is answered when it is done. */
async function closeDecided(run: CaseRun, disputeId: string): Promise<void> {
  const dispute = disputeOf(run.case, disputeId);
  if (!dispute || dispute.end || !concurredRuling(dispute)) return;
  const step = { state: run.case, nowMs: Date.now(), disputeId };
  run.take(await stepsFor(run.case).closeDispute(step));
  await tellDependants(run);
}

function isDispute(action: CaseAction): boolean {
  return action.kind === 'openDispute' || action.kind === 'decideDispute';
}

function failureOf(error: unknown): ApplicationFailure {
  if (error instanceof ActivityFailure && error.cause instanceof ApplicationFailure)
    return error.cause;
  return ApplicationFailure.nonRetryable(
    'The action could not be recorded; try again.',
    'action-failed',
  );
}
