import { isFinalDue } from '../domain/case/disputes.ts';
import { settlementDues } from '../domain/case/outlook.ts';
import type { CaseState, ImposedStep } from '../domain/case/state.ts';
import { settledRecord } from '../domain/decision/kinds.ts';
import { toLedgerChange } from '../domain/ledger/move.ts';
import { barredUntil, type Sanction } from '../domain/sanction.ts';
import { finaliseAll } from './money.ts';
import type { ActivityPorts } from './ports.ts';
import { type Rebated, withRebate } from './rebate.ts';
import { withFinalReputation } from './reputation.ts';
import {
  asFailure,
  auditOf,
  outcomeOf,
  recordOf,
  runStep,
  type StepInput,
  type StepOutcome,
  sha256,
  stamp,
} from './step.ts';

/**
 * Settles what is due by now, in one transaction: decisions whose dispute window has passed undisputed become final, all their money going
 * to the reserve; access returns where an exclusion was overturned; a probation that has run its term ends; and once both are done the
 * rebate comes back (rules C5, C6, D7, D11, D13, E5). Shared by `violation-case` and `case-settlement`.
 */
export function settleDue(ports: ActivityPorts) {
  return async (input: StepInput): Promise<StepOutcome> =>
    asFailure(async () => {
      const { state, nowMs } = input;
      return runStep(ports, `${state.caseId}/settle/${stamp(state, nowMs)}`, input, async () => {
        const final = state.imposed.filter((step) => isFinalDue(state, step, nowMs));
        const snapshot = await ports.cases.snapshot(state.participantId);
        const isOver = probationEnds(state, nowMs);
        const settled = settledState(state, final, isOver, nowMs);
        const money = finaliseAll(
          snapshot,
          state.caseId,
          final.filter((step) => step.money === 'pending').map((step) => step.decisionId),
          nowMs,
        );
        const rebated = await withRebate(ports, snapshot, settled, money, nowMs);
        const { next } = rebated;
        const sanction = await sanctionAfter(ports, state, next, nowMs);
        const summary = summaryOf(final, isOver, rebated);
        const { caseId } = state;
        const booked = toLedgerChange(snapshot, rebated.move, sanction);
        const ledger = withFinalReputation(snapshot, booked, { caseId, final, nowMs });
        const decisionId = `${caseId}-settled-${state.steps}`;
        const audit = auditOf(
          next,
          nowMs,
          stamp(state, nowMs),
          'settled',
          summary,
          {
            final: final.map((step) => step.decisionId),
            probationEnded: isOver,
            rebateUnits: rebated.units.toString(),
            ...(rebated.waitsFor.length > 0 && { rebateWaitsFor: rebated.waitsFor }),
            left: settlementDues(next).length,
          },
          settledRecord(
            { decisionId, state, rung: null, nowMs, sha256 },
            { final, isProbationOver: isOver, snapshot, sanction },
          ),
        );
        return {
          commit: {
            record: recordOf(next),
            recordIsNew: false,
            ledger,
            notices: [],
            audit: [audit],
            freeSlot: null,
          },
          outcome: outcomeOf('settled', next),
        };
      });
    });
}

function settledState(
  state: CaseState,
  final: ImposedStep[],
  isOver: boolean,
  nowMs: number,
): CaseState {
  const { accessReturnsAtMs, probationUntilMs } = state;
  return {
    ...state,
    imposed: state.imposed.map((step) =>
      final.includes(step) ? { ...step, money: 'final' as const } : step,
    ),
    ...(accessReturns(state, nowMs) && accessReturnsAtMs != null && { accessReturnsAtMs: null }),
    probationUntilMs: isOver ? null : probationUntilMs,
    ...(isOver && { probationOverAtMs: probationUntilMs ?? nowMs }),
  };
}

function probationEnds(state: CaseState, nowMs: number): boolean {
  return (
    state.stage === 'ended' &&
    state.outcome === 'reinstated' &&
    state.probationUntilMs !== null &&
    state.probationUntilMs <= nowMs
  );
}

function accessReturns(state: CaseState, nowMs: number): boolean {
  return state.accessReturnsAtMs != null && state.accessReturnsAtMs <= nowMs;
}

/** The case's own sanction softens or ends; standing falls to the maximum of the rest by itself (rule C1). Null leaves it. */
async function sanctionAfter(
  ports: ActivityPorts,
  before: CaseState,
  after: CaseState,
  nowMs: number,
): Promise<Sanction | null> {
  const isOver = probationEnds(before, nowMs);
  if (!isOver && !accessReturns(before, nowMs)) return null;
  const own = (await ports.cases.sanctions(before.participantId, before.controlGroup)).find(
    (sanction) => sanction.caseId === before.caseId,
  );
  if (!own) return null;
  const barred = barredUntil(own, nowMs);
  if (isOver) return { ...own, access: 'active', barred };
  const { probationUntilMs } = after;
  const access = probationUntilMs === null ? 'active' : 'probation';
  return { ...own, access, sinceMs: nowMs, minimumUntilMs: null, probationUntilMs, barred };
}

function summaryOf(
  final: ImposedStep[],
  probationEnded: boolean,
  { units: rebateUnits, waitsFor }: Rebated,
): string {
  const said = [
    final.length > 0 ? `Final: ${final.map((step) => step.rung).join(', ')}.` : '',
    probationEnded ? 'Probation is over.' : '',
    rebateUnits > 0n ? `${rebateUnits} units came back after a clean probation.` : '',
    waitsFor.length > 0
      ? `The rebate waits for ${waitsFor.join(', ')}, which began in the probation.`
      : '',
  ];
  return said.filter(Boolean).join(' ') || 'Nothing was due.';
}
