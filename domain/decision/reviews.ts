import type { Dispute, DisputeEnd } from '../case/dispute.ts';
import type { ImposedStep } from '../case/state.ts';
import type { Restated } from '../law/restating.ts';
import type { LedgerSnapshot } from '../ledger/accounts.ts';
import type { Sanction } from '../sanction.ts';
import { type DecisionBasis, ledgerOf, recordDecision, sanctionWindows } from './build.ts';
import type { DecisionInputs, DecisionRecord, ProposalEnd } from './record.ts';
import { droppedWords, recountedWords, reviewedWords } from './review-words.ts';

type Basis = Omit<DecisionBasis, 'kind' | 'rung'>;

/** What a fall left: read before it, and as it is afterwards. */
export interface Fallen {
  snapshot: LedgerSnapshot;
  imposed: ImposedStep[];
  sanction: Sanction | null;
}

/**
 * The record of how a dispute ended (rules D7, D10, E5). `basis.state` still has it open, with all its rulings; `fallen` is null where the
 * disputed decision stands.
 */
export function reviewedRecord(
  basis: Basis,
  facts: { dispute: Dispute; end: DisputeEnd; fallen: Fallen | null },
): DecisionRecord {
  const { dispute, end, fallen } = facts;
  const { disputeId, decisionId, grounds, by: disputedBy } = dispute;
  return recordDecision(
    { ...basis, rung: null, kind: 'reviewed' },
    {
      words: reviewedWords(basis.state, dispute, end),
      review: {
        disputeId,
        decisionId,
        disputedBy,
        grounds,
        result: end.result,
        standingRung: end.standingRung,
        reasonCode: end.reasonCode,
        reason: end.reason,
        by: end.by,
        returnedUnits: BigInt(end.returnedUnits),
        imposed: fallen?.imposed ?? basis.state.imposed,
      },
      ...(fallen && {
        sanction: fallen.sanction,
        ...(fallen.sanction && { windows: sanctionWindows(fallen.sanction) }),
        inputs: { ledger: ledgerOf(fallen.snapshot) },
      }),
    },
  );
}

/** The record of a proposal that ended without effect (rules D7, E3): what was held went back. */
export function droppedRecord(
  basis: Basis,
  facts: { reason: ProposalEnd; snapshot: LedgerSnapshot | null },
): DecisionRecord {
  const { reason, snapshot } = facts;
  return recordDecision(
    { ...basis, rung: null, kind: 'dropped' },
    {
      words: droppedWords(basis.state, reason),
      dropped: reason,
      ...(snapshot && { inputs: { ledger: ledgerOf(snapshot) } }),
    },
  );
}

/** The record of a case that was reckoned anew because earlier ones fell (rules C11, D10). */
export function recountedRecord(
  basis: Basis,
  facts: {
    now: Restated;
    recurrence: NonNullable<DecisionInputs['recurrence']>;
    causes: string[];
    fallen: Fallen;
  },
): DecisionRecord {
  const { now, recurrence, causes, fallen } = facts;
  return recordDecision(
    { ...basis, rung: null, kind: 'recounted' },
    {
      words: recountedWords(basis.state, { now, causes, imposed: fallen.imposed }),
      recount: { fallen: causes, parts: now.parts, imposed: fallen.imposed },
      sanction: fallen.sanction,
      ...(fallen.sanction && { windows: sanctionWindows(fallen.sanction) }),
      inputs: { ledger: ledgerOf(fallen.snapshot), recurrence },
    },
  );
}
