import { ApplicationFailure } from '@temporalio/activity';
import { announceToMore, decisionWindowMs, noticeMoved } from '../domain/case/announcing.ts';
import { awaitedUntilMs } from '../domain/case/disputes.ts';
import { freezeForLateness, hold, releaseHolds } from '../domain/case/holding.ts';
import { mayBeImposed } from '../domain/case/outlook.ts';
import { withoutConflictedApprovals } from '../domain/case/people.ts';
import { type Firing, withFallenSeverity } from '../domain/case/severity.ts';
import type { CaseState } from '../domain/case/state.ts';
import { rungOf, windowMs } from '../domain/law/pin.ts';
import type { Rung } from '../domain/policy.ts';
import { heldUnder, readClockHolds, underClockHolds, whyHeld } from './clock-holds.ts';
import { withBlock } from './exposure.ts';
import { imposeRung } from './impose-rung.ts';
import { inertAtDecision, leaveInertness, stayInert } from './inertness.ts';
import { judgeNotices } from './judging.ts';
import {
  firingOf,
  freshOf,
  type Picture,
  resourcesOf,
  takePicture,
  withConfigured,
} from './look.ts';
import { releaseHeld } from './money.ts';
import { announcementNotices, knownNotices } from './notices.ts';
import type { ActivityPorts } from './ports.ts';
import { type Decision, proposeRung } from './propose-rung.ts';
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
      return runStep(ports, stepKeyOf(input), input, () => {
        // Only what is not done yet can come too late: a decision that was committed stands, however late its word arrives.
        if (ports.clock.nowMs() - nowMs > law.latenessMs * GATE_AGE_IN_LATENESS) {
          throw ApplicationFailure.nonRetryable(
            'The decision instant has passed; evidence must be judged anew.',
            'decision-expired',
          );
        }
        return plan(ports, input, rungOf(law, rungId));
      });
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
  const { nowMs, dueAtMs } = input;
  const late = nowMs - dueAtMs > (input.state.law?.latenessMs ?? 0);
  if (late && input.state.holds.length === 0) return frozen(input.state, dueAtMs, nowMs);
  const [holds, picture] = await Promise.all([
    readClockHolds(ports, input.state),
    takePicture(ports, input.state, 'firing'),
  ]);
  const step = await decided(ports, input.state, { rung, picture, holds }, nowMs);
  return withBlock(ports, input.state, step, picture, nowMs);
}

async function decided(
  ports: ActivityPorts,
  state: CaseState,
  seen: { rung: Rung; picture: Picture; holds: Awaited<ReturnType<typeof readClockHolds>> },
  nowMs: number,
): Promise<PlannedStep> {
  const { rung, picture, holds } = seen;
  const configured = withoutConflictedApprovals(withConfigured(state, picture));
  const under = await underClockHolds(ports, holds, configured, picture, nowMs);
  const known = under.state;
  if (under.standing) {
    const { standing } = under;
    return held(state, heldUnder(known, standing, nowMs), whyHeld(standing), nowMs);
  }
  if (state.stage === 'proposed' && !mayBeImposed(known))
    return approvalsMissing(state, releaseHolds(known, nowMs), nowMs);
  // Milder than announced: that is looked at first, since nothing speaks for the graver rung any more (rule A12).
  const fallen = withFallenSeverity(known, firingNow(known, picture, nowMs), nowMs);
  if (fallen && fallen.announced !== known.announced)
    return announcedMilder(ports, known, releaseHolds(fallen, nowMs), picture, nowMs);
  return judged(ports, fallen ?? known, rung, picture, nowMs);
}

/** Does what the gate says of the rung. */
function judged(
  ports: ActivityPorts,
  state: CaseState,
  rung: Rung,
  picture: Picture,
  nowMs: number,
): PlannedStep | Promise<PlannedStep> {
  const isProposed = state.stage === 'proposed';
  const byPerson = state.announced?.byPerson != null;
  const firedThroughMs = isProposed ? windowMs(rung) : decisionWindowMs(rung, byPerson);
  const verdict = judgeNotices(state, rung, picture, firedThroughMs, nowMs);
  switch (verdict.verdict) {
    case 'hold':
      return held(state, hold(state, verdict.cause, nowMs), verdict.reason, nowMs);
    case 'wait':
      return waiting(releaseHolds(state, nowMs), verdict.moved, picture, nowMs);
    case 'clear':
      return cleared(state, nowMs);
    case 'pass': {
      const free = releaseHolds(state, nowMs);
      const mayImpose = isProposed || (rung.execution === 'automatic' && !byPerson);
      // Rule E5: the windows have ended, but a disputed decision is awaited before a higher rung comes into force.
      if (mayImpose && awaitedUntilMs(free) > nowMs) return awaiting(free);
      return earned(
        ports,
        { state: free, rung, verdict, picture, nowMs, before: state },
        mayImpose,
      );
    }
  }
}

