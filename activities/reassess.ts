import { announce, announceToMore, dueSince } from '../domain/case/announcing.ts';
import { corrected, resumed } from '../domain/case/ending.ts';
import { withRisenSeverity } from '../domain/case/severity.ts';
import type { CaseState } from '../domain/case/state.ts';
import { type CureView, curePicture } from './cure.ts';
import { endUnconfirmed } from './end-case.ts';
import { withBlock } from './exposure.ts';
import {
  firingHeads,
  firingOf,
  freshOf,
  type Picture,
  resourcesOf,
  withConfigured,
} from './look.ts';
import { releaseHeld } from './money.ts';
import { announcementNotices, knownNotices, plainNotice } from './notices.ts';
import type { ActivityPorts } from './ports.ts';
import {
  asFailure,
  auditOf,
  outcomeOf,
  type PlannedStep,
  plainCommit,
  recordOf,
  runStep,
  type StepInput,
  type StepOutcome,
  stamp,
} from './step.ts';

/**
 * Looks at every head of the case after something changed or a hold-down ran out, and does what the law says: a hold-down begins,
 * stands or is void (rule A10), new resources get their own notice (rule A2), a graver severity its own announcement (rule A12),
 * and a re-fire after a correction resumes or reopens the climb (rule A4).
 */
export function reassess(ports: ActivityPorts) {
  return async (input: StepInput): Promise<StepOutcome> =>
    asFailure(async () => {
      const { nowMs } = input;
      const stepKey = `${input.state.caseId}/reassess/${stamp(input.state, nowMs)}`;
      return runStep(ports, stepKey, input, async () => {
        const view = await curePicture(ports, input.state);
        const state = withConfigured(input.state, view.picture);
        const step = await reassessed(ports, state, view, nowMs);
        return withBlock(ports, state, step, view.picture, nowMs);
      });
    });
}

async function reassessed(
  ports: ActivityPorts,
  state: CaseState,
  view: CureView,
  nowMs: number,
): Promise<PlannedStep> {
  if (view.firing)
    return state.correctedAtMs === null
      ? stillFiring(state, view.picture, nowMs)
      : refired(state, view.picture, nowMs);
  if (state.stage === 'confirming') return endUnconfirmed(ports, state, nowMs);
  if (state.correctedAtMs !== null) return unchanged(state);
  return cleared(ports, state, view, nowMs);
}

function unchanged(state: CaseState): PlannedStep {
  return { commit: plainCommit(state, []), outcome: outcomeOf('unchanged', state) };
}

async function cleared(
  ports: ActivityPorts,
  state: CaseState,
  view: CureView,
  nowMs: number,
): Promise<PlannedStep> {
  const law = state.law;
  if (!law) return unchanged(state);
  if (!view.cured) {
    // Resolved, but the cure check is not positive: a series that vanished also resolves (rule A10). Look again, ever less often.
    const everyMs = state.recheck
      ? Math.min(state.recheck.everyMs * 2, law.reopenMs)
      : law.holdDownMs;
    const next = {
      ...state,
      holdDown: null,
      holds: [],
      recheck: { atMs: nowMs + everyMs, everyMs, sinceMs: state.recheck?.sinceMs ?? nowMs },
    };
    const audit = auditOf(
      next,
      nowMs,
      stamp(state, nowMs),
      'cure-unproven',
      'Every alert resolved, but the cure check is not positive yet.',
      { checks: view.results },
    );
    return { commit: plainCommit(next, [audit]), outcome: outcomeOf('cure-unproven', next) };
  }
  // Something fired and cleared within the hold-down: "no firing between" (rule A10), so it begins anew.
  if (!state.holdDown || view.clearedAtMs > state.holdDown.clearedAtMs) {
    const next = {
      ...state,
      recheck: null,
      holdDown: {
        startedAtMs: nowMs,
        endsAtMs: nowMs + law.holdDownMs,
        clearedAtMs: view.clearedAtMs,
      },
    };
    return { commit: plainCommit(next, []), outcome: outcomeOf('hold-down', next) };
  }
  if (nowMs < state.holdDown.endsAtMs) return unchanged(state);
  return correctedNow(ports, state, view, nowMs);
}

