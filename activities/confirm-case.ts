import { announce } from '../domain/case/announcing.ts';
import { pinCapacity } from '../domain/case/capacity.ts';
import { hold, releaseHolds } from '../domain/case/holding.ts';
import type { CaseState, ImposedStep, PinnedLaw } from '../domain/case/state.ts';
import { lawHashOf, type PassedGate } from '../domain/decision/build.ts';
import { warningRecord } from '../domain/decision/kinds.ts';
import { recurrenceOf } from '../domain/decision/recompute.ts';
import type { DecisionInputs, GateAsked } from '../domain/decision/record.ts';
import { namedResources } from '../domain/law/cause.ts';
import type { GateVerdict } from '../domain/law/gate.ts';
import { casesOfGroup, newcomerFacts } from '../domain/law/group.ts';
import { firstAnnounced, startOf } from '../domain/law/ladder.ts';
import { pinLaw, rungOf } from '../domain/law/pin.ts';
import type { CaseEntry, LedgerSnapshot } from '../domain/ledger/accounts.ts';
import type { Sanction } from '../domain/sanction.ts';
import { heldUnder, readClockHolds, underClockHolds } from './clock-holds.ts';
import { endUnconfirmed } from './end-case.ts';
import { withBlock } from './exposure.ts';
import { inertAtConfirmation, inertEntry } from './inertness.ts';
import { judgeConfirmation } from './judging.ts';
import { firingOf, type Picture, resourcesOf, takePicture, withConfigured } from './look.ts';
import { withEntry } from './money.ts';
import { announcementNotices } from './notices.ts';
import type { ActivityPorts } from './ports.ts';
import {
  asFailure,
  auditOf,
  outcomeOf,
  type PlannedStep,
  plainCommit,
  runStep,
  type StepInput,
  type StepOutcome,
  sha256,
  stamp,
} from './step.ts';
import { giveTimeToTopUp, ownShortfall } from './top-up.ts';

/** A violation that the gate lets through, with what it was asked and what was seen. */
type ConfirmedView = Extract<GateVerdict, { verdict: 'pass' }> & {
  picture: Picture;
  asked: GateAsked;
};

/** A case whose law is pinned. */
type Pinned = CaseState & { law: PinnedLaw };

/** The case in its warning, with all that it was pinned from, and its entry in the ledger. */
interface Warned {
  warned: Pinned & { imposed: [ImposedStep] };
  entry: CaseEntry;
  recurrence: RecurrenceFound;
  sanctions: Sanction[];
}

type RecurrenceFound = NonNullable<DecisionInputs['recurrence']>;

/**
 * The allowance is used up: a violation that still fires is confirmed. Fault time, policy, recurrence and start are pinned, the
 * warning is imposed and its notice announces the first rung (rules A3, A8, B4, C6, C11). One that cleared ends unconfirmed.
 */
export function confirmCase(ports: ActivityPorts) {
  return async (input: StepInput): Promise<StepOutcome> =>
    asFailure(async () => {
      const { state, nowMs } = input;
      return runStep(ports, `${state.caseId}/confirm/${stamp(state, nowMs)}`, input, async () => {
        const picture = await takePicture(ports, state, 'stored-only');
        const law = state.law;
        if (!law) throw new Error('An open case carries its provisional law.');
        const step = await judged(ports, state, law, picture, nowMs);
        return withBlock(ports, state, step, picture, nowMs);
      });
    });
}

async function judged(
  ports: ActivityPorts,
  state: CaseState,
  law: PinnedLaw,
  picture: Picture,
  nowMs: number,
): Promise<PlannedStep> {
  const { verdict, asked } = judgeConfirmation(state, rungOf(law, 'W'), picture, nowMs);
  switch (verdict.verdict) {
    case 'clear':
      return endUnconfirmed(ports, state, nowMs);
    case 'wait':
      return quiet(
        { ...releaseHolds(state, nowMs), confirmAtMs: Math.max(verdict.dueAtMs, nowMs + 1) },
        'wait',
      );
    case 'hold':
      return quiet(hold(state, verdict.cause, nowMs), 'hold');
    case 'pass': {
      const holds = await readClockHolds(ports, state);
      const { standing } = await underClockHolds(ports, holds, state, picture, nowMs);
      if (standing) return quiet(heldUnder(state, standing, nowMs), 'hold');
      return confirmed(ports, state, { ...verdict, picture, asked }, nowMs);
    }
  }
}

async function confirmed(
  ports: ActivityPorts,
  state: CaseState,
  seen: ConfirmedView,
  nowMs: number,
): Promise<PlannedStep> {
  const law = pinLaw(await ports.directory.policyAt(seen.occurredAtMs), state.violationType);
  const snapshot = await ports.cases.snapshot(state.participantId);
  const short = ownShortfall(law, snapshot);
  if (short) return giveTimeToTopUp(ports, { ...state, law }, short, law.topUpMs ?? 0, nowMs);
  const view = await pinned(ports, { ...state, law }, seen, snapshot, nowMs);
  return warnedStep(
    { ...state, law },
    view,
    { seen, gate: gateOf(state, law, seen), snapshot },
    nowMs,
  );
}

