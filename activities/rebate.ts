import { mayRebate } from '../domain/case/outlook.ts';
import type { CaseState } from '../domain/case/state.ts';
import { type ProbationResult, probationResult, rebateUnitsOf } from '../domain/law/rebate.ts';
import type { LedgerSnapshot } from '../domain/ledger/accounts.ts';
import { applyMove, type LedgerMove } from '../domain/ledger/move.ts';
import { payRebate } from '../domain/ledger/rebate.ts';
import type { ActivityPorts } from './ports.ts';

/** A case after its rebate was decided, if it was. */
export interface Rebated {
  next: CaseState;
  move: LedgerMove;
  units: bigint;
  /** Cases that may yet show that the probation was not clean. */
  waitsFor: string[];
}

/**
 * The rebate is decided once, in the step that brings the later of finality and the end of probation; nothing is an answer too. Where a case
 * of the family that occurred in the probation is open, or its penalty not final, it is looked at again (rule D11).
 */
export async function withRebate(
  ports: ActivityPorts,
  snapshot: LedgerSnapshot,
  state: CaseState,
  money: LedgerMove,
  nowMs: number,
): Promise<Rebated> {
  const undecided = { next: state, move: money, units: 0n, waitsFor: [] };
  if (!mayRebate(state)) return undecided;
  const after = applyMove(snapshot, money);
  const units = rebateUnitsOf(state, after);
  const { isClean, waitsFor } = units > 0n ? await probationOf(ports, state, after) : CLEAN;
  if (isClean && waitsFor.length > 0) {
    const rebateLookAtMs = nowMs + (state.law?.reopenMs ?? 0);
    return { ...undecided, next: { ...state, rebateLookAtMs }, waitsFor };
  }
  const due = isClean ? units : 0n;
  const next = { ...state, rebateUnits: due.toString() };
  if (due === 0n) return { ...undecided, next };
  return {
    next,
    move: withPaid(money, after, { caseId: state.caseId, units, atMs: nowMs }),
    units,
    waitsFor,
  };
}

/** A move, and the rebate after it. */
function withPaid(
  move: LedgerMove,
  after: LedgerSnapshot,
  rebate: Parameters<typeof payRebate>[1],
): LedgerMove {
  const paid = payRebate(after, rebate);
  return { ...paid, transfers: [...move.transfers, ...paid.transfers] };
}

const CLEAN: ProbationResult = { isClean: true, waitsFor: [] };

/** How the probation went, by the cases of the group that were opened since it began: what occurred in it was not opened before. */
async function probationOf(
  ports: ActivityPorts,
  state: CaseState,
  { participantId, cases, group }: LedgerSnapshot,
): Promise<ProbationResult> {
  const { endedAtMs } = state;
  const kin = group?.kin ?? [];
  const members = [participantId, ...kin.map((one) => one.participantId)];
  const opened = await Promise.all(members.map((id) => ports.cases.casesSince(id, endedAtMs ?? 0)));
  const entered = [...cases, ...kin.flatMap((one) => one.cases)]
    .filter((entry) => entry.occurredAtMs >= (endedAtMs ?? 0))
    .map((entry) => entry.caseId);
  // The list may lag behind a moment; each record itself does not.
  const ids = [...new Set([...opened.flat(), ...entered])].sort();
  const records = await Promise.all(ids.map((caseId) => ports.cases.readCase(caseId)));
  return probationResult(
    state,
    records.flatMap((record) => record ?? []),
  );
}

/**
 * Nothing of the case stands, but what had become final stays so (invariant H14): of that comes back at once what a clean probation would have
 * brought (rule D11), so that being right is never worth less than a reduction.
 */
export function rebatedIfWhole(
  snapshot: LedgerSnapshot,
  move: LedgerMove,
  state: CaseState,
  nowMs: number,
): Omit<Rebated, 'waitsFor'> {
  const after = applyMove(snapshot, move);
  const isWhole = state.outcome === 'dismissed' && state.rebateUnits === undefined;
  const units = isWhole ? rebateUnitsOf(state, after) : 0n;
  if (units === 0n) return { next: state, move, units };
  return {
    next: { ...state, rebateUnits: units.toString() },
    move: withPaid(move, after, { caseId: state.caseId, units, atMs: nowMs }),
    units,
  };
}
