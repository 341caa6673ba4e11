import type { Rung } from '../policy.ts';
import { isShadow } from '../shadow/books.ts';
import {
  awaitedUntilMs,
  concurredRuling,
  hardStopMs,
  isDisputed,
  openDisputes,
  stands,
} from './disputes.ts';
import type { CaseState, ImposedStep, Proposal } from './state.ts';

/** What the case does next by itself. */
export type NextAct =
  | 'confirm'
  | 'decide-rung'
  | 'finish-hold-down'
  | 'recheck-cure'
  | 'end-corrected'
  | 'impose-proposed'
  | 'lapse-proposal'
  | 'lapse-veto'
  | 'ask-governors'
  | 'reinstate'
  | 'audit-overdue'
  | 'settle'
  | 'close-dispute'
  | 'review-overdue'
  | 'lapse-pending';

/** An act and the instant at which it is due. */
export interface Due {
  act: NextAct;
  atMs: number;
  /** The dispute that it is about. */
  disputeId?: string;
}

/** An act on disputes, finality, probation or rebate: in the episode and in the settlement alike (rule A4). */
export type SettlementAct = 'settle' | 'close-dispute' | 'review-overdue' | 'lapse-pending';

/** Whether an act is one of `settlementDues`. */
export function isSettlement(due: Due): due is Due & { act: SettlementAct } {
  const acts: NextAct[] = ['settle', 'close-dispute', 'review-overdue', 'lapse-pending'];
  return acts.includes(due.act);
}

/**
 * The earliest thing that time alone will make the case do; null while only a message can move it. The workflow sets its
 * timer by it and the record shows it, so both always agree (invariant H10).
 */
export function nextDue(state: CaseState): Due | null {
  return earliest([...stageDues(state), ...settlementDues(state)]);
}

/**
 * What runs beside the episode and is left after it: disputes, decisions whose dispute window ends, the end of probation, and the rebate
 * (rules A4, C6, D7, D11, E5).
 */
export function settlementDues(state: CaseState): Due[] {
  if (isShadow(state)) return []; // Nothing was imposed, so nothing becomes final.
  if (state.outcome === 'dismissed') return []; // Whatever was imposed fell, and the case no longer counts.
  return [...disputeDues(state), ...finalityDues(state), ...afterwardsDues(state)];
}

/** An open dispute is closed once its reviewers concur, else asked after, and in the end its money goes back (rules D7, E5). */
function disputeDues(state: CaseState): Due[] {
  return openDisputes(state).flatMap((dispute): Due[] => {
    const { disputeId } = dispute;
    const ruling = concurredRuling(dispute);
    if (ruling) return [{ act: 'close-dispute', atMs: ruling.atMs, disputeId }];
    return [
      { act: 'lapse-pending', atMs: hardStopMs(state, dispute), disputeId },
      { act: 'review-overdue', atMs: dispute.dueAtMs, disputeId },
    ];
  });
}

/** While the case is open only pending money sets its timer; what has none becomes final beside it. */
function finalityDues(state: CaseState): Due[] {
  const isWaiting = (step: ImposedStep) =>
    step.money === 'pending' || (step.money === 'none' && state.stage === 'ended');
  return state.imposed
    .filter((step) => isWaiting(step) && !isDisputed(state, step))
    .map((step) => ({ act: 'settle', atMs: step.finalDueAtMs }));
}

function afterwardsDues(state: CaseState): Due[] {
  if (state.stage !== 'ended' || state.outcome !== 'reinstated') return [];
  const dues: Due[] = [];
  if (state.accessReturnsAtMs != null) dues.push({ act: 'settle', atMs: state.accessReturnsAtMs });
  if (state.probationUntilMs !== null) dues.push({ act: 'settle', atMs: state.probationUntilMs });
  else if (mayRebate(state))
    dues.push({ act: 'settle', atMs: state.rebateLookAtMs ?? state.probationOverAtMs ?? 0 });
  return dues;
}

/** The rebate waits for the end of probation and for the last decision to be final, whichever comes later (rule D11). */
export function mayRebate(state: CaseState): boolean {
  const isSettled = state.imposed.every((step) => step.money === 'final' || !stands(step));
  return (
    state.outcome === 'reinstated' &&
    state.probationOverAtMs !== undefined &&
    state.rebateUnits === undefined &&
    (state.law?.rebateBps ?? 0) > 0 &&
    isSettled
  );
}

