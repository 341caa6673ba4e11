import { allHandlersFinished, condition, continueAsNew, workflowInfo } from '@temporalio/workflow';
import type { ReadmissionInput } from '../contracts/temporal.ts';
import { type Due, nextDue } from '../domain/case/outlook.ts';
import { stepsFor } from './case/activities.ts';
import { answerActions } from './case/answer-actions.ts';
import { CaseRun } from './case/case-run.ts';

/**
 * The way back after an exclusion (rule C5): started by the request itself, long after the case's other workflows have completed. Two
 * governors and the whole gate turn the exclusion into probation, which it then sees to its end; otherwise the exclusion stands.
 */
export async function readmission(input: ReadmissionInput): Promise<void> {
  const run = new CaseRun();
  if (input.resumed) run.unpack(input.resumed);
  else run.take(await stepsFor(null).openReadmission({ caseId: input.caseId }));
  await answerActions(run);
  for (let due = nextDue(run.case); due; due = nextDue(run.case)) {
    if (workflowInfo().continueAsNewSuggested && allHandlersFinished())
      await continueAsNew<typeof readmission>({ ...input, resumed: run.pack() });
    await run.untilNewsOrDue();
    run.takeServings();
    await answerActions(run);
    const now = nextDue(run.case);
    if (now && now.atMs <= Date.now()) await act(run, now);
  }
  const isDone = () => run.beingServed.size === 0 && allHandlersFinished();
  while (!isDone()) {
    await answerActions(run);
    await condition(() => run.actions.length > 0 || isDone());
  }
}

async function act(run: CaseRun, due: Due): Promise<void> {
  const steps = stepsFor(run.case);
  const step = { state: run.case, nowMs: Date.now() };
  switch (due.act) {
    case 'reinstate':
      return void run.take(await steps.tryRestoration(step));
    case 'audit-overdue':
      return void run.take(await steps.auditOverdue(step));
    case 'lapse-proposal':
      return void run.take(await steps.lapseProposal({ ...step, reason: 'lapsed' }));
    case 'settle':
      return void run.take(await steps.settleDue(step));
    default:
      return void run.take(await steps.askGovernors(step));
  }
}