/** The rung is earned; whether it is this case that charges for it is asked last (rule C9). */
async function earned(
  ports: ActivityPorts,
  evidence: Omit<Decision, 'snapshot'>,
  mayImpose: boolean,
): Promise<PlannedStep> {
  const { state } = evidence;
  const snapshot = await ports.cases.snapshot(state.participantId);
  const decision = { ...evidence, snapshot };
  const inert = await inertAtDecision(ports, state, snapshot);
  if (inert) return stayInert(decision, inert);
  if (state.inert) return leaveInertness(decision, state.inert);
  return mayImpose ? imposeRung(ports, decision) : proposeRung(ports, decision);
}

/** All that fires, and how grave the fresh part of it is. */
function firingNow(state: CaseState, picture: Picture, nowMs: number): Firing {
  const firing = firingOf(picture, state.severity);
  if (!state.law) return firing;
  const { severity } = firingOf(freshOf(picture, state.law, nowMs), state.severity);
  return { ...firing, severity };
}

/**
 * The violation is milder than when the rung was announced: the milder rung is announced in its place, with its full windows, and a
 * draft of the graver one drops with what it held (rule A12).
 */
async function announcedMilder(
  ports: ActivityPorts,
  before: CaseState,
  fallen: CaseState,
  picture: Picture,
  nowMs: number,
): Promise<PlannedStep> {
  const drafted = before.proposal?.kind === 'rung';
  const next: CaseState = drafted ? { ...fallen, stage: 'correcting', proposal: null } : fallen;
  const ledger = drafted
    ? releaseHeld(await ports.cases.snapshot(before.participantId), before, nowMs)
    : null;
  const notices = announcementNotices(next, new Set(), picture, nowMs);
  const told = next.announced?.rung ?? 'nothing by time alone';
  const audit = auditOf(
    next,
    nowMs,
    `fallen-${stamp(next, nowMs)}`,
    'severity-fell',
    `Severity fell to ${next.severity}; next is ${told}.`,
    { severity: next.severity, droppedProposal: before.proposal?.proposalId ?? null },
  );
  const serve = notices.map((stored) => stored.notice.noticeId);
  return {
    commit: { ...plainCommit(next, [audit]), ledger, notices },
    outcome: outcomeOf('severity-fell', next, serve),
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

/** Who approved has come into the conflict set since: the draft waits for another person (rules E1, E2). */
function approvalsMissing(before: CaseState, next: CaseState, nowMs: number): PlannedStep {
  const left = new Set(next.proposal?.approvals.map(({ person }) => person));
  const gone = before.proposal?.approvals.filter(({ person }) => !left.has(person)) ?? [];
  const audit = auditOf(
    next,
    nowMs,
    `approval-void-${stamp(before, nowMs)}`,
    'approval-void',
    'An approval no longer counts: who gave it has set a source of this case since. Another person must approve.',
    { proposalId: next.proposal?.proposalId, persons: gone.map(({ person }) => person) },
  );
  const told = gone.length > 0 ? [audit] : [];
  return { commit: plainCommit(next, told), outcome: outcomeOf('approval-void', next) };
}

/** The rung waits for a dispute: `nextDue` says until when. */
function awaiting(state: CaseState): PlannedStep {
  return { commit: plainCommit(state, []), outcome: outcomeOf('wait', state) };
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
  picture: Picture,
  nowMs: number,
): PlannedStep {
  const earliest = Math.min(...moved.map((entry) => Math.max(entry.dueAtMs, nowMs + 1)));
  if (state.stage === 'proposed' && state.proposal) {
    const next = { ...state, proposal: { ...state.proposal, windowEndsAtMs: earliest } };
    return { commit: plainCommit(next, []), outcome: outcomeOf('wait', next) };
  }
  let next = state;
  for (const entry of moved) {
    const dueAtMs = Math.max(entry.dueAtMs, nowMs + 1);
    next = noticeMoved(next, entry.noticeId, { dueAtMs });
  }
  // What fires without a notice of its own gets one now: a resource that came back is no news to the relay (rule A2).
  next = announceToMore(next, resourcesOf(picture.heads, 'firing'), nowMs);
  const notices = announcementNotices(next, knownNotices(state), picture, nowMs);
  const serve = notices.map((stored) => stored.notice.noticeId);
  return {
    commit: { ...plainCommit(next, []), notices },
    outcome: outcomeOf('wait', next, serve),
  };
}

/** Everything cleared without word from the relay yet: look again at once, which starts the hold-down (rule A10). */
function cleared(state: CaseState, nowMs: number): PlannedStep {
  const released = releaseHolds(state, nowMs);
  const next = { ...released, recheck: { atMs: nowMs, everyMs: state.law?.holdDownMs ?? 0 } };
  return { commit: plainCommit(next, []), outcome: outcomeOf('clear', next) };
}
