import { invariant } from '../errors.ts';
import { FULL_BPS } from '../money.ts';
import type { LedgerSnapshot, Transfer } from './accounts.ts';
import { applyTransfer } from './conservation.ts';
import { type LedgerMove, postings, still } from './move.ts';

/** Books a deposit: outside → available. */
export function deposit(
  snapshot: LedgerSnapshot,
  booking: { transferId: string; units: bigint; atMs: number },
): LedgerMove {
  invariant(booking.units > 0n, 'A deposit is at least one unit.');
  const transfer: Transfer = {
    transferId: booking.transferId,
    participantId: snapshot.participantId,
    kind: 'deposit',
    atMs: booking.atMs,
    postings: postings([
      ['outside', -booking.units],
      ['available', booking.units],
    ]),
  };
  return {
    ...still(snapshot, null),
    balances: applyTransfer(snapshot.balances, transfer),
    transfers: [transfer],
    deposits: [...snapshot.deposits, { atMs: booking.atMs, units: booking.units }],
  };
}

/** Books a reward: what the cut of active sanctions takes is withheld, rounded down; the rest is unpaid (rule C3). */
export function creditReward(
  snapshot: LedgerSnapshot,
  booking: { transferId: string; units: bigint; earnedAtMs: number; atMs: number; cutBps: number },
): LedgerMove {
  invariant(booking.units > 0n, 'A reward is at least one unit.');
  const withheld = (booking.units * BigInt(booking.cutBps)) / BigInt(FULL_BPS);
  const unpaid = booking.units - withheld;
  const transfer: Transfer = {
    transferId: booking.transferId,
    participantId: snapshot.participantId,
    kind: 'reward',
    atMs: booking.atMs,
    postings: postings([
      ['outside', -booking.units],
      ['withheld', withheld],
      ['rewardsUnpaid', unpaid],
    ]),
  };
  const earned = unpaid > 0n ? [{ earnedAtMs: booking.earnedAtMs, units: unpaid }] : [];
  return {
    ...still(snapshot, null),
    balances: applyTransfer(snapshot.balances, transfer),
    transfers: [transfer],
    unpaidRewards: [...snapshot.unpaidRewards, ...earned],
  };
}
