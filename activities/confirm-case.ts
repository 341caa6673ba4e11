import { announce } from '../domain/case/announcing.ts';
import { pinCapacity } from '../domain/case/capacity.ts';
import { hold, releaseHolds } from '../domain/case/holding.ts';
import type { CaseState, ImposedStep, PinnedLaw } from '../domain/case/state.ts';
import { firstAnnounced, startOf } from '../domain/law/ladder.ts';
import { pinLaw, rungOf } from '../domain/law/pin.ts';
import { countRecurrence } from '../domain/law/recurrence.ts';
import type { LedgerSnapshot } from '../domain/ledger/accounts.ts';
import { heldUnder, readClockHolds, underClockHolds } from './clock-holds.ts';
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
  stamp,
} from './step.ts';

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
        const verdict = judgeConfirmation(state, rungOf(law, 'W'), picture, nowMs);
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
            return confirmed(ports, state, { picture, ...verdict }, nowMs);
          }
        }
      });
    });
}

async function confirmed(
  ports: ActivityPorts,
  state: CaseState,
  seen: { picture: Picture; occurredAtMs: number; groups: string[] },
  nowMs: number,
): Promise<PlannedStep> {
  const snapshot = await ports.cases.snapshot(state.participantId);
  const warned = await pinned(ports, state, seen, snapshot, nowMs);
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
  const audit = auditOf(next, nowMs, 'W', 'rung-imposed', summary, {
    decisionId: `${state.caseId}-W`,
    occurredAtMs: seen.occurredAtMs,
    recurrence: warned.recurrence,
    startRung: warned.startRung,
    multiplierBps: warned.multiplierBps,
    groups: seen.groups,
    policyVersion: warned.law.policyVersion,
    policyHash: warned.law.policyHash,
    resources,
  });
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
  seen: { picture: Picture; occurredAtMs: number },
  snapshot: LedgerSnapshot,
  nowMs: number,
): Promise<CaseState & { law: PinnedLaw }> {
  const { picture, occurredAtMs } = seen;
  const law = pinLaw(await ports.directory.policyAt(occurredAtMs), state.violationType);
  const { severity } = firingOf(picture, state.severity);
  const recurrence = countRecurrence(
    law,
    snapshot.cases,
    state.caseId,
    law.family,
    occurredAtMs,
    await ports.cases.sanctions(state.participantId),
    nowMs,
  );
  const start = startOf(law, severity, recurrence);
  const warning: ImposedStep = {
    decisionId: `${state.caseId}-W`,
    rung: 'W',
    imposedAtMs: nowMs,
    chargedUnits: '0',
    finalDueAtMs: nowMs + law.disputeWindowMs.warning,
    money: 'none',
  };
  return {
    ...releaseHolds(state, nowMs),
    stage: 'correcting',
    law,
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
}

function quiet(state: CaseState, verdict: string): PlannedStep {
  return { commit: plainCommit(state, []), outcome: outcomeOf(verdict, state) };
}
