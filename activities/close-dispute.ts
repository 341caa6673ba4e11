import { dueSince } from '../domain/case/announcing.ts';
import type { Dispute, DisputeEnd, Ruling } from '../domain/case/dispute.ts';
import {
  concurredRuling,
  concurring,
  disputedStep,
  disputeOf,
  overdue,
  rungBelow,
  standingAfter,
  standingSteps,
  withEnd,
} from '../domain/case/disputes.ts';
import {
  type HowFallen,
  partlyFallen,
  sanctionAfterFall,
  stepsAfter,
  wholeFallen,
} from '../domain/case/falling.ts';
import type { CaseState, ImposedStep } from '../domain/case/state.ts';
import { reviewedRecord } from '../domain/decision/reviews.ts';
import { DomainError } from '../domain/errors.ts';
import { targetOfReduction } from '../domain/law/restating.ts';
import type { LedgerSnapshot } from '../domain/ledger/accounts.ts';
import { dependentsOf, overturnCase, reduceCase } from '../domain/ledger/inverse.ts';
import { entryOf, type LedgerMove, toLedgerChange } from '../domain/ledger/move.ts';
import { formatUnits, maxUnits, minUnits, parseUnits } from '../domain/money.ts';
import { type RungId, rungOrder } from '../domain/violation.ts';
import { endingCommit, rearmedFromMs } from './end-case.ts';
import { withBlock } from './exposure.ts';
import { returnCutsOfKin } from './kin-cuts.ts';
import { plainNotice } from './notices.ts';
import type { ActivityPorts } from './ports.ts';
import { rebatedIfWhole } from './rebate.ts';
import { withCutsReturned } from './returned-cuts.ts';
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

/** A step about one dispute of the case. */
export interface DisputeInput extends StepInput {
  disputeId: string;
}

/**
 * Ends a dispute: as its reviewers concurred, or, when nobody decided before the hard stop, in favour of the participant (rules D7, E5).
 * A decision that falls takes those above it along; its money, its sanction and its place among the earlier cases go back exactly, and the
 * cases that it had lifted are named, to be told (rule D10). Shared by `violation-case` and `case-settlement`.
 */
export function closeDispute(ports: ActivityPorts) {
  return async (input: DisputeInput): Promise<StepOutcome> =>
    asFailure(async () => {
      const { state, disputeId, nowMs } = input;
      const dispute = openDispute(state, disputeId);
      const outcome = await runStep(
        ports,
        `${state.caseId}/dispute/${disputeId}/close`,
        input,
        async () => {
          const ruling = concurredRuling(dispute);
          if (ruling?.result === 'upheld') return upheld(state, dispute, ruling, nowMs);
          const step = await fallen(ports, state, { dispute, ruling }, nowMs);
          // What has ended keeps nothing from leaving (rule D8).
          return withBlock(ports, state, step, null, nowMs);
        },
      );
      await returnCutsOfKin(ports, { state, reviewId: disputeId, nowMs });
      return outcome;
    });
}

/** Nobody decided in time: another panel, then others, are asked (rule E5). */
export function askAnotherPanel(ports: ActivityPorts) {
  return async (input: DisputeInput): Promise<StepOutcome> =>
    asFailure(async () => {
      const { state, disputeId, nowMs } = input;
      const name = `${disputeId}-${stamp(state, nowMs)}`;
      return runStep(ports, `${state.caseId}/dispute/${name}/overdue`, input, async () => {
        const next = overdue(state, disputeId, nowMs);
        const after = openDispute(next, disputeId);
        const isFirst = after.escalatedAtMs === null;
        const audit = auditOf(
          next,
          nowMs,
          name,
          isFirst ? 'dispute-overdue' : 'dispute-escalated',
          isFirst
            ? `The dispute of ${after.rung} is overdue: another panel decides it.`
            : `The dispute of ${after.rung} is overdue again: governors and administrators must find reviewers, or its money goes back.`,
          { disputeId, panel: after.panel, replaced: after.replaced, dueAtMs: after.dueAtMs },
        );
        return { commit: plainCommit(next, [audit]), outcome: outcomeOf('overdue', next) };
      });
    });
}

function openDispute(state: CaseState, disputeId: string): Dispute {
  const dispute = disputeOf(state, disputeId);
  if (dispute && dispute.end === null) return dispute;
  throw new DomainError('invariant-broken', 'bug', `Dispute ${disputeId} is not open.`);
}

