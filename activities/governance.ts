import { announce } from '../domain/case/announcing.ts';
import { ended, proposalRefused } from '../domain/case/ending.ts';
import { restorationComplete } from '../domain/case/outlook.ts';
import { waitsFor } from '../domain/case/project.ts';
import type { CaseState } from '../domain/case/state.ts';
import { dismissedRecord } from '../domain/decision/kinds.ts';
import type { ProposalEnd } from '../domain/decision/record.ts';
import { droppedRecord } from '../domain/decision/reviews.ts';
import type { RungId } from '../domain/violation.ts';
import { laterCases } from './close-dispute.ts';
import { endingCommit } from './end-case.ts';
import { withBlock } from './exposure.ts';
import { firingHeads, resourcesOf, takePicture } from './look.ts';
import { dismissEntry, lapseHeld, releaseHeld } from './money.ts';
import { announcementNotices, knownNotices, plainNotice } from './notices.ts';
import type { ActivityPorts } from './ports.ts';
import {
  asFailure,
  auditOf,
  outcomeOf,
  plainCommit,
  recordOf,
  runStep,
  type StepInput,
  type StepOutcome,
  sha256,
  stamp,
} from './step.ts';

/** A person raises a rung that time alone may not reach: it is announced with its full windows first (rules A8, A12, D7). */
export function announceRung(ports: ActivityPorts) {
  return async (input: StepInput & { rung: RungId }): Promise<StepOutcome> =>
    asFailure(async () => {
      const { state, rung, nowMs } = input;
      return runStep(
        ports,
        `${state.caseId}/announce/${rung}/${state.announcements + 1}`,
        input,
        async () => {
          const picture = await takePicture(ports, state, 'stored-only');
          const byPerson =
            state.people.findLast((entry) => entry.role === 'proposed')?.person ?? 'governor';
          const next = announce(state, {
            rung,
            resourceIds: resourcesOf(firingHeads(picture.heads), 'firing'),
            byPerson,
            nowMs,
          });
          const notices = announcementNotices(next, knownNotices(state), picture, nowMs);
          const audit = auditOf(
            next,
            nowMs,
            `${rung}-${next.announcements}`,
            'rung-announced',
            `${rung} is announced on a governor's proposal.`,
            { rung, byPerson },
          );
          const step = {
            commit: { ...plainCommit(next, [audit]), notices },
            outcome: outcomeOf(
              'announced',
              next,
              notices.map((stored) => stored.notice.noticeId),
            ),
          };
          return withBlock(ports, state, step, picture, nowMs);
        },
      );
    });
}

/** Time alone goes no further: the governors are asked to propose or to keep the case as it is (rule A12). */
export function askGovernors(ports: ActivityPorts) {
  return async (input: StepInput): Promise<StepOutcome> =>
    asFailure(async () => {
      const { state, nowMs } = input;
      return runStep(
        ports,
        `${state.caseId}/ask-governors/${stamp(state, nowMs)}`,
        input,
        async () => {
          const next = { ...state, governorsAskedAtMs: nowMs };
          const audit = auditOf(next, nowMs, stamp(state, nowMs), 'governors-asked', askOf(state), {
            rung: state.rung,
          });
          return { commit: plainCommit(next, [audit]), outcome: outcomeOf('asked', next) };
        },
      );
    });
}

function askOf(state: CaseState): string {
  if (state.stage === 'restoring' && restorationComplete(state))
    return 'People have done their part of the restoration, but the system checks do not pass: look why.';
  if (state.stage === 'correcting' && state.recheck?.sinceMs !== undefined)
    return `Every alert has resolved, but the cure check is still not positive: mend what keeps it from looking, propose a rung, or leave the case at ${state.rung}.`;
  if (state.stage === 'restoring')
    return `The violation is corrected, but restoration waits for people: ${waitsFor(state)}.`;
  return `The case stays at ${state.rung}: propose a higher rung, or leave it.`;
}

/** An undecided, refused or vetoed proposal ends: its stake goes back, and the case returns to the rung below (rules D7, E3, E4). */
export function lapseProposal(ports: ActivityPorts) {
  return async (input: StepInput & { reason: ProposalEnd }): Promise<StepOutcome> =>
    asFailure(async () => {
      const { state, reason, nowMs } = input;
      const proposal = state.proposal;
      return runStep(
        ports,
        `${state.caseId}/lapse/${proposal?.proposalId ?? stamp(state, nowMs)}`,
        input,
        async () => {
          const next = proposalRefused(state, nowMs);
          const isRung = proposal?.kind === 'rung';
          const snapshot = isRung ? await ports.cases.snapshot(state.participantId) : null;
          const name = proposal?.proposalId ?? stamp(state, nowMs);
          const audit = auditOf(
            next,
            nowMs,
            name,
            'proposal-lapsed',
            `The proposal ended without effect: ${reason}. What was held went back.`,
            { reason, proposalId: proposal?.proposalId },
            droppedRecord(
              { decisionId: `${name}-dropped`, state, nowMs, sha256 },
              { reason, snapshot },
            ),
          );
          if (snapshot === null)
            return { commit: plainCommit(next, [audit]), outcome: outcomeOf(reason, next) };
          const giveBack = reason === 'vetoed' ? releaseHeld : lapseHeld;
          const ledger = giveBack(snapshot, state, nowMs);
          const told = plainNotice(next, 'dropped', null, nowMs);
          const step = {
            commit: {
              record: recordOf(told.state),
              recordIsNew: false,
              ledger,
              notices: [told.notice],
              audit: [audit],
              freeSlot: null,
            },
            outcome: outcomeOf(reason, told.state, [told.notice.notice.noticeId]),
          };
          // Time alone does not lead to the refused rung again: less is kept from leaving (rules D7, D8).
          const picture = await takePicture(ports, state, 'stored-only');
          return withBlock(ports, state, step, picture, nowMs);
        },
      );
    });
}

/**
 * Two persons outside the conflict set dismissed the case before a penalty: it ends and does not count (rules C11, E4). The later cases that
 * had counted it provisionally are named, to be told (rules C11, D10).
 */
export function dismissCase(ports: ActivityPorts) {
  return async (input: StepInput): Promise<StepOutcome> =>
    asFailure(async () => {
      const { state, nowMs } = input;
      return runStep(ports, `${state.caseId}/dismiss`, input, async () => {
        const next = ended(state, 'dismissed', nowMs);
        const snapshot = await ports.cases.snapshot(state.participantId);
        const ledger = dismissEntry(snapshot, state.caseId);
        const dependants = laterCases(snapshot, state);
        const audit = auditOf(
          next,
          nowMs,
          'dismissed',
          'case-ended',
          `Dismissed: ${state.proposal?.reason ?? 'no reason'}.`,
          { proposalId: state.proposal?.proposalId ?? null },
          dismissedRecord({
            decisionId: state.proposal?.proposalId ?? `${state.caseId}-dismissed`,
            state,
            rung: null,
            nowMs,
            sha256,
          }),
        );
        const step = {
          commit: await endingCommit(ports, next, ledger, [audit]),
          outcome: {
            ...outcomeOf('ended', next),
            ...(dependants.length > 0 && { dependants }),
          },
        };
        return withBlock(ports, state, step, null, nowMs);
      });
    });
}
