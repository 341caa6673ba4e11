import { toWire, type Wire } from '../../contracts/wire.ts';
import { nextLookAtMs } from '../../domain/law/exit-outlook.ts';
import type { Withdrawal } from '../../domain/ledger/accounts.ts';

/** A withdrawal as the API shows it: what became of it, and when it is looked at next. */
export type WithdrawalView = Wire<
  Pick<
    Withdrawal,
    | 'withdrawalId'
    | 'externalRef'
    | 'requestedAtMs'
    | 'requestedUnits'
    | 'exitingUnits'
    | 'dueAtMs'
    | 'endedAtMs'
  > & {
    status: 'unbonding' | 'waiting' | 'left' | 'cancelled';
    leftUnits: bigint;
    nextLookAtMs: number | null;
  }
>;

/** The view of a withdrawal at an instant. */
export function withdrawalView(withdrawal: Withdrawal, nowMs: number): WithdrawalView {
  const { left, outcome, ...rest } = withdrawal;
  const running = nowMs < withdrawal.dueAtMs ? 'unbonding' : 'waiting';
  return toWire({
    ...rest,
    status: outcome ?? running,
    leftUnits: left.reduce((sum, one) => sum + one.units, 0n),
    nextLookAtMs: nextLookAtMs(withdrawal, nowMs),
  });
}