async function upheld(
  state: CaseState,
  dispute: Dispute,
  ruling: Ruling,
  nowMs: number,
): Promise<PlannedStep> {
  const standing = disputedStep(state, dispute).rung;
  const end = endOf(dispute, ruling, { standing, returned: 0n, nowMs });
  const next = withEnd(dueAgain(state, dispute, nowMs), dispute.disputeId, end);
  const told = plainNotice(next, 'dispute-decided', null, nowMs, wordsOf(dispute, end));
  const audit = auditOf(
    next,
    nowMs,
    dispute.disputeId,
    'dispute-decided',
    wordsOf(dispute, end),
    { dispute: disputeOf(next, dispute.disputeId) },
    reviewedRecord(
      { decisionId: dispute.disputeId, state, nowMs, sha256 },
      { dispute, end, fallen: null },
    ),
  );
  return {
    commit: { ...plainCommit(told.state, [audit]), notices: [told.notice] },
    outcome: outcomeOf('upheld', told.state, [told.notice.notice.noticeId]),
  };
}

/** What waited for the dispute is due since now: the wait was no lateness of ours (rule E5). */
function dueAgain(state: CaseState, dispute: Dispute, nowMs: number): CaseState {
  return dispute.awaitedUntilMs > nowMs ? dueSince(state, nowMs) : state;
}

/** A decision falls, wholly or down to a lower rung. */
async function fallen(
  ports: ActivityPorts,
  state: CaseState,
  decided: { dispute: Dispute; ruling: Ruling | null },
  nowMs: number,
): Promise<PlannedStep> {
  const { dispute, ruling } = decided;
  const step = disputedStep(state, dispute);
  const standing = ruling ? standingAfter(state, dispute, ruling) : rungBelow(state, step.rung);
  const how: HowFallen = ruling ? 'void' : 'lapsed';
  const snapshot = await ports.cases.snapshot(state.participantId);
  const fallenMoney = moveOf(snapshot, state, { dispute, standing, how }, nowMs);
  const lowered = afterMove(
    state,
    fallenMoney.entry ?? entryOf(snapshot, state.caseId),
    { standing, how },
    nowMs,
  );
  const own = (await ports.cases.sanctions(state.participantId, state.controlGroup)).find(
    (sanction) => sanction.caseId === state.caseId,
  );
  const sanction = own ? sanctionAfterFall(lowered, own, nowMs) : null;
  const fall = { reviewId: dispute.disputeId, after: lowered, sanction, atMs: nowMs };
  const returned = withCutsReturned(snapshot, fallenMoney, fall);
  const end = endOf(dispute, ruling, { standing, returned: returnedBy(returned), nowMs });
  const closed = withEnd(lowered, dispute.disputeId, end);
  const { next, move, units } = rebatedIfWhole(snapshot, returned, closed, nowMs);
  const words = wordsOf(dispute, end, units);
  const told = plainNotice(next, 'dispute-decided', null, nowMs, words);
  const data = {
    dispute: disputeOf(next, dispute.disputeId),
    imposed: next.imposed,
    transfers: move.transfers.map((transfer) => transfer.transferId),
    sanction,
    servedTime: 'not undone',
    ...(isOnEvidence(end) && { shadow: shadowOf(state) }),
  };
  const decision = reviewedRecord(
    { decisionId: dispute.disputeId, state, nowMs, sha256 },
    { dispute, end, fallen: { snapshot, imposed: next.imposed, sanction } },
  );
  const audit = auditOf(next, nowMs, dispute.disputeId, 'dispute-decided', words, data, decision);
  const ledger = toLedgerChange(snapshot, move, sanction);
  const commit = await commitOf(ports, state, told.state, { ledger, audit });
  const dependants = laterCases(snapshot, state);
  return {
    commit: { ...commit, notices: [told.notice] },
    outcome: {
      ...outcomeOf(end.result, told.state, [told.notice.notice.noticeId]),
      ...(dependants.length > 0 && { dependants }),
    },
  };
}

/** A fall may end the episode; one that ends an exclusion lets the participant's alerts speak again (rules B6, C5). */
export async function commitOf(
  ports: ActivityPorts,
  before: CaseState,
  after: CaseState,
  written: {
    ledger: NonNullable<PlannedStep['commit']['ledger']>;
    audit: PlannedStep['commit']['audit'][number];
  },
): Promise<PlannedStep['commit']> {
  const { ledger, audit } = written;
  if (before.stage !== 'ended' && after.stage === 'ended')
    return endingCommit(ports, after, ledger, [audit]);
  if (before.outcome === 'excluded' && after.outcome !== 'excluded')
    await ports.evidence.rearmHeads(before.caseId, rearmedFromMs(after, audit.atMs));
  return {
    record: recordOf(after),
    recordIsNew: false,
    ledger,
    notices: [],
    audit: [audit],
    freeSlot: null,
  };
}

interface Fall {
  standing: RungId | null;
  how: HowFallen;
}

