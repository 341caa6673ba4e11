import { invariant } from '../errors.ts';
import { minUnits } from '../money.ts';
import type { LedgerSnapshot, Withdrawal } from './accounts.ts';
import { booked } from './bookings.ts';
import { type LedgerMove, postings } from './move.ts';

/** A new withdrawal: what is asked for, under which name, and when unbonding ends. */
export type WithdrawalRequest = Pick<
  Withdrawal,
  'withdrawalId' | 'externalRef' | 'requestedAtMs' | 'dueAtMs'
> & { units: bigint };

/** Stake begins to leave: available → exiting. Whether it may is the law's to say (rule D8). */
export function beginExit(snapshot: LedgerSnapshot, request: WithdrawalRequest): LedgerMove {
  const { withdrawalId, units, requestedAtMs } = request;
  invariant(units > 0n, 'A withdrawal is at least one unit.');
  invariant(
    snapshot.withdrawals.every((one) => one.withdrawalId !== withdrawalId),
    `Withdrawal ${withdrawalId} has begun already.`,
  );
  const { externalRef, dueAtMs } = request;
  const begun: Withdrawal = {
    withdrawalId,
    externalRef,
    requestedAtMs,
    requestedUnits: units,
    exitingUnits: units,
    dueAtMs,
    left: [],
    outcome: null,
    endedAtMs: null,
  };
  const moved = postings([
    ['available', -units],
    ['exiting', units],
  ]);
  const ref = { transferId: transferIdOf(snapshot, withdrawalId, 'begin'), atMs: requestedAtMs };
  return {
    ...booked(snapshot, ref, 'begin-exit', moved),
    withdrawals: [...snapshot.withdrawals, begun],
  };
}

/** What of a withdrawal may leave does: exiting → withdrawn. It is over once nothing of it is on its way (rule D8). */
export function leave(
  snapshot: LedgerSnapshot,
  exit: { withdrawalId: string; mayLeaveUnits: bigint; atMs: number },
): LedgerMove {
  const known = runningExit(snapshot, exit.withdrawalId);
  const units = minUnits(known.exitingUnits, exit.mayLeaveUnits);
  invariant(units >= 0n, 'Less than nothing can not leave.');
  const isOver = units === known.exitingUnits;
  const after: Withdrawal = {
    ...known,
    exitingUnits: known.exitingUnits - units,
    left: units > 0n ? [...known.left, { atMs: exit.atMs, units }] : known.left,
    ...(isOver && { outcome: 'left' as const, endedAtMs: exit.atMs }),
  };
  const moved = postings([
    ['exiting', -units],
    ['withdrawn', units],
  ]);
  const transferId = transferIdOf(snapshot, exit.withdrawalId, `leave-${known.left.length + 1}`);
  return {
    ...booked(snapshot, { transferId, atMs: exit.atMs }, 'leave', moved),
    withdrawals: withExit(snapshot, after),
  };
}

/** The participant stays: what of a withdrawal has not left becomes available again. */
export function cancelExit(
  snapshot: LedgerSnapshot,
  exit: { withdrawalId: string; atMs: number },
): LedgerMove {
  const known = runningExit(snapshot, exit.withdrawalId);
  const moved = postings([
    ['exiting', -known.exitingUnits],
    ['available', known.exitingUnits],
  ]);
  const transferId = transferIdOf(snapshot, exit.withdrawalId, 'cancel');
  const after: Withdrawal = {
    ...known,
    exitingUnits: 0n,
    outcome: 'cancelled',
    endedAtMs: exit.atMs,
  };
  return {
    ...booked(snapshot, { transferId, atMs: exit.atMs }, 'cancel-exit', moved),
    withdrawals: withExit(snapshot, after),
  };
}

function runningExit(snapshot: LedgerSnapshot, withdrawalId: string): Withdrawal {
  const known = snapshot.withdrawals.find((one) => one.withdrawalId === withdrawalId);
  invariant(known !== undefined, `There is no withdrawal ${withdrawalId}.`);
  invariant(known.outcome === null, `Withdrawal ${withdrawalId} is over.`);
  return known;
}

function withExit(snapshot: LedgerSnapshot, after: Withdrawal): Withdrawal[] {
  return snapshot.withdrawals.map((one) => (one.withdrawalId === after.withdrawalId ? after : one));
}

function transferIdOf(snapshot: LedgerSnapshot, withdrawalId: string, step: string): string {
  return `withdrawal/${snapshot.participantId}/${withdrawalId}/${step}`;
}
