import { invariant } from '../errors.ts';
import type { LedgerSnapshot, Posting, RewardCut, Transfer, TransferKind } from './accounts.ts';
import { applyTransfer } from './conservation.ts';
import { type LedgerMove, postings, still } from './move.ts';
import { cutFallsOf, takeRewards, withheldOf } from './rewards.ts';

/** What every booking outside a case has: its transfer's id, its amount and its instant. */
interface Booking {
  transferId: string;
  units: bigint;
  atMs: number;
}

/** Books a deposit: outside → available. */
export function deposit(snapshot: LedgerSnapshot, booking: Booking): LedgerMove {
  invariant(booking.units > 0n, 'A deposit is at least one unit.');
  const moved = postings([
    ['outside', -booking.units],
    ['available', booking.units],
  ]);
  return {
    ...booked(snapshot, booking, 'deposit', moved),
    deposits: [...snapshot.deposits, { atMs: booking.atMs, units: booking.units }],
  };
}

/**
 * Books a reward: what the largest cut takes is withheld, rounded down; the rest is unpaid (rule C3). The cases that cut it are
 * kept with it, so that the fall of one gives back exactly what it alone caused.
 */
export function creditReward(
  snapshot: LedgerSnapshot,
  booking: Booking & { earnedAtMs: number; cuts: RewardCut[] },
): LedgerMove {
  const { units, earnedAtMs, cuts } = booking;
  invariant(units > 0n, 'A reward is at least one unit.');
  const reward = {
    rewardId: booking.transferId,
    earnedAtMs,
    creditedAtMs: booking.atMs,
    units,
    cuts,
  };
  const withheld = withheldOf(reward, cutFallsOf(snapshot));
  const unpaid = units - withheld;
  const moved = postings([
    ['outside', -units],
    ['withheld', withheld],
    ['rewardsUnpaid', unpaid],
  ]);
  const earned = unpaid > 0n ? [{ earnedAtMs, units: unpaid }] : [];
  return {
    ...booked(snapshot, booking, 'reward', moved),
    unpaidRewards: [...snapshot.unpaidRewards, ...earned],
    rewards: [...snapshot.rewards, reward],
  };
}

/** Books that rewards were paid out, oldest first: unpaid → paid. Throws when fewer are unpaid. */
export function payRewards(snapshot: LedgerSnapshot, booking: Booking): LedgerMove {
  const { units, atMs } = booking;
  invariant(units > 0n, 'A payout is at least one unit.');
  const { taken, left } = takeRewards(snapshot.unpaidRewards, units, Number.MAX_SAFE_INTEGER);
  const moved = postings([
    ['rewardsUnpaid', -units],
    ['rewardsPaid', units],
  ]);
  return {
    ...booked(snapshot, booking, 'payout', moved),
    unpaidRewards: left,
    payout: { payoutId: booking.transferId, atMs, tranches: taken },
  };
}

/** One transfer that belongs to no case. */
export function booked(
  snapshot: LedgerSnapshot,
  { transferId, atMs }: Pick<Booking, 'transferId' | 'atMs'>,
  kind: TransferKind,
  moved: Posting[],
): LedgerMove {
  const { participantId } = snapshot;
  const transfer: Transfer = { transferId, participantId, kind, atMs, postings: moved };
  return {
    ...still(snapshot, null),
    balances: applyTransfer(snapshot.balances, transfer),
    transfers: moved.length === 0 ? [] : [transfer],
  };
}