function moveOf(
  snapshot: LedgerSnapshot,
  state: CaseState,
  { dispute, standing, how }: Fall & { dispute: Dispute },
  nowMs: number,
): LedgerMove {
  const review = { caseId: state.caseId, reviewId: dispute.disputeId, atMs: nowMs, how };
  if (standing === null) return overturnCase(snapshot, review);
  const renamed = renamedStep(state, standing);
  const keepUnits = renamed ? keptOf(state, renamed, standing) : null;
  return reduceCase(snapshot, { ...review, toRung: standing, keepUnits });
}

/** The decision that becomes the one of a rung at which the case had never been; null where that rung was imposed itself. */
function renamedStep(state: CaseState, standing: RungId): ImposedStep | null {
  const steps = standingSteps(state);
  if (steps.some((step) => step.rung === standing)) return null;
  return steps.find((step) => rungOrder(step.rung) > rungOrder(standing)) ?? null;
}

/** What the case keeps when a decision becomes one of a lower rung: that rung's target, at least what stood below, at most what it had. */
function keptOf(state: CaseState, renamed: ImposedStep, standing: RungId): bigint {
  const below = standingSteps(state)
    .filter((step) => rungOrder(step.rung) < rungOrder(standing))
    .reduce((sum, step) => sum + parseUnits(step.chargedUnits), 0n);
  const target = targetOfReduction(state, renamed, standing);
  return minUnits(maxUnits(target, below), below + parseUnits(renamed.chargedUnits));
}

function afterMove(
  state: CaseState,
  entry: ReturnType<typeof entryOf>,
  { standing, how }: Fall,
  nowMs: number,
): CaseState {
  const renamed = standing === null ? null : renamedStep(state, standing);
  const rungAfter = (step: ImposedStep): RungId | null => {
    if (standing === null) return null;
    if (rungOrder(step.rung) <= rungOrder(standing)) return step.rung;
    return step === renamed ? standing : null;
  };
  const imposed = stepsAfter(state, entry, rungAfter, how);
  return standing === null
    ? wholeFallen(state, imposed, nowMs)
    : partlyFallen(state, imposed, nowMs);
}

function endOf(
  dispute: Dispute,
  ruling: Ruling | null,
  { standing, returned, nowMs }: { standing: RungId | null; returned: bigint; nowMs: number },
): DisputeEnd {
  const base = { standingRung: standing, atMs: nowMs, returnedUnits: formatUnits(returned) };
  if (!ruling) {
    const reason = 'Nobody decided before the hard stop.';
    return { ...base, result: 'lapsed', reasonCode: null, reason, by: [] };
  }
  const { result, reasonCode, reason } = ruling;
  return { ...base, result, reasonCode, reason, by: concurring(dispute, ruling) };
}

/** What went back to the participant by a move. */
function returnedBy(move: LedgerMove): bigint {
  let units = 0n;
  for (const { postings } of move.transfers)
    for (const { account, deltaUnits } of postings)
      if (account === 'available' || account === 'exiting' || account === 'rewardsUnpaid')
        units += deltaUnits;
  return units;
}

/** The decision in words, for record and notice. It says what it can not undo (rule D10). */
function wordsOf(dispute: Dispute, end: DisputeEnd, rebateUnits = 0n): string {
  if (end.result === 'upheld')
    return `The dispute of ${dispute.rung} is decided: the decision stands. ${end.reason}`;
  const said = {
    reduced: `reduced to ${end.standingRung}`,
    overturned: 'overturned',
    lapsed: 'lapsed, because nobody decided it in time',
    moot: 'moot',
  }[end.result];
  const left = end.standingRung ? `${end.standingRung} stands` : 'nothing of the case stands';
  const rebated =
    rebateUnits > 0n ? ` Of what was final, ${rebateUnits} units came back, too.` : '';
  return `The decision ${dispute.rung} is ${said}: ${left}. ${end.returnedUnits} units went back.${rebated} Time that was served is not undone. ${end.reason}`;
}

function isOnEvidence(end: DisputeEnd): boolean {
  return end.result === 'overturned' && end.reasonCode === 'evidence';
}

/** Rule B6: what was overturned on evidence runs in shadow until two persons approve it again. */
function shadowOf(state: CaseState): Record<string, string> {
  return { participantId: state.participantId, violationType: state.violationType };
}

/** Later cases that may owe less now, by id (rule D10). */
export function laterCases(snapshot: LedgerSnapshot, state: CaseState): string[] {
  const { law, caseId } = state;
  const own = snapshot.cases.find((entry) => entry.caseId === caseId);
  if (!law || !own) return [];
  // Its probation may reach further than its recurrence, and lifts what occurs in it, too (rule C6).
  const overMs = Math.max(state.probationUntilMs ?? 0, state.probationOverAtMs ?? 0);
  const reachMs = Math.max(law.recurrenceWindowMs, overMs - own.occurredAtMs);
  return dependentsOf(snapshot, caseId, reachMs).map((entry) => entry.caseId);
}
