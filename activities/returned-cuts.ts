import { standingCutOf } from '../domain/case/standing-cut.ts';
import type { CaseState } from '../domain/case/state.ts';
import type { LedgerSnapshot } from '../domain/ledger/accounts.ts';
import { returnWithheld } from '../domain/ledger/cuts.ts';
import { applyMove, type LedgerMove } from '../domain/ledger/move.ts';
import type { Sanction } from '../domain/sanction.ts';

/** A fall of decisions: the case and its own sanction after it, null where it had none. The review names it, so that a retry is the same transfer. */
export interface Fall {
  reviewId: string;
  after: CaseState;
  sanction: Sanction | null;
  atMs: number;
}

/**
 * A move by which decisions of a case fall, with what they had cut from rewards: of that stays what the sanction that stands would have
 * cut, and what was earned without access as long as it bars at the least (rules C3, D10, ADR 0026).
 */
export function withCutsReturned(
  snapshot: LedgerSnapshot,
  move: LedgerMove,
  { reviewId, after, sanction, atMs }: Fall,
): LedgerMove {
  if (!sanction) return move;
  const ref = { caseId: after.caseId, decisionId: reviewId, atMs };
  const standing = standingCutOf(after, sanction, atMs);
  const back = returnWithheld(applyMove(snapshot, move), ref, standing);
  return { ...back, transfers: [...move.transfers, ...back.transfers] };
}
