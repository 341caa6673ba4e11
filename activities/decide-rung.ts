import { ApplicationFailure } from '@temporalio/activity';
import { decisionWindowMs, impositionWindowMs, noticeMoved } from '../domain/case/announcing.ts';
import { freezeForLateness, hold, releaseHolds } from '../domain/case/holding.ts';
import { type Firing, withFallenSeverity } from '../domain/case/severity.ts';
import type { CaseState } from '../domain/case/state.ts';
import { rungOf } from '../domain/law/pin.ts';
import type { Rung } from '../domain/policy.ts';
import { imposeRung } from './impose-rung.ts';
import { judgeNotices } from './judging.ts';
import { firingOf, freshOf, type Picture, takePicture } from './look.ts';
import { announcementNotices } from './notices.ts';
import type { ActivityPorts } from './ports.ts';
import { proposeRung } from './propose-rung.ts';
import {
  asFailure,
  auditOf,
  outcomeOf,
  type PlannedStep,
  plainCommit,
  runStep,
  type StepInput,
  type StepOutcome,
  stamp,
} from './step.ts';

/** A decision about the announced or proposed rung, and when it was due. */
export interface DecideRungInput extends StepInput {
  dueAtMs: number;
}

/** Rule B1's five minutes between gate and imposition, in the policy's own measure of an outage (five times the lateness of 60 s). */
const GATE_AGE_IN_LATENESS = 5;

/**
 * A window of the announced rung has ended: the gate decides on evidence read now whether the rung is imposed, proposed, waits for
 * resources whose clock paused, or is held; or, if everything has cleared, leaves the word to the hold-down (rules A2, A8, A10, B1).
 */
export function decideRung(ports: ActivityPorts) {
  return async (input: DecideRungInput): Promise<StepOutcome> =>
    asFailure(async () => {
      const { state, nowMs } = input;
      const law = state.law;
      const rungId = state.proposal?.kind === 'rung' ? state.proposal.rung : state.announced?.rung;
      if (!law || !rungId) throw new Error(`Case ${state.caseId} has no rung to decide.`);
      if (ports.clock.nowMs() - nowMs > law.latenessMs * GATE_AGE_IN_LATENESS) {
        throw ApplicationFailure.nonRetryable(
          'The decision instant has passed; evidence must be judged anew.',
          'decision-expired',
        );
      }
      return runStep(ports, stepKeyOf(input), input, () => plan(ports, input, rungOf(law, rungId)));
    });
}

/** One decision per announcement, window and instant; an imposition inside it has a key of its own kind in the ledger. */
function stepKeyOf({ state, nowMs }: DecideRungInput): string {
  const what =
    state.stage === 'proposed'
      ? `impose/${state.proposal?.proposalId}`
      : `decide/${state.announced?.rung}/${state.announced?.no}`;
  return `${state.caseId}/${what}/${stamp(state, nowMs)}`;
}

async function plan(
  ports: ActivityPorts,
  input: DecideRungInput,
  rung: Rung,
): Promise<PlannedStep> {
  const { state, nowMs, dueAtMs } = input;
  const late = nowMs - dueAtMs > (state.law?.latenessMs ?? 0);
  if (late && state.holds.length === 0) return frozen(state, dueAtMs, nowMs);
  const picture = await takePicture(ports, state, 'firing');
  const isProposed = state.stage === 'proposed';
  const windowMs = isProposed
    ? impositionWindowMs(rung)
    : decisionWindowMs(rung, state.announced?.byPerson != null);
  const verdict = judgeNotices(state, rung, picture, windowMs, nowMs);
  switch (verdict.verdict) {
    case 'hold':
      return held(state, hold(state, verdict.cause, nowMs), verdict.reason, nowMs);
    case 'wait':
      return waiting(releaseHolds(state, nowMs), verdict.moved, nowMs);
    case 'clear':
      return cleared(state, nowMs);
    case 'pass': {
      const free = releaseHolds(state, nowMs);
      const milder = isProposed
        ? null
        : withFallenSeverity(free, firingNow(free, picture, nowMs), nowMs);
      if (milder) return announcedMilder(milder, picture, nowMs);
      const decision = { state: free, rung, verdict, picture, nowMs };
      const mayImpose =
        isProposed || (rung.execution === 'automatic' && state.announced?.byPerson == null);
      return mayImpose ? imposeRung(ports, decision) : proposeRung(ports, decision);
    }
  }
}