function stageDues(state: CaseState): Due[] {
  // A draft of a rung lapses in its own stage; what else is proposed lapses wherever the case is (rules C5, E4).
  const other = state.proposal && state.proposal.kind !== 'rung' ? state.proposal : null;
  const lapse: Due[] =
    other && state.stage !== 'ended' ? [{ act: 'lapse-proposal', atMs: other.lapsesAtMs }] : [];
  return [...lapse, ...ownStageDues(state)];
}

function ownStageDues(state: CaseState): Due[] {
  switch (state.stage) {
    case 'confirming':
      return [
        { act: 'confirm', atMs: state.recheck?.atMs ?? state.confirmAtMs ?? state.openedAtMs },
      ];
    case 'correcting':
      return correctingDues(state);
    case 'proposed':
      return proposedDues(state);
    case 'restoring':
      return restoringDues(state);
    case 'ended':
      return [];
  }
}

function correctingDues(state: CaseState): Due[] {
  if (state.correctedAtMs !== null)
    return state.reopenUntilMs === null
      ? []
      : [{ act: 'end-corrected', atMs: state.reopenUntilMs }];
  if (state.holdDown) return [{ act: 'finish-hold-down', atMs: state.holdDown.endsAtMs }];
  // A cure that is never proven may be our own probe's fault: then only people can move the case (invariant H10).
  if (state.recheck && state.holds.length === 0)
    return [{ act: 'recheck-cure', atMs: state.recheck.atMs }, ...askingInVain(state)];
  if (state.recheck) return [{ act: 'decide-rung', atMs: state.recheck.atMs }];
  if (state.announced) return announcementDues(state);
  return [asking(state, null)];
}

/** Where only people can move the case, the governors are asked again and again (rule A12, invariant H10). */
function asking(state: CaseState, sinceMs: number | null): Due {
  const fromMs = Math.max(state.governorsAskedAtMs ?? 0, sinceMs ?? lastStepAtMs(state));
  return { act: 'ask-governors', atMs: fromMs + (state.law?.governorAskMs ?? 0) };
}

function announcementDues(state: CaseState): Due[] {
  const dues: Due[] = [];
  // Rule E5: while a decision is disputed a higher rung may be proposed, but is not imposed before the dispute is due.
  const notBeforeMs = isImposedByItself(state) ? awaitedUntilMs(state) : 0;
  for (const notice of state.announced?.notices ?? []) {
    if (notice.dueAtMs === null) continue;
    dues.push({ act: 'decide-rung', atMs: Math.max(notice.dueAtMs, notBeforeMs) });
  }
  return dues;
}

/** Whether the announced rung comes into force without ever being proposed. */
export function isImposedByItself(state: CaseState): boolean {
  const { announced, law } = state;
  if (!announced || announced.byPerson !== null) return false;
  return law?.rungs.find((rung) => rung.id === announced.rung)?.execution === 'automatic';
}

function proposedDues(state: CaseState): Due[] {
  const proposal = state.proposal;
  if (!proposal) return [];
  const lapse: Due = { act: 'lapse-proposal', atMs: proposal.lapsesAtMs };
  if (state.holdDown) return [{ act: 'finish-hold-down', atMs: state.holdDown.endsAtMs }, lapse];
  if (isPaused(proposal))
    return [{ act: 'lapse-veto', atMs: proposal.veto?.dueAtMs ?? proposal.lapsesAtMs }, lapse];
  if (state.recheck)
    return [
      {
        act: state.holds.length > 0 ? 'impose-proposed' : 'recheck-cure',
        atMs: state.recheck.atMs,
      },
      lapse,
    ];
  if (mayBeImposed(state)) {
    const atMs = Math.max(proposal.windowEndsAtMs, awaitedUntilMs(state));
    return [{ act: 'impose-proposed', atMs }, lapse];
  }
  return [lapse];
}

function restoringDues(state: CaseState): Due[] {
  if (!restorationComplete(state)) return [asking(state, state.correctedAtMs), ...auditDues(state)];
  const readyAtMs = Math.max(
    state.suspendedUntilMs ?? 0,
    state.recheck?.atMs ?? 0,
    state.correctedAtMs ?? 0,
  );
  const tried: Due = { act: 'reinstate', atMs: readyAtMs };
  // People have done their part and the checks go on failing: they are asked what to do about it (invariant H10).
  return [tried, ...askingInVain(state)];
}

