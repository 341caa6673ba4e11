import { announce } from '../domain/case/announcing.ts';
import { ended } from '../domain/case/ending.ts';
import type { CaseState, ImposedStep } from '../domain/case/state.ts';
import { imposedRecord } from '../domain/decision/kinds.ts';
import { rewardCutBpsFor } from '../domain/law/calculation.ts';
import { effectiveSeverity, nextRung } from '../domain/law/ladder.ts';
import { basisOf } from '../domain/law/restating.ts';
import type { Rung } from '../domain/policy.ts';
import { barredFrom, type Sanction, standingOf } from '../domain/sanction.ts';
import { accessUnder, approvalsForSize, askBreaker, networkNow } from './breaker.ts';
import { endingCommit } from './end-case.ts';
import { resourcesOf } from './look.ts';
import { chargeNow, imposeHeldStake } from './money.ts';
import { announcementNotices, knownNotices, plainNotice } from './notices.ts';
import type { ActivityPorts } from './ports.ts';
import { chargeOf, type Decision, decisionIdOf, gateOf, proposeRung } from './propose-rung.ts';
import { withReputation, withReviewNoted } from './reputation.ts';
import {
  auditOf,
  outcomeOf,
  type PlannedStep,
  plainCommit,
  recordOf,
  sha256,
  stamp,
} from './step.ts';

/**
 * Imposes a rung whose gate has passed: money becomes pending, the sanction is active, and the same notice announces the next rung
 * (rules A8, D7). A proposed rung keeps its resources, and its amount may only fall (rule E2). S2 excludes and ends the episode.
 */
export async function imposeRung(ports: ActivityPorts, decision: Decision): Promise<PlannedStep> {
  const { state, rung, verdict, nowMs } = decision;
  const proposal = state.proposal?.kind === 'rung' ? state.proposal : null;
  const earning = proposal
    ? verdict.earning.filter((resourceId) => proposal.resourceIds.includes(resourceId))
    : verdict.earning;
  const charge = chargeOf(decision, earning);
  const { snapshot, calculation } = charge;
  const network = await networkNow(ports, state, nowMs);
  const forSize = approvalsForSize(network, calculation);
  if (forSize > (proposal?.approvals.length ?? 0)) return asksForMore(ports, decision, forSize);
  const decisionId = decisionIdOf(state, rung, proposal?.proposalId ?? null);
  const money = {
    state,
    rung,
    calculation,
    decisionId,
    nowMs,
    finalDueAtMs: nowMs + (state.law?.disputeWindowMs[rung.tier] ?? 0),
  };
  const { change, chargedUnits } = proposal
    ? imposeHeldStake(snapshot, money)
    : chargeNow(snapshot, money);
  const sanctions = await ports.cases.sanctions(state.participantId, state.controlGroup);
  const from = standingOf(sanctions);
  const answer = await askBreaker(ports, network, decision, {
    chargedUnits,
    from,
    to: accessUnder(rung, from),
  });
  if (!answer.isFree) return answer.step;
  const imposed: ImposedStep = {
    decisionId,
    rung: rung.id,
    imposedAtMs: nowMs,
    chargedUnits: chargedUnits.toString(),
    finalDueAtMs: money.finalDueAtMs,
    money: chargedUnits > 0n ? 'pending' : 'none',
    basis: basisOf(calculation, {
      severity: state.severity,
      earning,
      byPerson: state.announced?.byPerson != null,
    }),
  };
  const after = withImposed(state, imposed, rung, nowMs);
  const own = sanctions.find((each) => each.caseId === state.caseId) ?? null;
  const sanction = sanctionOf(after, rung, own, nowMs);
  const ledger = withReputation(snapshot, { ...change, sanction }, { state, rung, imposed });
  const audit = auditOf(
    after,
    nowMs,
    decisionId,
    'rung-imposed',
    `${rung.id} is imposed: ${chargedUnits} units are pending, standing is ${sanction.access}.`,
    {
      decisionId,
      chargedUnits: imposed.chargedUnits,
      finalDueAtMs: imposed.finalDueAtMs,
      breaker: answer.told,
    },
    imposedRecord(
      { decisionId, state, rung, nowMs, sha256 },
      {
        gate: { ...gateOf(decision), earning },
        noticeIds: verdict.noticeIds,
        charge: { ...charge, entry: ledger.entry },
        sanctions,
        sanction,
        step: imposed,
      },
    ),
  );
  const planned =
    rung.suspension.kind === 'exclusion'
      ? await excluded(ports, decision, after, ledger, audit)
      : announceNext(decision, after, ledger, audit);
  const reviewed = withReviewNoted(planned, after);
  return { ...reviewed, commit: { ...reviewed.commit, breaker: answer.change } };
}

/**
 * The case's charge is too large for the approvals that it has (rule D12): an automatic rung is proposed in place of being imposed; a draft
 * waits for more.
 */
async function asksForMore(
  ports: ActivityPorts,
  decision: Decision,
  approvalsNeeded: number,
): Promise<PlannedStep> {
  const { state, nowMs } = decision;
  if (state.proposal?.kind !== 'rung') return proposeRung(ports, decision);
  const next: CaseState = { ...state, proposal: { ...state.proposal, approvalsNeeded } };
  const audit = auditOf(
    next,
    nowMs,
    `approvals-${stamp(state, nowMs)}`,
    'approvals-needed',
    `The charge is a large part of the network's stake: ${approvalsNeeded} approvals are needed.`,
    { approvalsNeeded, proposalId: state.proposal.proposalId },
  );
  return { commit: plainCommit(next, [audit]), outcome: outcomeOf('approvals-needed', next) };
}

