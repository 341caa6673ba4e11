import { canonicalJson } from '../domain/canonical-json.ts';
import { asPinned } from '../domain/case/capacity.ts';
import type { CaseState, Proposal } from '../domain/case/state.ts';
import type { PassedGate } from '../domain/decision/build.ts';
import { proposedRecord } from '../domain/decision/kinds.ts';
import { type ChargeInput, calculateCharge } from '../domain/law/calculation.ts';
import { multiplierBpsFor } from '../domain/law/ladder.ts';
import { windowMs } from '../domain/law/pin.ts';
import type { LedgerSnapshot } from '../domain/ledger/accounts.ts';
import type { Rung } from '../domain/policy.ts';
import { approvalsForSize, networkNow } from './breaker.ts';
import type { CaseVerdict } from './judging.ts';
import type { Picture } from './look.ts';
import { holdStake, withoutHold } from './money.ts';
import { plainNotice } from './notices.ts';
import type { ActivityPorts } from './ports.ts';
import { auditOf, outcomeOf, type PlannedStep, recordOf, sha256 } from './step.ts';

/** A rung whose gate has passed: what is proposed or imposed, on which evidence, and when. */
export interface Decision {
  state: CaseState;
  rung: Rung;
  verdict: Extract<CaseVerdict, { verdict: 'pass' }>;
  picture: Picture;
  /** Ledger and control group, of the version that the decision is conditional on. */
  snapshot: LedgerSnapshot;
  nowMs: number;
  /** The case as it was held before the gate passed; absent where nothing held it. */
  before?: CaseState;
}

/** The rung's charge, computed on one version of the participant's ledger (rule D2). */
export function chargeOf(
  decision: Decision,
  earning: (string | null)[],
  setAsideAs: 'held' | 'pending' = 'pending',
) {
  const { state, rung, picture, verdict, snapshot, nowMs } = decision;
  if (!state.law || state.occurredAtMs === null || !state.startRung)
    throw new Error(`Case ${state.caseId} is not confirmed.`);
  const start = { rung: state.startRung, multiplierBps: state.multiplierBps };
  const input: ChargeInput = {
    law: state.law,
    rung,
    multiplierBps: multiplierBpsFor(start, rung.id),
    severity: state.severity,
    participant: asPinned(picture.participant, state.capacity, earning),
    earning,
    snapshot: withoutHold(snapshot, state, nowMs),
    caseId: state.caseId,
    occurredAtMs: state.occurredAtMs,
    nowMs,
    groups: verdict.groups,
    ...(state.recurrence && { recurrence: state.recurrence }),
    startRung: state.startRung,
    ...(state.newcomer && { newcomer: state.newcomer }),
    ...(state.inert && { inert: state.inert }),
    setAsideAs,
  };
  return { snapshot, input, calculation: calculateCharge(input) };
}

/** What the gate of a decision saw, for its record. */
export function gateOf({ verdict, picture }: Decision): PassedGate {
  const { asked, groups, earning, evidence } = verdict;
  return { asked, groups, earning, evidence, looks: picture.looks };
}

/** Proposes a rung: stake is held, the draft decision is published, and people have until the lapse to decide (rules D7, E2). */
export async function proposeRung(ports: ActivityPorts, decision: Decision): Promise<PlannedStep> {
  const { state, rung, verdict, picture, nowMs } = decision;
  const charge = chargeOf(decision, verdict.earning, 'held');
  const { snapshot, calculation } = charge;
  const forSize = approvalsForSize(await networkNow(ports, state, nowMs), calculation);
  const sanctions = await ports.cases.sanctions(state.participantId, state.controlGroup);
  const no = state.proposals + 1;
  const proposalId = `${state.caseId}-p${no}`;
  const windowEndsAtMs = windowEndOf(state, rung, verdict.noticeIds, nowMs);
  const draft = {
    caseId: state.caseId,
    proposalId,
    rung: rung.id,
    resourceIds: verdict.earning,
    amountUnits: calculation.chargeUnits.toString(),
    groups: verdict.groups,
    evidence: verdict.evidence,
    policyHash: state.law?.policyHash ?? '',
    occurredAtMs: state.occurredAtMs,
    calculation: calculation.lines,
  };
  const proposal: Proposal = {
    proposalId,
    kind: 'rung',
    rung: rung.id,
    draftHash: sha256(canonicalJson(draft)),
    proposedAtMs: nowMs,
    proposedBy: state.announced?.byPerson ?? null,
    reason: `uncorrected through the grace before ${rung.id}`,
    heldUnits: calculation.chargeUnits.toString(),
    resourceIds: verdict.earning,
    windowEndsAtMs,
    lapsesAtMs: windowEndsAtMs + (state.law?.stakeHoldLapseMs ?? 0),
    approvals: [],
    ...(forSize > 0 && { approvalsNeeded: forSize }),
    veto: null,
  };
  const next: CaseState = { ...state, stage: 'proposed', proposal, proposals: no };
  const told = plainNotice(next, 'draft-published', picture, nowMs);
  const decisionId = decisionIdOf(state, rung, proposalId);
  const ledger = holdStake(snapshot, { state, rung, calculation, decisionId, nowMs });
  const audit = auditOf(
    next,
    nowMs,
    proposalId,
    'rung-proposed',
    `${rung.id} is proposed: ${calculation.chargeUnits} units are held, the draft is published.`,
    {
      proposalId,
      draftHash: proposal.draftHash,
      lapsesAtMs: proposal.lapsesAtMs,
      supersededDismissal: state.proposal?.proposalId ?? null,
    },
    proposedRecord(
      { decisionId, state, rung, nowMs, sha256 },
      {
        gate: gateOf(decision),
        noticeIds: verdict.noticeIds,
        charge: { ...charge, entry: ledger.entry },
        sanctions,
        proposal,
        draft,
      },
    ),
  );
  return {
    commit: {
      record: recordOf(told.state),
      recordIsNew: false,
      ledger,
      notices: [told.notice],
      audit: [audit],
      freeSlot: null,
    },
    outcome: outcomeOf('proposed', told.state, [told.notice.notice.noticeId]),
  };
}

/** A decision is named by its case, rung and proposal or announcement, so that its money can be followed for ever. */
export function decisionIdOf(state: CaseState, rung: Rung, proposalId: string | null): string {
  return proposalId ?? `${state.caseId}-${rung.id}-a${state.announced?.no ?? 0}`;
}

/** End of the answer window: it runs from the served notice beside the grace (rule A8), moved by what froze the clock. */
function windowEndOf(state: CaseState, rung: Rung, noticeIds: string[], nowMs: number): number {
  const ends = (state.announced?.notices ?? [])
    .filter((notice) => noticeIds.includes(notice.noticeId) && notice.servedAtMs !== null)
    .map((notice) => (notice.servedAtMs ?? nowMs) + notice.frozenMs + windowMs(rung));
  return Math.max(nowMs, ...ends);
}