/** Once something has been looked at in vain; what is held up otherwise is nobody's to ask about yet. */
function askingInVain(state: CaseState): Due[] {
  const sinceMs = state.recheck?.sinceMs;
  return sinceMs === undefined ? [] : [asking(state, sinceMs)];
}

/** An audit that takes too long is called overdue once its term is over, and again at twice the term (rule E6). */
function auditDues(state: CaseState): Due[] {
  const term = state.law?.audit?.dueMs;
  const overdue = state.auditsOverdue ?? 0;
  const sinceMs = auditSinceMs(state);
  if (term === undefined || sinceMs === null || overdue >= MOST_OVERDUE) return [];
  return [{ act: 'audit-overdue', atMs: sinceMs + term * (overdue + 1) }];
}

/** The term ends once, and once more at twice. */
const MOST_OVERDUE = 2;

/** Since when auditors have something to do: the remediation is confirmed and the appeal is there. Null when they have not. */
function auditSinceMs(state: CaseState): number | null {
  const confirmedAtMs = state.remediation?.confirmedAtMs ?? null;
  if (confirmedAtMs === null || !state.appeal) return null;
  if (passedAudits(state) >= auditorsNeeded(state)) return null;
  return Math.max(confirmedAtMs, state.appeal.atMs);
}

/** A veto that nobody has lifted stops the proposal (rule E3). */
export function isPaused(proposal: Proposal): boolean {
  return proposal.veto !== null && !proposal.veto.lifted;
}

/** Whether the people have done what the rung's execution asks of them (rules E2, E3). */
export function mayBeImposed(state: CaseState): boolean {
  const proposal = state.proposal;
  if (proposal?.kind !== 'rung' || isPaused(proposal)) return false;
  if (isShadow(state)) return true; // It goes on as if approved: nobody is asked to decide what has no effect.
  const rung = state.law?.rungs.find((candidate) => candidate.id === proposal.rung);
  if (!rung) return false;
  return proposal.approvals.length >= approvalsFor(proposal, rung);
}

/** How many must approve a proposed rung: none where it comes by itself, unless a person raised it or its amount asks for them (rules D12, E2). */
export function approvalsFor(
  { approvalsNeeded, proposedBy }: Pick<Proposal, 'approvalsNeeded' | 'proposedBy'>,
  rung: Pick<Rung, 'execution' | 'approvals'>,
): number {
  const needed = approvalsNeeded ?? 0; // Rule D12: a large case asks for two, whatever its rung asks for.
  if (rung.execution === 'on-approval' || proposedBy !== null)
    return Math.max(1, rung.approvals, needed);
  return needed;
}

/** Whether all that people must do for restoration is done; time, checks and stake are looked at when it is tried (rule C4). */
export function restorationComplete(state: CaseState): boolean {
  if (!state.remediation?.confirmedBy || !state.appeal) return false;
  return passedAudits(state) >= auditorsNeeded(state) && readmissionApproved(state);
}

/** Findings that speak for the return. */
export function passedAudits(state: CaseState): number {
  return state.findings.filter((finding) => finding.result === 'pass').length;
}

/** After an exclusion governors must approve the return (rule C5). */
function readmissionApproved({ readmission, proposal, law }: CaseState): boolean {
  if (!readmission) return true;
  if (proposal?.kind !== 'readmit' || isPaused(proposal)) return false;
  return proposal.approvals.length >= (law?.readmission?.approvals ?? Number.POSITIVE_INFINITY);
}

/** How many auditors the highest imposed rung asks for (rule C4); after an exclusion as many as the strictest rung does (rule C5). */
export function auditorsNeeded(state: CaseState): number {
  if (state.readmission)
    return Math.max(0, ...(state.law?.rungs ?? []).map((rung) => rung.auditors));
  return state.law?.rungs.find((rung) => rung.id === state.rung)?.auditors ?? 0;
}

function lastStepAtMs(state: CaseState): number {
  return state.imposed.at(-1)?.imposedAtMs ?? state.openedAtMs;
}

function earliest(dues: Due[]): Due | null {
  let first: Due | null = null;
  for (const due of dues) if (first === null || due.atMs < first.atMs) first = due;
  return first;
}
