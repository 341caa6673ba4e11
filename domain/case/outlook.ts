import { isShadow } from '../shadow/books.ts';
import type { CaseState, Proposal } from './state.ts';

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
  | 'settle';

/** An act and the instant at which it is due. */
export interface Due {
  act: NextAct;
  atMs: number;
}

/**
 * The earliest thing that time alone will make the case do; null while only a message can move it. The workflow sets its
 * timer by it and the record shows it, so both always agree (invariant H10).
 */
export function nextDue(state: CaseState): Due | null {
  return earliest([...stageDues(state), ...settlementDues(state)]);
}

/** What is left after the episode: decisions whose dispute window ends, and the end of probation (rules A4, D7, C6). */
export function settlementDues(state: CaseState): Due[] {
  const dues: Due[] = [];
  if (isShadow(state)) return dues; // Nothing was imposed, so nothing becomes final.
  if (state.outcome === 'dismissed') return dues; // Nothing above a warning was imposed, and that no longer counts.
  for (const step of state.imposed) {
    if (step.money === 'pending' || step.money === 'none')
      dues.push({ act: 'settle', atMs: step.finalDueAtMs });
  }
  if (state.outcome === 'reinstated' && state.probationUntilMs !== null)
    dues.push({ act: 'settle', atMs: state.probationUntilMs });
  return dues.filter((due) => state.stage === 'ended' || hasPendingMoneyAt(state, due.atMs));
}

function hasPendingMoneyAt(state: CaseState, atMs: number): boolean {
  return state.imposed.some((step) => step.money === 'pending' && step.finalDueAtMs === atMs);
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
  if (state.recheck && state.holds.length === 0)
    return [{ act: 'recheck-cure', atMs: state.recheck.atMs }];
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
  for (const notice of state.announced?.notices ?? []) {
    if (notice.dueAtMs !== null) dues.push({ act: 'decide-rung', atMs: notice.dueAtMs });
  }
  return dues;
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
  if (mayBeImposed(state))
    return [{ act: 'impose-proposed', atMs: proposal.windowEndsAtMs }, lapse];
  return [lapse];
}

function restoringDues(state: CaseState): Due[] {
  if (!restorationComplete(state)) return [asking(state, state.correctedAtMs), ...auditDues(state)];
  const readyAtMs = Math.max(
    state.suspendedUntilMs ?? 0,
    state.recheck?.atMs ?? 0,
    state.correctedAtMs ?? 0,
  );
  return [{ act: 'reinstate', atMs: readyAtMs }];
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
  const needed = proposal.approvalsNeeded ?? 0; // Rule D12: a large case asks for two, whatever its rung asks for.
  if (rung.execution === 'on-approval' || proposal.proposedBy !== null)
    return proposal.approvals.length >= Math.max(1, rung.approvals, needed);
  return proposal.approvals.length >= needed;
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
