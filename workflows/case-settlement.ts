import { allHandlersFinished, condition } from '@temporalio/workflow';
import type { CaseLuggage } from '../contracts/temporal.ts';
import { nextDue } from '../domain/case/outlook.ts';
import { answerActions } from './case/answer-actions.ts';
import { CaseRun } from './case/case-run.ts';
import { hearFallen } from './case/dependants.ts';
import { settle } from './case/settling.ts';

/** Input of `caseSettlement`: the case as its episode left it. */
export interface SettlementInput {
  v: 1;
  luggage: CaseLuggage;
}

/**
 * What remains of a case after its episode (rule A4): disputes are decided, each decision's money becomes final when its dispute window has
 * passed, probation ends, and the rebate comes back. It takes the messages of the case meanwhile and completes when nothing is left.
 */
export async function caseSettlement(input: SettlementInput): Promise<void> {
  const run = new CaseRun();
  run.unpack(input.luggage);
  while (nextDue(run.case)) {
    await run.untilNewsOrDue();
    run.takeServings();
    await answerActions(run);
    await hearFallen(run);
    await settleWhatIsDue(run);
  }
  await finish(run);
}

async function settleWhatIsDue(run: CaseRun): Promise<void> {
  const due = nextDue(run.case);
  if (due && due.atMs <= Date.now()) await settle(run, due);
}

/** Answers the last messages and has the last notices served. */
async function finish(run: CaseRun): Promise<void> {
  const isDone = () =>
    run.actions.length === 0 && run.beingServed.size === 0 && allHandlersFinished();
  while (!isDone()) {
    await answerActions(run);
    await condition(() => run.actions.length > 0 || isDone());
  }
}
