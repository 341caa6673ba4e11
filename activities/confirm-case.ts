import { announce } from '../domain/case/announcing.ts';
import { pinCapacity } from '../domain/case/capacity.ts';
import { hold, releaseHolds } from '../domain/case/holding.ts';
import type { CaseState, ImposedStep, PinnedLaw } from '../domain/case/state.ts';
import { lawHashOf, type PassedGate } from '../domain/decision/build.ts';
import { warningRecord } from '../domain/decision/kinds.ts';
import { recurrenceOf } from '../domain/decision/recompute.ts';
import type { DecisionInputs, GateAsked } from '../domain/decision/record.ts';
import type { GateVerdict } from '../domain/law/gate.ts';
import { firstAnnounced, startOf } from '../domain/law/ladder.ts';
import { pinLaw, rungOf } from '../domain/law/pin.ts';
import type { LedgerSnapshot } from '../domain/ledger/accounts.ts';
import type { Sanction } from '../domain/sanction.ts';
import { endUnconfirmed } from './end-case.ts';
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
  recordOf,
  runStep,
  type StepInput,
  type StepOutcome,
  sha256,
  stamp,
} from './step.ts';

/** A violation that the gate lets through, with what it was asked and what was seen. */
type ConfirmedView = Extract<GateVerdict, { verdict: 'pass' }> & {
  picture: Picture;
  asked: GateAsked;
};

/** The case in its warning. */
type Warned = CaseState & { law: PinnedLaw; imposed: [ImposedStep] };

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
          case 'pass':
            return confirmed(ports, state, { ...verdict, picture, asked }, nowMs);
        }
      });
    });
}

async function confirmed(
  ports: ActivityPorts,
  state: CaseState,
  seen: ConfirmedView,
  nowMs: number,
): Promise<PlannedStep> {
  const snapshot = await ports.cases.snapshot(state.participantId);
  const { warned, recurrence, sanctions } = await pinned(ports, state, seen, snapshot, nowMs);
  const resources = resourcesOf(seen.picture.heads, 'firing');
  const rung = firstAnnounced({ rung: warned.startRung ?? 'W', multiplierBps: 0 });
  const next = announce(warned, { rung, resourceIds: resources, byPerson: null, nowMs });
  const notices = announcementNotices(next, new Set(), seen.picture, nowMs);
  const ledger = withEntry(snapshot, {
    caseId: state.caseId,
    family: warned.law.family,
    violationType: state.violationType,
    severity: warned.severity,
    occurredAtMs: seen.occurredAtMs,
    servedRung: 'W',
    counts: true,
    parts: [],
  });
  const summary = `Warning: ${state.violationType} is confirmed; ${rung} is announced.`;
  const { law } = warned;
  const step = warned.imposed[0];
  const data = {
    decisionId: step.decisionId,
    occurredAtMs: seen.occurredAtMs,
    startRung: warned.startRung,
  };
  const decision = warningRecord(
    {
      decisionId: step.decisionId,
      state: { ...state, law },
      rung: rungOf(law, 'W'),
      nowMs,
      sha256,
    },
    {
      gate: gateOf(state, law, seen),
      snapshot,
      sanctions,
      recurrence,
      announced: rungOf(law, rung),
      step,
    },
  );
  const audit = auditOf(next, nowMs, 'W', 'rung-imposed', summary, data, decision);
  const serve = notices.map((stored) => stored.notice.noticeId);
  return {
    commit: {
      record: recordOf(next),
      recordIsNew: false,
      ledger,
      notices,
      audit: [audit],
      freeSlot: null,
    },
    outcome: { ...outcomeOf('confirmed', next, serve), law: warned.law },
  };
}

/** The case with everything pinned that its whole life depends on, and the warning imposed (rules B4, C6, C11). */
async function pinned(
  ports: ActivityPorts,
  state: CaseState,
  seen: ConfirmedView,
  snapshot: LedgerSnapshot,
  nowMs: number,
): Promise<{ warned: Warned; recurrence: RecurrenceFound; sanctions: Sanction[] }> {
  const { picture, occurredAtMs } = seen;
  const law = pinLaw(await ports.directory.policyAt(occurredAtMs), state.violationType);
  const { severity } = firingOf(picture, state.severity);
  const sanctions = await ports.cases.sanctions(state.participantId);
  const { caseId } = state;
  const input = {
    entries: snapshot.cases,
    caseId,
    family: law.family,
    occurredAtMs,
    sanctions,
    nowMs,
  };
  const recurrence = recurrenceOf(law, input);
  const start = startOf(law, severity, recurrence);
  const warning: ImposedStep = {
    decisionId: `${state.caseId}-W`,
    rung: 'W',
    imposedAtMs: nowMs,
    chargedUnits: '0',
    finalDueAtMs: nowMs + law.disputeWindowMs.warning,
    money: 'none',
  };
  const warned: Warned = {
    ...releaseHolds(state, nowMs),
    stage: 'correcting',
    law,
    lawHash: lawHashOf(law, sha256),
    severity,
    occurredAtMs,
    capacity: pinCapacity(picture.participant, resourcesOf(picture.heads, 'firing')),
    recurrence,
    startRung: start.rung,
    multiplierBps: start.multiplierBps,
    rung: 'W',
    imposed: [warning],
    people: withConfigured({ ...state, law }, picture).people,
  };
  return { warned, recurrence: { input, severity, found: recurrence, start }, sanctions };
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
