import type { CaseState } from '../domain/case/state.ts';
import type { Calculation } from '../domain/law/calculation.ts';
import type { CaseEntry, LedgerSnapshot } from '../domain/ledger/accounts.ts';
import { applyMove, type LedgerMove, still, toLedgerChange } from '../domain/ledger/move.ts';
import {
  amendEntry,
  chargeAutomatic,
  finalise,
  holdForProposal,
  imposeHeld,
  lapse,
  releaseHold,
} from '../domain/ledger/moves.ts';
import { minUnits } from '../domain/money.ts';
import type { Rung } from '../domain/policy.ts';
import type { LedgerChange } from '../domain/ports/case-store.ts';
import type { Sanction } from '../domain/sanction.ts';

/** The money of one decision. */
export interface DecisionMoney {
  state: CaseState;
  rung: Rung;
  calculation: Calculation;
  decisionId: string;
  nowMs: number;
}

/** A step that moves nothing but raises the participant's version, so that it cannot pass a withdrawal or another case (rule D8). */
export function unchangedLedger(snapshot: LedgerSnapshot): LedgerChange {
  return toLedgerChange(snapshot, still(snapshot, null));
}

/** Writes the case's entry: from here on it counts for recurrence (rule C11), unless it says that it does not. Null leaves it. */
export function withEntry(snapshot: LedgerSnapshot, entry: CaseEntry | null): LedgerChange {
  return toLedgerChange(snapshot, still(snapshot, entry));
}

/** Changes the case's sanction and nothing else. */
export function withSanction(snapshot: LedgerSnapshot, sanction: Sanction): LedgerChange {
  return toLedgerChange(snapshot, still(snapshot, null), sanction);
}

/** A dismissed case does not count (rule C11). Before its confirmation there is no entry to change. */
export function dismissEntry(snapshot: LedgerSnapshot, caseId: string): LedgerChange {
  const known = snapshot.cases.some((entry) => entry.caseId === caseId);
  return toLedgerChange(
    snapshot,
    known ? amendEntry(snapshot, caseId, { counts: false }) : still(snapshot, null),
  );
}

/** Sets a proposal's money aside (rule D7). */
export function holdStake(snapshot: LedgerSnapshot, money: DecisionMoney): LedgerChange {
  const { state, rung, calculation, decisionId, nowMs } = money;
  return toLedgerChange(
    snapshot,
    holdForProposal(snapshot, {
      caseId: state.caseId,
      decisionId,
      rung: rung.id,
      amount: calculation,
      atMs: nowMs,
    }),
  );
}

/** Gives the open proposal's money back (rules A13, D7, E3). */
export function releaseHeld(
  snapshot: LedgerSnapshot,
  state: CaseState,
  nowMs: number,
): LedgerChange {
  return toLedgerChange(
    snapshot,
    releaseHold(snapshot, {
      caseId: state.caseId,
      decisionId: state.proposal?.proposalId ?? '',
      atMs: nowMs,
    }),
  );
}

/** Gives back what nobody decided in time (rule D7): the same way, but the books say that it lapsed. */
export function lapseHeld(snapshot: LedgerSnapshot, state: CaseState, nowMs: number): LedgerChange {
  const decisionId = state.proposal?.proposalId ?? '';
  return toLedgerChange(
    snapshot,
    lapse(snapshot, { caseId: state.caseId, decisionId, atMs: nowMs }),
  );
}

/** The ledger as if the proposal held nothing: the charge at imposition is computed on it, so that a case does not stand in its own way. */
export function withoutHold(
  snapshot: LedgerSnapshot,
  state: CaseState,
  nowMs: number,
): LedgerSnapshot {
  if (state.proposal?.kind !== 'rung') return snapshot;
  return applyMove(
    snapshot,
    releaseHold(snapshot, {
      caseId: state.caseId,
      decisionId: state.proposal.proposalId,
      atMs: nowMs,
    }),
  );
}

/** Charges an automatic rung (rule D7). */
export function chargeNow(
  snapshot: LedgerSnapshot,
  money: DecisionMoney & { finalDueAtMs: number },
): { change: LedgerChange; chargedUnits: bigint } {
  const { state, rung, calculation, decisionId, nowMs, finalDueAtMs } = money;
  const move = chargeAutomatic(snapshot, {
    caseId: state.caseId,
    decisionId,
    rung: rung.id,
    amount: calculation,
    atMs: nowMs,
    finalDueAtMs,
  });
  return { change: toLedgerChange(snapshot, move), chargedUnits: calculation.chargeUnits };
}

/** Imposes what a proposal holds: at most the held amount, since a draft may only fall (rule E2). */
export function imposeHeldStake(
  snapshot: LedgerSnapshot,
  money: DecisionMoney & { finalDueAtMs: number },
): { change: LedgerChange; chargedUnits: bigint } {
  const { state, rung, calculation, decisionId, nowMs, finalDueAtMs } = money;
  const chargedUnits = minUnits(calculation.chargeUnits, BigInt(state.proposal?.heldUnits ?? '0'));
  const move = imposeHeld(snapshot, {
    caseId: state.caseId,
    decisionId,
    rung: rung.id,
    chargeUnits: chargedUnits,
    atMs: nowMs,
    finalDueAtMs,
  });
  return { change: toLedgerChange(snapshot, move), chargedUnits };
}

/** Makes the money of several decisions final in one move (rules D7, D13). */
export function finaliseAll(
  snapshot: LedgerSnapshot,
  caseId: string,
  decisionIds: string[],
  nowMs: number,
): LedgerMove {
  let current = snapshot;
  let last: LedgerMove = still(snapshot, null);
  const transfers: LedgerMove['transfers'] = [];
  for (const decisionId of decisionIds) {
    last = finalise(current, { caseId, decisionId, atMs: nowMs });
    transfers.push(...last.transfers);
    current = applyMove(current, last);
  }
  return { ...last, transfers };
}
