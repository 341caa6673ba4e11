import { ended } from '../domain/case/ending.ts';
import { restorationComplete } from '../domain/case/outlook.ts';
import type { CaseState, PinnedLaw } from '../domain/case/state.ts';
import { restoredRecord } from '../domain/decision/kinds.ts';
import { rungOf } from '../domain/law/pin.ts';
import { barredUntil, type Sanction } from '../domain/sanction.ts';
import { curePicture, stakeCheck } from './cure.ts';
import { endingCommit, withPassed } from './end-case.ts';
import { withBlock } from './exposure.ts';
import { withSanction } from './money.ts';
import { plainNotice } from './notices.ts';
import type { ActivityPorts } from './ports.ts';
import {
  asFailure,
  auditOf,
  outcomeOf,
  type PlannedStep,
  plainCommit,
  runStep,
  type StepInput,
  type StepOutcome,
  sha256,
  stamp,
} from './step.ts';

/**
 * Runs the system checks of the restoration gate, and, when people, time, checks and stake all agree, gives access back into
 * probation and ends the episode (rule C4). Otherwise the results are recorded and nothing changes.
 */
export function tryRestoration(ports: ActivityPorts) {
  return async (input: StepInput): Promise<StepOutcome> =>
    asFailure(async () => {
      const { state, nowMs } = input;
      return runStep(
        ports,
        `${state.caseId}/restoration/${stamp(state, nowMs)}`,
        input,
        async () => {
          const view = await curePicture(ports, state);
          const stake = await stakeCheck(ports, state);
          const results = [
            ...view.results,
            { check: 'the bonded stake is at least the minimum', ...stake },
          ];
          const passed = !view.firing && results.every((result) => result.passed);
          const checked: CaseState = { ...state, checks: { atMs: nowMs, passed, results } };
          const ready = restorationComplete(checked) && nowMs >= (state.suspendedUntilMs ?? 0);
          if (!passed || !ready) return notYet(checked, passed, nowMs);
          return withBlock(ports, state, await reinstated(ports, checked, nowMs), null, nowMs);
        },
      );
    });
}

function notYet(state: CaseState, passed: boolean, nowMs: number): PlannedStep {
  const firstMs = state.law?.reopenMs ?? 0;
  const everyMs = state.recheck
    ? Math.min(state.recheck.everyMs * 2, state.law?.governorAskMs ?? firstMs)
    : firstMs;
  // What people still have to do is not the checks' fault: only then is it reckoned how long these go on failing (invariant H10).
  const sinceMs = restorationComplete(state) ? (state.recheck?.sinceMs ?? nowMs) : undefined;
  const again = { atMs: nowMs + everyMs, everyMs, ...(sinceMs !== undefined && { sinceMs }) };
  const next = { ...state, recheck: passed ? null : again };
  const audit = auditOf(
    next,
    nowMs,
    stamp(state, nowMs),
    'checks-run',
    passed ? 'The system checks passed.' : 'The system checks did not pass; access stays as it is.',
    { checks: state.checks },
  );
  return {
    commit: plainCommit(next, [audit]),
    outcome: outcomeOf(passed ? 'checked' : 'checks-failed', next),
  };
}

/** The term of the rung; an exclusion has none, so who is readmitted gets the longest of the ladder (rules C5, C6). */
function probationOf(law: PinnedLaw, { rung, readmission }: CaseState): number {
  if (readmission || !rung) return Math.max(...law.rungs.map((one) => one.probationMs));
  return rungOf(law, rung).probationMs;
}

/** Access returns through the gate alone (invariant H5): the case's own sanction becomes probation, nobody else's is touched. */
async function reinstated(
  ports: ActivityPorts,
  state: CaseState,
  nowMs: number,
): Promise<PlannedStep> {
  if (!state.law || !state.rung) throw new Error('Only an imposed rung is restored.');
  const probationUntilMs = nowMs + probationOf(state.law, state);
  const next: CaseState = { ...ended(state, 'reinstated', nowMs), probationUntilMs };
  const sanctions = await ports.cases.sanctions(state.participantId, state.controlGroup);
  const own = sanctions.find((sanction) => sanction.caseId === state.caseId);
  if (!own) throw new Error(`Case ${state.caseId} has no sanction to lift.`);
  const lifted: Sanction = {
    ...own,
    access: 'probation',
    sinceMs: nowMs,
    minimumUntilMs: null,
    probationUntilMs,
    barred: barredUntil(own, nowMs),
    // "All, then 50 %": the cut's own term begins with the return (rules C3, §G).
    ...(own.rewardCutAfterMs !== undefined && {
      rewardCutUntilMs: Math.max(own.rewardCutUntilMs ?? 0, nowMs + own.rewardCutAfterMs),
    }),
  };
  const snapshot = await ports.cases.snapshot(state.participantId);
  const ledger = withSanction(snapshot, lifted);
  const audit = auditOf(
    next,
    nowMs,
    'reinstated',
    'reinstated',
    `Access returns, in probation until the end of ${state.rung}'s term.`,
    { probationUntilMs },
    restoredRecord(
      { decisionId: `${state.caseId}-restored`, state, rung: null, nowMs, sha256 },
      { sanction: lifted, sanctions, snapshot },
    ),
  );
  const told = plainNotice(next, 'reinstated', null, nowMs);
  const commit = await endingCommit(ports, told.state, ledger, [audit]);
  return {
    commit: {
      ...commit,
      notices: [told.notice],
      ...withPassed(state, state.checks?.results.length ?? 0),
    },
    outcome: outcomeOf('ended', told.state, [told.notice.notice.noticeId]),
  };
}
