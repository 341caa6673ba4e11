import {
  ApplicationFailure,
  allHandlersFinished,
  condition,
  continueAsNew,
  ParentClosePolicy,
  startChild,
  workflowInfo,
} from '@temporalio/workflow';
import {
  CASE_SETTLEMENT,
  type CaseInput,
  settlementWorkflowId,
  TASK_QUEUE,
} from '../contracts/temporal.ts';
import { needsSettlement } from '../domain/case/ending.ts';
import { type Due, isSettlement, nextDue } from '../domain/case/outlook.ts';
import { stepsFor } from './case/activities.ts';
import { answerActions } from './case/answer-actions.ts';
import { CaseRun } from './case/case-run.ts';
import { hearFallen } from './case/dependants.ts';
import { settle } from './case/settling.ts';
import { because } from './trace/causes.ts';

/**
 * One episode of one violation of one participant, from its first observation to its end (rule A4). It waits for news or for the
 * next deadline, lets a step decide on evidence read at that instant, and hands what remains to `caseSettlement`.
 */
export async function violationCase(input: CaseInput): Promise<void> {
  const run = new CaseRun();
  if (!(await open(run, input))) return await giveBack(run);
  while (run.case.stage !== 'ended') {
    if (isTooLong()) await continueAsNew<typeof violationCase>({ ...input, resumed: run.pack() });
    await run.untilNewsOrDue();
    run.takeServings();
    await answerActions(run);
    if (run.observations.length > 0) await hearObservations(run);
    await hearFallen(run);
    await doWhatIsDue(run);
  }
  await handOver(run);
}

/**
 * A flapping source can fill a history; the case then goes on in a new run (design §4). It is asked where all that came has been handled,
 * and what comes meanwhile travels along, so that no flood of news can keep the case in a run that is full.
 */
function isTooLong(): boolean {
  return workflowInfo().continueAsNewSuggested && allHandlersFinished();
}

/** Opens the record. An id that has one is a late copy of an old opening: nothing is opened and what came goes back (design §4). */
async function open(run: CaseRun, input: CaseInput): Promise<boolean> {
  const { resumed, ...fresh } = input;
  if (resumed) {
    run.unpack(resumed);
    return true;
  }
  try {
    const early = [...run.observations];
    run.take(await stepsFor(null).openCase({ ...fresh, nowMs: Date.now() }));
    // The relay attaches alerts before it tells of them, so the opening has looked at all that came before it.
    if (early.every((item) => item.kind !== 'cleared')) run.observations.splice(0, early.length);
    return true;
  } catch (error) {
    if (causedBy(error, 'case-exists')) return false;
    throw error;
  }
}

/** Something changed at the heads: look at all of them and let the law say what that means (rules A2, A10, A12). */
async function hearObservations(run: CaseRun): Promise<void> {
  run.observations.length = 0;
  because(run.heardFrom);
  await reassess(run);
  because(null);
}

async function reassess(run: CaseRun): Promise<void> {
  run.take(await stepsFor(run.case).reassess({ state: run.case, nowMs: Date.now() }));
}

/** Does the one thing that is due now, if any. */
async function doWhatIsDue(run: CaseRun): Promise<void> {
  if (run.case.stage === 'ended') return;
  const due = nextDue(run.case);
  if (!due || due.atMs > Date.now()) return;
  try {
    await act(run, due);
  } catch (error) {
    if (!causedBy(error, 'decision-expired')) throw error; // Rule B1: too long between gate and writing. Look and decide anew.
  }
}

async function act(run: CaseRun, due: Due): Promise<void> {
  if (isSettlement(due)) return void (await settle(run, due));
  const steps = stepsFor(run.case);
  const step = { state: run.case, nowMs: Date.now() };
  switch (due.act) {
    case 'confirm':
      return void run.take(await steps.confirmCase(step));
    case 'decide-rung':
    case 'impose-proposed':
      return void run.take(await steps.decideRung({ ...step, dueAtMs: due.atMs }));
    case 'finish-hold-down':
    case 'recheck-cure':
      return await reassess(run);
    case 'end-corrected':
      return void run.take(await steps.endCorrected(step));
    case 'lapse-proposal':
      return void run.take(await steps.lapseProposal({ ...step, reason: 'lapsed' }));
    case 'lapse-veto':
      return void run.take(await steps.lapseProposal({ ...step, reason: 'veto-not-lifted' }));
    case 'ask-governors':
      return void run.take(await steps.askGovernors(step));
    case 'reinstate':
      return void run.take(await steps.tryRestoration(step));
    case 'audit-overdue':
      return void run.take(await steps.auditOverdue(step));
  }
}

/** After the end: what is left of money and probation goes to settlement, and what arrived too late goes back to the inbox. */
async function handOver(run: CaseRun): Promise<void> {
  const state = run.case;
  if (needsSettlement(state)) {
    run.isHandedOver = true;
    await startChild(CASE_SETTLEMENT, {
      workflowId: settlementWorkflowId(state.networkId, state.caseId),
      args: [{ v: 1, luggage: { ...run.pack(), unserved: [], observations: [] } }],
      taskQueue: TASK_QUEUE,
      // Whoever looks for a participant's workflows finds its settlements too.
      typedSearchAttributes: workflowInfo().typedSearchAttributes,
      parentClosePolicy: ParentClosePolicy.ABANDON,
    });
  }
  await giveBack(run);
}

/**
 * Gives back what arrives after the end and waits for the last notices to be served. The check that the buffers are empty and
 * the return share one activation, so nothing can slip in between (design §4).
 */
async function giveBack(run: CaseRun): Promise<void> {
  const isBusy = () => run.observations.length > 0 || run.actions.length > 0;
  const isDone = () => !isBusy() && run.beingServed.size === 0 && allHandlersFinished();
  while (!isDone()) {
    await answerActions(run);
    const refs = run.observations.splice(0).map((item) => item.ref);
    if (refs.length > 0) await stepsFor(run.state).returnToInbox({ refs });
    await condition(() => isBusy() || isDone());
  }
}

function causedBy(error: unknown, type: string): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof ApplicationFailure && cause.type === type;
}
