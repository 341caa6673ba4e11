import { blocksOf, mayLeaveUnits } from '../domain/law/blocks.ts';
import { nextLookAtMs } from '../domain/law/exit-outlook.ts';
import type { LedgerSnapshot, Withdrawal } from '../domain/ledger/accounts.ts';
import { toLedgerChange } from '../domain/ledger/move.ts';
import { leave } from '../domain/ledger/withdrawals.ts';
import { minUnits } from '../domain/money.ts';
import type { ActivityPorts } from './ports.ts';
import { asFailure, type PlannedStep, runStep } from './step.ts';

/** Which withdrawal to look at, and when. */
export interface SettleWithdrawalInput {
  participantId: string;
  withdrawalId: string;
  nowMs: number;
}

/** What became of it; `nextLookAtMs` null means that it is over. */
export interface WithdrawalOutcome {
  leftUnits: string;
  nextLookAtMs: number | null;
}

/**
 * Lets go what may leave at the end of unbonding: all of it, or what exceeds the blocks of open cases; the rest waits (rule D8,
 * invariant H7). A look that changes nothing writes nothing.
 */
export function settleWithdrawal(ports: ActivityPorts) {
  return async (input: SettleWithdrawalInput): Promise<WithdrawalOutcome> =>
    asFailure(async () => {
      const { participantId, withdrawalId, nowMs } = input;
      const snapshot = await ports.cases.snapshot(participantId);
      const known = exitOf(snapshot, withdrawalId);
      const waits = { leftUnits: '0', nextLookAtMs: known ? nextLookAtMs(known, nowMs) : null };
      if (!known || known.outcome !== null || nowMs < known.dueAtMs) return waits;
      if (isStuck(snapshot, known)) return waits;
      const stepKey = `${participantId}/withdrawal/${withdrawalId}/${nowMs}`;
      return runStep(ports, stepKey, input, async () =>
        letGo(await ports.cases.snapshot(participantId), input),
      );
    });
}

function exitOf(snapshot: LedgerSnapshot, withdrawalId: string): Withdrawal | undefined {
  return snapshot.withdrawals.find((one) => one.withdrawalId === withdrawalId);
}

/** Charges may have taken all of it: then there is nothing to let go, and it is over all the same. */
function isStuck(snapshot: LedgerSnapshot, known: Withdrawal): boolean {
  return known.exitingUnits > 0n && mayLeaveUnits(snapshot) === 0n;
}

function letGo(
  snapshot: LedgerSnapshot,
  { participantId, withdrawalId, nowMs }: SettleWithdrawalInput,
): PlannedStep<WithdrawalOutcome> {
  const known = exitOf(snapshot, withdrawalId);
  const isOver = known === undefined || known.outcome !== null;
  if (isOver) return unchanged({ leftUnits: '0', nextLookAtMs: null });
  const mayLeave = mayLeaveUnits(snapshot);
  const units = minUnits(known.exitingUnits, mayLeave);
  const move = leave(snapshot, { withdrawalId, mayLeaveUnits: mayLeave, atMs: nowMs });
  const after = move.withdrawals.find((one) => one.withdrawalId === withdrawalId) ?? known;
  const rest = after.exitingUnits > 0n ? ` ${after.exitingUnits} wait for open cases.` : '';
  return {
    commit: {
      ...NOTHING_ELSE,
      ledger: toLedgerChange(snapshot, move),
      audit: [
        {
          entryId: `withdrawal/${participantId}/${withdrawalId}/${nowMs}`,
          participantId,
          caseId: null,
          atMs: nowMs,
          kind: 'withdrawal-left',
          actor: 'system',
          summary: `Unbonding is over: ${units} units have left.${rest}`,
          data: {
            withdrawalId,
            units: units.toString(),
            blocks: blocksOf(snapshot).map((block) => ({
              caseId: block.caseId,
              units: block.units.toString(),
            })),
          },
        },
      ],
    },
    outcome: { leftUnits: units.toString(), nextLookAtMs: nextLookAtMs(after, nowMs) },
  };
}

const NOTHING_ELSE = {
  record: null,
  recordIsNew: false,
  ledger: null,
  notices: [],
  audit: [],
  freeSlot: null,
};

function unchanged(outcome: WithdrawalOutcome): PlannedStep<WithdrawalOutcome> {
  return { commit: NOTHING_ELSE, outcome };
}