/** All that fires, and how grave the fresh part of it is. */
function firingNow(state: CaseState, picture: Picture, nowMs: number): Firing {
  const firing = firingOf(picture, state.severity);
  if (!state.law) return firing;
  const { severity } = firingOf(freshOf(picture, state.law, nowMs), state.severity);
  return { ...firing, severity };
}

/** The violation is milder than when the rung was announced: the milder rung is announced in its place, with its full windows (rule A12). */
function announcedMilder(state: CaseState, picture: Picture, nowMs: number): PlannedStep {
  const notices = announcementNotices(state, new Set(), picture, nowMs);
  const told = state.announced?.rung ?? 'nothing by time alone';
  const audit = auditOf(
    state,
    nowMs,
    `fallen-${stamp(state, nowMs)}`,
    'severity-fell',
    `Severity fell to ${state.severity}; next is ${told}.`,
    { severity: state.severity },
  );
  const serve = notices.map((stored) => stored.notice.noticeId);
  return {
    commit: { ...plainCommit(state, [audit]), notices },
    outcome: outcomeOf('severity-fell', state, serve),
  };
}

/** The system came late: the clock is moved, and the participant reads why (design §4). */
function frozen(state: CaseState, dueAtMs: number, nowMs: number): PlannedStep {
  const next = freezeForLateness(state, dueAtMs, nowMs);
  const audit = auditOf(
    next,
    nowMs,
    `lateness-${stamp(state, nowMs)}`,
    'clock-frozen',
    `The system came ${nowMs - dueAtMs} ms late to a deadline; the clock of the case is moved by that.`,
    { cause: 'lateness', dueAtMs, lateMs: nowMs - dueAtMs },
  );
  return { commit: plainCommit(next, [audit]), outcome: outcomeOf('late', next) };
}

function held(before: CaseState, next: CaseState, reason: string, nowMs: number): PlannedStep {
  const isNew = before.holds[0]?.cause !== next.holds[0]?.cause;
  const audit = isNew
    ? [
        auditOf(
          next,
          nowMs,
          `${next.holds[0]?.cause}-${stamp(next, nowMs)}`,
          'clock-held',
          `The clock is held: ${reason}`,
          { holds: next.holds },
        ),
      ]
    : [];
  return { commit: plainCommit(next, audit), outcome: outcomeOf('held', next) };
}

/** No named resource has fired its whole window yet: a pause moved its clock (rule A10). */
function waiting(
  state: CaseState,
  moved: { noticeId: string; dueAtMs: number }[],
  nowMs: number,
): PlannedStep {
  const latest = Math.min(...moved.map((entry) => Math.max(entry.dueAtMs, nowMs + 1)));
  if (state.stage === 'proposed' && state.proposal) {
    const next = { ...state, proposal: { ...state.proposal, windowEndsAtMs: latest } };
    return { commit: plainCommit(next, []), outcome: outcomeOf('wait', next) };
  }
  let next = state;
  for (const entry of moved)
    next = noticeMoved(next, entry.noticeId, { dueAtMs: Math.max(entry.dueAtMs, nowMs + 1) });
  return { commit: plainCommit(next, []), outcome: outcomeOf('wait', next) };
}

/** Everything cleared without word from the relay yet: look again at once, which starts the hold-down (rule A10). */
function cleared(state: CaseState, nowMs: number): PlannedStep {
  const released = releaseHolds(state, nowMs);
  const next = { ...released, recheck: { atMs: nowMs, everyMs: state.law?.holdDownMs ?? 0 } };
  return { commit: plainCommit(next, []), outcome: outcomeOf('clear', next) };
}
