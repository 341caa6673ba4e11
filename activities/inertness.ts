import { announce, noticeMoved } from '../domain/case/announcing.ts';
import { releaseHolds } from '../domain/case/holding.ts';
import type { CaseState, Inertness } from '../domain/case/state.ts';
import { leadBefore, suspendedFor } from '../domain/law/cause.ts';
import { windowMs } from '../domain/law/pin.ts';
import type { CaseEntry, LedgerSnapshot } from '../domain/ledger/accounts.ts';
import type { Rung } from '../domain/policy.ts';
import type { Sanction } from '../domain/sanction.ts';
import { resourcesOf } from './look.ts';
import { releaseHeld, withEntry } from './money.ts';
import { announcementNotices, knownNotices } from './notices.ts';
import type { ActivityPorts } from './ports.ts';
import { chargeOf, type Decision } from './propose-rung.ts';
import { auditOf, outcomeOf, type PlannedStep, plainCommit, stamp } from './step.ts';

/**
 * Whether a violation that is being confirmed is recorded and not charged (rule C9): an open case leads its cause, or the participant is
 * suspended for its resources already. `own` is its entry as it would be.
 */
export async function inertAtConfirmation(
  ports: ActivityPorts,
  state: CaseState,
  own: CaseEntry,
  snapshot: LedgerSnapshot,
  sanctions: readonly Sanction[],
): Promise<Inertness | null> {
  const { law, participantId } = state;
  if (!law) return null;
  const suspending = suspendedFor(law, snapshot.cases, sanctions, { ...own, participantId });
  if (suspending !== null) return { because: 'consequential', caseId: suspending };
  return openLead(ports, state, [...snapshot.cases, own]);
}

/** Whether a rung that is due must wait for another case (rule C9). What was consequential stays so while the suspension lasts. */
export async function inertAtDecision(
  ports: ActivityPorts,
  state: CaseState,
  snapshot: LedgerSnapshot,
): Promise<Inertness | null> {
  const { law, participantId, caseId, inert } = state;
  const own = snapshot.cases.find((entry) => entry.caseId === caseId);
  if (!law || !own) return null;
  if (inert?.because === 'consequential') {
    const sanctions = await ports.cases.sanctions(participantId, state.controlGroup);
    const suspending = suspendedFor(law, snapshot.cases, sanctions, { ...own, participantId });
    if (suspending !== null) return { because: 'consequential', caseId: suspending };
  }
  return openLead(ports, state, snapshot.cases);
}

/** The lead stands for the others while its violation lasts. What goes on after that is theirs; they charge what it has not charged. */
async function openLead(
  ports: ActivityPorts,
  state: CaseState,
  entries: readonly CaseEntry[],
): Promise<Inertness | null> {
  const lead = leadBefore(entries, state.caseId, state.law?.causeWindowMs);
  if (lead === null) return null;
  const record = await ports.cases.readCase(lead.caseId);
  const isOpen = record !== null && record.stage !== 'ended' && record.correctedAtMs === null;
  return isOpen ? { because: 'cause', caseId: lead.caseId } : null;
}

/** The entry of a case that is recorded only; it counts for nothing while it is that. */
export function inertEntry(entry: CaseEntry, inert: Inertness): CaseEntry {
  return { ...entry, counts: false, inert: inert.because, behind: inert.caseId };
}

/**
 * A rung is due, but another case stands for it: nothing is imposed and nothing announced anew. A draft drops with what it held. The
 * history shows the calculation that comes to nothing, and whose charge it is (rule C9).
 */
export function stayInert(decision: Decision, inert: Inertness): PlannedStep {
  const { state, rung, nowMs, snapshot } = decision;
  const isKnown = state.inert?.caseId === inert.caseId && state.inert.because === inert.because;
  const drafted = state.proposal?.kind === 'rung';
  const released: CaseState = drafted
    ? { ...state, stage: 'correcting', proposal: null }
    : { ...state };
  const next: CaseState = { ...setBack(releaseHolds(released, nowMs), rung, nowMs), inert };
  if (isKnown && !drafted)
    return { commit: plainCommit(next, []), outcome: outcomeOf('inert', next) };
  const { calculation } = chargeOf(
    { ...decision, state: { ...state, inert } },
    decision.verdict.earning,
  );
  const audit = auditOf(
    next,
    nowMs,
    `${rung.id}-${stamp(state, nowMs)}`,
    'case-inert',
    `${rung.id} is not imposed: case ${inert.caseId} stands for this one (${inert.because}).`,
    { inert, rung: rung.id, calculation: calculation.lines },
  );
  const change = drafted ? releaseHeld(snapshot, state, nowMs) : withEntry(snapshot, null);
  const own = change.entry ?? snapshot.cases.find((entry) => entry.caseId === state.caseId) ?? null;
  const ledger = { ...change, entry: own && inertEntry(own, inert) };
  return { commit: { ...plainCommit(next, [audit]), ledger }, outcome: outcomeOf('inert', next) };
}

/** The other case no longer stands for it: the rung is announced anew with its full windows, and from here on the case counts (rules A8, C9). */
export function leaveInertness(decision: Decision, before: Inertness): PlannedStep {
  const { state, rung, picture, snapshot, nowMs } = decision;
  const announced = announce(
    { ...state, inert: null },
    {
      rung: rung.id,
      resourceIds: resourcesOf(picture.heads, 'firing'),
      byPerson: state.announced?.byPerson ?? null,
      nowMs,
    },
  );
  const notices = announcementNotices(announced, knownNotices(state), picture, nowMs);
  const audit = auditOf(
    announced,
    nowMs,
    `${rung.id}-${announced.announcements}`,
    'case-in-force',
    `Case ${before.caseId} no longer stands for this one; ${rung.id} is announced anew.`,
    { before, rung: rung.id },
  );
  const ledger = withEntry(snapshot, countingAgain(state, snapshot));
  const serve = notices.map((stored) => stored.notice.noticeId);
  return {
    commit: { ...plainCommit(announced, [audit]), notices, ledger },
    outcome: outcomeOf('in-force', announced, serve),
  };
}

/** One case counts for each cause: who still follows a lead, though that is over, charges the rest and counts for nothing (rules C9, C11). */
function countingAgain(state: CaseState, snapshot: LedgerSnapshot): CaseEntry | null {
  const own = snapshot.cases.find((entry) => entry.caseId === state.caseId);
  if (own === undefined) return null;
  const { inert: _, behind: __, ...entry } = own;
  const alone: CaseEntry = { ...entry, counts: true };
  const others = snapshot.cases.filter((other) => other.caseId !== state.caseId);
  const lead = leadBefore([...others, alone], state.caseId, state.law?.causeWindowMs);
  return lead === null ? alone : { ...entry, counts: false, inert: 'cause', behind: lead.caseId };
}

/** Asked again after the rung's own window. */
function setBack(state: CaseState, rung: Rung, nowMs: number): CaseState {
  let next = state;
  for (const { noticeId, dueAtMs } of state.announced?.notices ?? []) {
    if (dueAtMs === null) continue;
    next = noticeMoved(next, noticeId, { dueAtMs: Math.max(dueAtMs, nowMs + windowMs(rung)) });
  }
  return next;
}
