import { sanctionAfterFall, stepsAfter } from '../domain/case/falling.ts';
import { recomputed } from '../domain/case/recomputing.ts';
import type { CaseState } from '../domain/case/state.ts';
import { recurrenceOf } from '../domain/decision/recompute.ts';
import type { RecurrenceInput } from '../domain/decision/record.ts';
import { recountedRecord } from '../domain/decision/reviews.ts';
import { casesOfGroup } from '../domain/law/group.ts';
import type { Recurrence } from '../domain/law/ladder.ts';
import { type Restated, restated } from '../domain/law/restating.ts';
import type { LedgerSnapshot } from '../domain/ledger/accounts.ts';
import { restateCase } from '../domain/ledger/inverse.ts';
import { applyMove, entryOf, type LedgerMove, toLedgerChange } from '../domain/ledger/move.ts';
import { releaseHold } from '../domain/ledger/moves.ts';
import type { Sanction } from '../domain/sanction.ts';
import { rungOrder } from '../domain/violation.ts';
import { commitOf, laterCases } from './close-dispute.ts';
import { returnCutsOfKin } from './kin-cuts.ts';
import { takePicture } from './look.ts';
import { announcementNotices, knownNotices, plainNotice } from './notices.ts';
import type { ActivityPorts } from './ports.ts';
import { withCutsReturned } from './returned-cuts.ts';
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

/** A case is told that an earlier one fell. */
export interface RecomputeInput extends StepInput {
  /** The earlier cases that fell, for the record. */
  fallen: string[];
}

/**
 * An earlier case fell: this one becomes the smaller of old and recomputed, by the recurrence of now (rule D10). What is final stays
 * (invariant H14). Hearing of the same fall twice, or of several in any order, comes to the same. If it owes less, the cases after it are
 * named in turn.
 */
export function recomputeCase(ports: ActivityPorts) {
  return async (input: RecomputeInput): Promise<StepOutcome> =>
    asFailure(async () => {
      const { state, nowMs } = input;
      const name = stamp(state, nowMs);
      const outcome = await runStep(ports, `${state.caseId}/recompute/${name}`, input, async () => {
        const snapshot = await ports.cases.snapshot(state.participantId);
        const sanctions = await ports.cases.sanctions(state.participantId, state.controlGroup);
        const counted = countedNow(state, snapshot, sanctions, nowMs);
        const now = counted && restated(state, counted.found);
        if (!now) return { commit: plainCommit(state, []), outcome: outcomeOf('unchanged', state) };
        return plan(ports, input, { snapshot, sanctions, now, input: counted.input });
      });
      await returnCutsOfKin(ports, { state, reviewId: `after-${name}`, nowMs });
      return outcome;
    });
}

/** The earlier cases that count now, and what they were counted from; null for a case that rests on no earlier ones. */
function countedNow(
  state: CaseState,
  snapshot: LedgerSnapshot,
  sanctions: Sanction[],
  nowMs: number,
): { input: RecurrenceInput; found: Recurrence } | null {
  const { law, caseId, occurredAtMs } = state;
  if (!law || occurredAtMs === null || state.outcome === 'dismissed') return null;
  const entries = casesOfGroup(snapshot, law.causeWindowMs);
  const input = { entries, caseId, family: law.family, occurredAtMs, sanctions, nowMs };
  return { input, found: recurrenceOf(law, input) };
}

async function plan(
  ports: ActivityPorts,
  { state, fallen, nowMs }: RecomputeInput,
  seen: {
    snapshot: LedgerSnapshot;
    sanctions: Sanction[];
    now: Restated;
    input: RecurrenceInput;
  },
): Promise<PlannedStep> {
  const { snapshot, sanctions, now } = seen;
  const reviewId = `after-${stamp(state, nowMs)}`;
  const { caseId } = state;
  const restate = { caseId, parts: now.parts, reviewId, atMs: nowMs };
  const money = restateCase(snapshot, restate);
  const rungs = new Map(now.parts.map((part) => [part.decisionId, part.rung]));
  const imposed = stepsAfter(
    state,
    money.entry ?? entryOf(snapshot, caseId),
    (step) => rungs.get(step.decisionId) ?? step.rung,
    'void',
  );
  const next = recomputed(state, imposed, now, nowMs);
  const dropped = withoutDropped(applyMove(snapshot, money), money, {
    before: state,
    after: next,
    atMs: nowMs,
  });
  const isLower = rungOrder(next.rung ?? 'W') < rungOrder(state.rung ?? 'W');
  const own = sanctions.find((sanction) => sanction.caseId === caseId);
  const sanction = own ? sanctionAfterFall(next, own, nowMs) : null;
  const fall = { reviewId, after: next, sanction, atMs: nowMs };
  const move = isLower ? withCutsReturned(snapshot, dropped, fall) : dropped;
  const words = wordsOf(next, fallen);
  const picture = await takePicture(ports, next, 'stored-only');
  const announced = announcementNotices(next, knownNotices(state), picture, nowMs);
  const told = plainNotice(next, 'case-recomputed', null, nowMs, words);
  const data = {
    fallen,
    recurrence: now.recurrence,
    start: now.start,
    before: { recurrence: state.recurrence, startRung: state.startRung, imposed: state.imposed },
    imposed: next.imposed,
    transfers: move.transfers.map((transfer) => transfer.transferId),
    sanction,
  };
  const decision = recountedRecord(
    { decisionId: `${caseId}-${reviewId}`, state, nowMs, sha256 },
    {
      now,
      recurrence: {
        input: seen.input,
        severity: state.severity,
        found: now.recurrence,
        start: now.start,
      },
      causes: fallen,
      fallen: { snapshot, imposed: next.imposed, sanction },
    },
  );
  const audit = auditOf(next, nowMs, reviewId, 'case-recomputed', words, data, decision);
  const notices = [...announced, told.notice];
  const later = laterCases(snapshot, state);
  const ledger = toLedgerChange(snapshot, served(move, next), sanction);
  const commit = await commitOf(ports, state, told.state, { ledger, audit });
  return {
    commit: { ...commit, notices },
    outcome: {
      ...outcomeOf(
        'recomputed',
        told.state,
        notices.map((stored) => stored.notice.noticeId),
      ),
      ...(later.length > 0 && { dependants: later }),
    },
  };
}

/** A draft of a rung that the case would not have come to is dropped with what it holds. */
function withoutDropped(
  snapshot: LedgerSnapshot,
  money: LedgerMove,
  { before, after, atMs }: { before: CaseState; after: CaseState; atMs: number },
): LedgerMove {
  const dropped =
    before.proposal?.kind === 'rung' && after.proposal === null ? before.proposal : null;
  if (!dropped) return money;
  const ref = { caseId: before.caseId, decisionId: dropped.proposalId, atMs };
  const released = releaseHold(snapshot, ref);
  return { ...released, transfers: [...money.transfers, ...released.transfers] };
}

/** The entry's rung follows the highest decision that is left (rule C11). */
function served(move: LedgerMove, state: CaseState): LedgerMove {
  return move.entry ? { ...move, entry: { ...move.entry, servedRung: state.rung } } : move;
}

function wordsOf(state: CaseState, fallen: string[]): string {
  return `Earlier cases fell (${fallen.join(', ')}), so this one is reckoned anew: it starts at ${state.startRung} and stands at ${state.rung}. What went back is in the ledger; what is final stays. Time that was served is not undone.`;
}
