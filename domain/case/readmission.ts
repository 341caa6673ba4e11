import type { Principal } from '../principal.ts';
import { isShadow } from '../shadow/books.ts';
import { releaseHolds } from './holding.ts';
import { newCaseState } from './open.ts';
import { withRole } from './people.ts';
import type { CaseRecord } from './record.ts';
import type { CaseState, PinnedLaw, Proposal } from './state.ts';

/**
 * The state of a case whose workflows have ended, from its record: an exclusion outlives them, and only a readmission takes the case up
 * again (rule C5). The law is the one that the record names.
 */
export function stateOfRecord(record: CaseRecord, law: PinnedLaw, controlGroup: string): CaseState {
  const fresh = newCaseState({
    networkId: record.networkId,
    caseId: record.caseId,
    participantId: record.participantId,
    violationType: record.violationType,
    controlGroup,
    severity: record.severity,
    openedAtMs: record.openedAtMs,
    confirmAtMs: record.openedAtMs,
  });
  return {
    ...fresh,
    law,
    stage: record.stage,
    outcome: record.outcome,
    endedAtMs: record.endedAtMs,
    occurredAtMs: record.occurredAtMs,
    recurrence: record.recurrence,
    startRung: record.startRung,
    rung: record.rung,
    imposed: record.imposed,
    acknowledgedBy: record.acknowledgedBy,
    people: record.people ?? [],
    disputes: record.disputes,
    // What the case is about, for nobody gives it away meanwhile (rule C8).
    ...(record.resourceIds && { exposure: { resourceIds: record.resourceIds, key: '' } }),
    // Ids of what is made now must not be those of what was made before.
    steps: READMISSION_STEPS,
    notices: READMISSION_STEPS,
    proposals: READMISSION_STEPS,
  };
}

/** More than any case takes before its end. */
const READMISSION_STEPS = 1_000_000;

/** When an excluded participant may first ask to return; null where it may not (rule C5). */
export function readmissionFromMs(state: CaseState): number | null {
  const afterMs = state.law?.readmission?.afterMs;
  // In shadow nobody lost access, so there is nothing to give back (design §6).
  if (isShadow(state)) return null;
  if (state.outcome !== 'excluded' || state.endedAtMs === null || afterMs === undefined)
    return null;
  return state.endedAtMs + afterMs;
}

/** The request opens restoration once more: it is the appeal, and the draft that governors must approve (rules C4, C5). */
export function readmissionAsked(
  state: CaseState,
  principal: Principal,
  grounds: string,
  facts: { atMs: number; draftHash: string },
): CaseState {
  const { atMs, draftHash } = facts;
  const no = state.proposals + 1;
  const proposal: Proposal = {
    proposalId: `${state.caseId}-r${atMs}`,
    kind: 'readmit',
    rung: null,
    draftHash,
    proposedAtMs: atMs,
    proposedBy: principal.person,
    reason: grounds,
    heldUnits: '0',
    resourceIds: [],
    windowEndsAtMs: atMs,
    lapsesAtMs: atMs + (state.law?.governorAskMs ?? 0),
    approvals: [],
    veto: null,
  };
  return {
    ...state,
    stage: 'restoring',
    correctedAtMs: atMs,
    governorsAskedAtMs: atMs,
    readmission: { askedAtMs: atMs, askedBy: principal.person },
    remediation: null,
    appeal: { by: principal.person, grounds, atMs },
    findings: [],
    checks: null,
    proposal,
    proposals: no,
    people: withRole(state.people, principal.person, 'proposed'),
  };
}

/** Undecided or refused, the readmission is over and the exclusion stands as it did (rule C5). */
export function exclusionStands(state: CaseState, nowMs: number): CaseState {
  const { readmission: _, ...rest } = releaseHolds(state, nowMs);
  return { ...rest, stage: 'ended', outcome: 'excluded', correctedAtMs: null, proposal: null };
}
