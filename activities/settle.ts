import { settlementDues } from '../domain/case/outlook.ts';
import type { CaseState, ImposedStep } from '../domain/case/state.ts';
import { settledRecord } from '../domain/decision/kinds.ts';
import type { LedgerSnapshot } from '../domain/ledger/accounts.ts';
import type { LedgerChange } from '../domain/ports/case-store.ts';
import type { Sanction } from '../domain/sanction.ts';
import { finaliseAll, withSanction } from './money.ts';
import type { ActivityPorts } from './ports.ts';
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
 * Settles what is due by now, in one transaction: decisions whose dispute window has passed become final, all their money going to
 * the reserve, and a probation that has run its term ends (rules C6, D7, D13). Shared by `violation-case` and `case-settlement`.
 */
export function settleDue(ports: ActivityPorts) {
  return async (input: StepInput): Promise<StepOutcome> =>
    asFailure(async () => {
      const { state, nowMs } = input;
      return runStep(ports, `${state.caseId}/settle/${stamp(state, nowMs)}`, input, async () => {
        const final = state.imposed.filter((step) => isDue(step, nowMs));
        const snapshot = await ports.cases.snapshot(state.participantId);
        const ends = probationEnds(state, nowMs);
        const next: CaseState = {
          ...state,
          imposed: state.imposed.map((step) =>
            isDue(step, nowMs) ? { ...step, money: 'final' as const } : step,
          ),
          probationUntilMs: ends ? null : state.probationUntilMs,
        };
        const money = finaliseAll(
          snapshot,
          state.caseId,
          final.filter((step) => step.money === 'pending').map((step) => step.decisionId),
          nowMs,
        );
        const settled = ends ? await endProbation(ports, state, money, snapshot) : money;
        const { caseId } = state;
        const ledger = withFinalReputation(snapshot, settled, { caseId, final, nowMs });
        const decisionId = `${state.caseId}-settled-${state.steps}`;
        const { sanction } = ledger;
        const audit = auditOf(
          next,
          nowMs,
          stamp(state, nowMs),
          'settled',
          summaryOf(final, ends),
          {
            final: final.map((step) => step.decisionId),
            probationEnded: ends,
            left: settlementDues(next).length,
          },
          settledRecord(
            { decisionId, state, rung: null, nowMs, sha256 },
            { final, isProbationOver: ends, snapshot, sanction },
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

function isDue(step: ImposedStep, nowMs: number): boolean {
  return (step.money === 'pending' || step.money === 'none') && step.finalDueAtMs <= nowMs;
}

function probationEnds(state: CaseState, nowMs: number): boolean {
  return (
    state.stage === 'ended' &&
    state.outcome === 'reinstated' &&
    state.probationUntilMs !== null &&
    state.probationUntilMs <= nowMs
  );
}

/** The case's own sanction ends; standing falls to the maximum of the rest by itself (rule C1). */
async function endProbation(
  ports: ActivityPorts,
  state: CaseState,
  money: LedgerChange,
  snapshot: LedgerSnapshot,
): Promise<LedgerChange> {
  const own = (await ports.cases.sanctions(state.participantId, state.controlGroup)).find(
    (sanction) => sanction.caseId === state.caseId,
  );
  if (!own) return money;
  const over: Sanction = { ...own, access: 'active' };
  return { ...money, sanction: withSanction(snapshot, over).sanction };
}

function summaryOf(final: ImposedStep[], probationEnded: boolean): string {
  const decisions = final.length > 0 ? `Final: ${final.map((step) => step.rung).join(', ')}.` : '';
  return (
    [decisions, probationEnded ? 'Probation is over.' : ''].filter(Boolean).join(' ') ||
    'Nothing was due.'
  );
}