/** The hold-down stands: corrected as of the latest `endsAt`; an open proposal drops and its stake goes back (rules A10, A13). */
async function correctedNow(
  ports: ActivityPorts,
  state: CaseState,
  view: CureView,
  nowMs: number,
): Promise<PlannedStep> {
  const next = corrected(state, view.clearedAtMs, nowMs);
  const audit = [
    auditOf(
      next,
      nowMs,
      stamp(state, nowMs),
      'corrected',
      `Corrected: every alert cleared and the cure check held. Stage: ${next.stage}.`,
      { clearedAtMs: view.clearedAtMs, checks: view.results },
    ),
  ];
  if (state.proposal?.kind !== 'rung')
    return { commit: plainCommit(next, audit), outcome: outcomeOf('corrected', next) };
  const ledger = releaseHeld(await ports.cases.snapshot(state.participantId), state, nowMs);
  const told = plainNotice(next, 'dropped', view.picture, nowMs);
  return {
    commit: {
      record: recordOf(told.state),
      recordIsNew: false,
      ledger,
      notices: [told.notice],
      audit,
      freeSlot: null,
    },
    outcome: outcomeOf('corrected', told.state, [told.notice.notice.noticeId]),
  };
}

/** Firing while uncorrected: a running hold-down is void, and what is new is told to the participant. */
function stillFiring(state: CaseState, picture: Picture, nowMs: number): PlannedStep {
  if (state.stage === 'confirming') return unchanged(state);
  // Held for want of evidence: what just came may be it, so the gate is asked again at once.
  const held = state.holds.length > 0 && state.recheck ? { ...state.recheck, atMs: nowMs } : null;
  const awake = state.holdDown || state.recheck ? dueSince(state, backAtMs(picture, nowMs)) : state;
  const open: CaseState = { ...awake, holdDown: null, recheck: held };
  const fresh = state.law ? freshOf(picture, state.law, nowMs) : picture;
  const risen = withRisenSeverity(open, firingOf(fresh, state.severity), nowMs);
  const next =
    risen === open || risen.announced === open.announced
      ? announceToMore(risen, resourcesOf(picture.heads, 'firing'), nowMs)
      : risen;
  return announced(state, next, picture, nowMs, next === open ? 'still-firing' : 'announced');
}

/** When the alert came back, by the evidence; never in the future. What the system took beyond that is its own lateness. */
function backAtMs(picture: Picture, nowMs: number): number {
  const heard = firingHeads(picture.heads).map((head) => head.firstReceivedAtMs);
  return Math.min(nowMs, Math.max(0, ...heard));
}

/** A re-fire after the correction: in time it resumes the same rung, later it voids the correction and announces anew (rule A4). */
function refired(state: CaseState, picture: Picture, nowMs: number): PlannedStep {
  const inTime = state.reopenUntilMs !== null && nowMs <= state.reopenUntilMs;
  const back = resumed(dueSince(state, backAtMs(picture, nowMs)));
  const rung = state.announced?.rung;
  const next =
    inTime || !rung
      ? back
      : announce(back, {
          rung,
          resourceIds: resourcesOf(picture.heads, 'firing'),
          byPerson: state.announced?.byPerson ?? null,
          nowMs,
        });
  return announced(state, next, picture, nowMs, inTime ? 'resumed' : 'correction-voided');
}

function announced(
  before: CaseState,
  next: CaseState,
  picture: Picture,
  nowMs: number,
  verdict: string,
): PlannedStep {
  const notices = announcementNotices(next, knownNotices(before), picture, nowMs);
  const audit =
    verdict === 'still-firing'
      ? []
      : [
          auditOf(
            next,
            nowMs,
            `${verdict}-${stamp(next, nowMs)}`,
            verdict,
            `The violation fires: ${verdict}.`,
            {
              resources: resourcesOf(picture.heads, 'firing'),
              severity: next.severity,
            },
          ),
        ];
  return {
    commit: { ...plainCommit(next, audit), notices },
    outcome: outcomeOf(
      verdict,
      next,
      notices.map((stored) => stored.notice.noticeId),
    ),
  };
}