/** The warning is imposed, and its notice announces the first rung (rules A8, C12). `before` is the case before, with the law it pins. */
function warnedStep(
  before: Pinned,
  { warned, entry, recurrence, sanctions }: Warned,
  { seen, gate, snapshot }: { seen: ConfirmedView; gate: PassedGate; snapshot: LedgerSnapshot },
  nowMs: number,
): PlannedStep {
  const { picture, occurredAtMs } = seen;
  const { law, inert } = warned;
  const rung = firstAnnounced({ rung: warned.startRung ?? 'W', multiplierBps: 0 });
  const resources = resourcesOf(picture.heads, 'firing');
  const next = announce(warned, { rung, resourceIds: resources, byPerson: null, nowMs });
  const notices = announcementNotices(next, new Set(), picture, nowMs);
  const told = inert
    ? ` It charges nothing while case ${inert.caseId} stands for it (${inert.because}).`
    : '';
  const summary = `Warning: ${warned.violationType} is confirmed; ${rung} is announced.${told}`;
  const step = warned.imposed[0];
  const { decisionId } = step;
  const data = {
    decisionId,
    occurredAtMs,
    startRung: warned.startRung,
    newcomer: warned.newcomer ?? null,
    inert: inert ?? null,
  };
  const decision = warningRecord(
    { decisionId, state: before, rung: rungOf(law, 'W'), nowMs, sha256 },
    { gate, snapshot, sanctions, recurrence, announced: rungOf(law, rung), step },
  );
  const audit = auditOf(next, nowMs, 'W', 'rung-imposed', summary, data, decision);
  const serve = notices.map((stored) => stored.notice.noticeId);
  return {
    commit: { ...plainCommit(next, [audit]), ledger: withEntry(snapshot, entry), notices },
    outcome: { ...outcomeOf('confirmed', next, serve), law },
  };
}

/** The case with everything pinned that its whole life depends on, the warning imposed, and its entry in the ledger (rules B4, C6–C9, C11). */
async function pinned(
  ports: ActivityPorts,
  state: Pinned,
  seen: ConfirmedView,
  snapshot: LedgerSnapshot,
  nowMs: number,
): Promise<Warned> {
  const { picture, occurredAtMs } = seen;
  const { law, caseId } = state;
  const resourceIds = resourcesOf(picture.heads, 'firing');
  const { severity } = firingOf(picture, state.severity);
  const entry: CaseEntry = {
    caseId,
    family: law.family,
    violationType: state.violationType,
    severity,
    occurredAtMs,
    servedRung: 'W',
    counts: true,
    parts: [],
    resourceIds: namedResources(resourceIds),
  };
  const sanctions = await ports.cases.sanctions(state.participantId, state.controlGroup);
  const inert = await inertAtConfirmation(ports, state, entry, snapshot, sanctions);
  const input = {
    entries: [...casesOfGroup(snapshot, law.causeWindowMs), entry],
    caseId,
    family: law.family,
    occurredAtMs,
    sanctions,
    nowMs,
  };
  const recurrence = recurrenceOf(law, input);
  const start = startOf(law, severity, recurrence);
  const newcomer = newcomerFacts(law, snapshot, occurredAtMs);
  const warned: Warned['warned'] = {
    ...releaseHolds(state, nowMs),
    law,
    lawHash: lawHashOf(law, sha256),
    stage: 'correcting',
    severity,
    occurredAtMs,
    capacity: pinCapacity(picture.participant, resourceIds, state.capacity),
    recurrence,
    ...(newcomer && { newcomer }),
    ...(inert && { inert }),
    startRung: start.rung,
    multiplierBps: start.multiplierBps,
    rung: 'W',
    imposed: [warningOf(state, nowMs)],
    people: withConfigured(state, picture).people,
  };
  return {
    warned,
    entry: inert ? inertEntry(entry, inert) : entry,
    recurrence: { input, severity, found: recurrence, start },
    sanctions,
  };
}

function warningOf({ caseId, law }: Pinned, nowMs: number): ImposedStep {
  return {
    decisionId: `${caseId}-W`,
    rung: 'W',
    imposedAtMs: nowMs,
    chargedUnits: '0',
    finalDueAtMs: nowMs + law.disputeWindowMs.warning,
    money: 'none',
  };
}

/** What the gate saw, for the decision record; asked by the law in force at the opening, which need not be the pinned one. */
function gateOf(state: CaseState, law: PinnedLaw, seen: ConfirmedView): PassedGate {
  const isPinned = state.law !== null && lawHashOf(state.law, sha256) === lawHashOf(law, sha256);
  const { groups, earning, evidence, picture } = seen;
  const asked = isPinned ? seen.asked : { ...seen.asked, law: state.law };
  return { asked, groups, earning, evidence, looks: picture.looks };
}

function quiet(state: CaseState, verdict: string): PlannedStep {
  return { commit: plainCommit(state, []), outcome: outcomeOf(verdict, state) };
}
