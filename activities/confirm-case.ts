import { announce } from '../domain/case/announcing.ts';
import { pinCapacity } from '../domain/case/capacity.ts';
import { hold, releaseHolds } from '../domain/case/holding.ts';
import type { CaseState, ImposedStep, PinnedLaw } from '../domain/case/state.ts';
import { namedResources } from '../domain/law/cause.ts';
import { casesOfGroup, newcomerFacts } from '../domain/law/group.ts';
import { firstAnnounced, startOf } from '../domain/law/ladder.ts';
import { pinLaw, rungOf } from '../domain/law/pin.ts';
import { countRecurrence } from '../domain/law/recurrence.ts';
import type { CaseEntry, LedgerSnapshot } from '../domain/ledger/accounts.ts';
import type { LedgerChange } from '../domain/ports/case-store.ts';
import { heldUnder, underClockHolds } from './clock-holds.ts';
import { endUnconfirmed } from './end-case.ts';
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
  stamp,
} from './step.ts';
import { giveTimeToTopUp, ownShortfall } from './top-up.ts';

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
            const { standing } = await underClockHolds(ports, state, picture, nowMs);
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
  seen: Seen,
  nowMs: number,
): Promise<PlannedStep> {
  const law = pinLaw(await ports.directory.policyAt(seen.occurredAtMs), state.violationType);
  const snapshot = await ports.cases.snapshot(state.participantId);
  const short = ownShortfall(law, snapshot);
  if (short) return giveTimeToTopUp(ports, { ...state, law }, short, law.topUpMs ?? 0, nowMs);
  const { warned, entry } = await pinned(ports, { ...state, law }, seen, snapshot, nowMs);
  return warnedStep(warned, seen, withEntry(snapshot, entry), nowMs);
}

/** The warning is imposed, and its notice announces the first rung (rules A8, C12). */
function warnedStep(
  warned: Pinned,
  { picture, occurredAtMs, groups }: Seen,
  ledger: LedgerChange,
  nowMs: number,
): PlannedStep {
  const resources = resourcesOf(picture.heads, 'firing');
  const rung = firstAnnounced({ rung: warned.startRung ?? 'W', multiplierBps: 0 });
  const next = announce(warned, { rung, resourceIds: resources, byPerson: null, nowMs });
  const notices = announcementNotices(next, new Set(), picture, nowMs);
  const { inert } = warned;
  const told = inert
    ? ` It charges nothing while case ${inert.caseId} stands for it (${inert.because}).`
    : '';
  const summary = `Warning: ${warned.violationType} is confirmed; ${rung} is announced.${told}`;
  const audit = auditOf(next, nowMs, 'W', 'rung-imposed', summary, {
    decisionId: `${warned.caseId}-W`,
    occurredAtMs,
    recurrence: warned.recurrence,
    startRung: warned.startRung,
    multiplierBps: warned.multiplierBps,
    groups,
    policyVersion: warned.law.policyVersion,
    policyHash: warned.law.policyHash,
    resources,
    newcomer: warned.newcomer ?? null,
    inert: inert ?? null,
  });
  const serve = notices.map((stored) => stored.notice.noticeId);
  return {
    commit: { ...plainCommit(next, [audit]), ledger, notices },
    outcome: { ...outcomeOf('confirmed', next, serve), law: warned.law },
  };
}

/** What was seen when the violation was confirmed. */
interface Seen {
  picture: Picture;
  occurredAtMs: number;
  groups: string[];
}

type Pinned = CaseState & { law: PinnedLaw };

/** The case with everything pinned that its whole life depends on, the warning imposed, and its entry in the ledger (rules B4, C6–C9, C11). */
async function pinned(
  ports: ActivityPorts,
  state: Pinned,
  seen: Seen,
  snapshot: LedgerSnapshot,
  nowMs: number,
): Promise<{ warned: Pinned; entry: CaseEntry }> {
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
  const recurrence = countRecurrence(
    law,
    [...casesOfGroup(snapshot, law.causeWindowMs), entry],
    caseId,
    law.family,
    occurredAtMs,
    sanctions,
    nowMs,
  );
  const start = startOf(law, severity, recurrence);
  const newcomer = newcomerFacts(law, snapshot, occurredAtMs);
  const warned = {
    ...releaseHolds(state, nowMs),
    law,
    stage: 'correcting' as const,
    severity,
    occurredAtMs,
    capacity: pinCapacity(picture.participant, resourceIds),
    recurrence,
    ...(newcomer && { newcomer }),
    ...(inert && { inert }),
    startRung: start.rung,
    multiplierBps: start.multiplierBps,
    rung: 'W' as const,
    imposed: [warningOf(state, nowMs)],
    people: withConfigured(state, picture).people,
  };
  return { warned, entry: inert ? inertEntry(entry, inert) : entry };
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

function quiet(state: CaseState, verdict: string): PlannedStep {
  return { commit: plainCommit(state, []), outcome: outcomeOf(verdict, state) };
}
