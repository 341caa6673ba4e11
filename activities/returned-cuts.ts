import { barsUntilMs } from '../domain/case/falling.ts';
import type { CaseState } from '../domain/case/state.ts';
import { rewardCutBpsFor } from '../domain/law/calculation.ts';
import { effectiveSeverity } from '../domain/law/ladder.ts';
import { rungOf } from '../domain/law/pin.ts';
import type { LedgerSnapshot } from '../domain/ledger/accounts.ts';
import { returnWithheld } from '../domain/ledger/cuts.ts';
import { applyMove, type LedgerMove } from '../domain/ledger/move.ts';
import { type RungId, rungOrder } from '../domain/violation.ts';

/**
 * A move by which decisions of a case fall, with what they had cut from rewards: of that only the cut of the rung that stands is kept,
 * nothing when none does; and what was earned without access, as long as what stands bars at the least (rules C3, D10, ADR 0026). `fall`
 * names the review, so that a retry is the same transfer; `after` is the case once they fell.
 */
export function withCutsReturned(
  snapshot: LedgerSnapshot,
  move: LedgerMove,
  state: CaseState,
  fall: { reviewId: string; standing: RungId | null; after: CaseState; atMs: number },
): LedgerMove {
  const { caseId } = state;
  const { reviewId, standing, after, atMs } = fall;
  const ref = { caseId, decisionId: reviewId, atMs };
  const back = returnWithheld(applyMove(snapshot, move), {
    ...ref,
    limitBps: standing ? cutOf(state, standing) : 0,
    barsUntilMs: standing ? barsUntilMs(after, atMs) : 0,
  });
  return { ...back, transfers: [...move.transfers, ...back.transfers] };
}

/** The cut of the rung that stands, by the severity with which the decision was imposed that is of that rung from now on. */
function cutOf({ law, imposed, severity }: CaseState, standing: RungId): number {
  if (!law) return 0;
  const step = imposed.find(({ rung }) => rungOrder(rung) >= rungOrder(standing));
  const reckoned = effectiveSeverity(law.family, step?.basis?.severity ?? severity);
  return rewardCutBpsFor(rungOf(law, standing), reckoned);
}
