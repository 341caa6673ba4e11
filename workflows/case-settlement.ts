import { allHandlersFinished, condition } from '@temporalio/workflow';
import type { CaseLuggage } from '../contracts/temporal.ts';
import { nextDue } from '../domain/case/outlook.ts';
import { stepsFor } from './case/activities.ts';
import { answerActions } from './case/answer-actions.ts';
import { CaseRun } from './case/case-run.ts';

/** Input of `caseSettlement`: the case as its episode left it. */
export interface SettlementInput {
  v: 1;
  luggage: CaseLuggage;
}

/**
 * What remains of a case after its episode (rule A4): each decision's money becomes final when its dispute window has passed, and
 * probation ends. It takes the messages of the case meanwhile and completes when nothing is left.
 */
export async function caseSettlement(input: SettlementInput): Promise<void> {
  const run = new CaseRun();
  run.unpack(input.luggage);
  for (let due = nextDue(run.case); due; due = nextDue(run.case)) {
    await run.untilNewsOrDue();
    run.takeServings();
    await answerActions(run);
    if (due.atMs <= Date.now())
      run.take(await stepsFor(run.case).settleDue({ state: run.case, nowMs: Date.now() }));
  }
  while (!allHandlersFinished()) {
    await answerActions(run);
    await condition(() => run.actions.length > 0 || allHandlersFinished());
  }
}