function withImposed(state: CaseState, imposed: ImposedStep, rung: Rung, nowMs: number): CaseState {
  const minMs =
    rung.suspension.kind === 'min' || rung.suspension.kind === 'until-corrected'
      ? rung.suspension.minMs
      : 0;
  return {
    ...state,
    stage: 'correcting',
    rung: rung.id,
    imposed: [...state.imposed, imposed],
    proposal: null,
    announced: null,
    suspendedUntilMs: Math.max(state.suspendedUntilMs ?? 0, nowMs + minMs),
    governorsAskedAtMs: null,
  };
}

/** Time alone announces the next rung, up to the ceiling of rule A12; there the participant is told that nothing follows by itself. */
function announceNext(
  decision: Decision,
  after: CaseState,
  ledger: PlannedStep['commit']['ledger'],
  audit: PlannedStep['commit']['audit'][number],
): PlannedStep {
  const { rung, picture, nowMs } = decision;
  const next =
    after.law && after.startRung
      ? nextRung(after.law, rung.id, after.severity, after.startRung)
      : null;
  if (next === null) {
    const told = plainNotice(after, 'rung-imposed', picture, nowMs);
    return {
      commit: {
        record: recordOf(told.state),
        recordIsNew: false,
        ledger,
        notices: [told.notice],
        audit: [audit],
        freeSlot: null,
      },
      outcome: outcomeOf('imposed', told.state, [told.notice.notice.noticeId]),
    };
  }
  const announced = announce(after, {
    rung: next,
    resourceIds: resourcesOf(picture.heads, 'firing'),
    byPerson: null,
    nowMs,
  });
  const notices = announcementNotices(announced, knownNotices(after), picture, nowMs);
  return {
    commit: {
      record: recordOf(announced),
      recordIsNew: false,
      ledger,
      notices,
      audit: [audit],
      freeSlot: null,
    },
    outcome: outcomeOf(
      'imposed',
      announced,
      notices.map((stored) => stored.notice.noticeId),
    ),
  };
}

/** Exclusion is permanent for the case: the episode ends here, its money goes on in settlement (rules A4, C5). */
async function excluded(
  ports: ActivityPorts,
  decision: Decision,
  after: CaseState,
  ledger: PlannedStep['commit']['ledger'],
  audit: PlannedStep['commit']['audit'][number],
): Promise<PlannedStep> {
  const told = plainNotice(
    ended(after, 'excluded', decision.nowMs),
    'rung-imposed',
    decision.picture,
    decision.nowMs,
  );
  const commit = await endingCommit(ports, told.state, ledger, [audit]);
  return {
    commit: { ...commit, notices: [told.notice] },
    outcome: outcomeOf('ended', told.state, [told.notice.notice.noticeId]),
  };
}

/** The case's sanction at this rung: it only grows while the case climbs (rules C1, C3, §G). */
export function sanctionOf(
  state: CaseState,
  rung: Rung,
  own: Sanction | null,
  nowMs: number,
): Sanction {
  const family = state.law?.family ?? 'operational';
  const cutBps = rewardCutBpsFor(rung, effectiveSeverity(family, state.severity));
  return {
    caseId: state.caseId,
    participantId: state.participantId,
    family,
    rung: rung.id,
    access:
      rung.suspension.kind === 'exclusion'
        ? 'excluded'
        : rung.suspension.kind === 'none'
          ? (own?.access ?? 'active')
          : 'suspended',
    sinceMs:
      own?.access === 'suspended' && rung.suspension.kind !== 'exclusion' ? own.sinceMs : nowMs,
    minimumUntilMs: rung.suspension.kind === 'exclusion' ? null : state.suspendedUntilMs,
    probationUntilMs: null,
    rewardCutBps: Math.max(cutBps, own?.rewardCutBps ?? 0),
    rewardCutUntilMs: Math.max(nowMs + rung.rewardCutForMs, own?.rewardCutUntilMs ?? 0),
    ...(rung.suspension.kind === 'none'
      ? own?.barred && { barred: own.barred }
      : { barred: barredFrom(own, nowMs) }),
    ...cutWhileSuspended(rung, own),
  };
}

/** "All, then 50 %": the cut while suspended, and how long the other one follows; what a lower rung said stays (rules C3, §G). */
function cutWhileSuspended(
  rung: Rung,
  own: Sanction | null,
): Pick<Sanction, 'rewardCutSuspendedBps' | 'rewardCutAfterMs'> {
  const bps = Math.max(rung.rewardCutSuspendedBps ?? 0, own?.rewardCutSuspendedBps ?? 0);
  if (bps === 0) return {};
  const afterMs = rung.rewardCutSuspendedBps === undefined ? 0 : rung.rewardCutForMs;
  return {
    rewardCutSuspendedBps: bps,
    rewardCutAfterMs: Math.max(afterMs, own?.rewardCutAfterMs ?? 0),
  };
}
