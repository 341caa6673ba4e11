import * as z from 'zod';
import {
  id,
  instant,
  maybeInstant,
  page,
  paging,
  participantId,
  positiveUnits,
  units,
} from './fields.ts';
import { defineOperation, noBody, none } from './operation.ts';

/** Stake that leaves, and rewards: what comes beside the deposit. */

const tag = 'Money';
const oneParticipant = z.strictObject({ participantId });
const withdrawalId = id('Id of a withdrawal');
const amount = z.strictObject({ asset: z.string().min(1).max(64), units: positiveUnits });

const block = z
  .object({ caseId: z.string(), units })
  .meta({ id: 'Block', description: 'What a case keeps from leaving (rule D8)' });

/** A withdrawal as its participant sees it. */
const withdrawal = z
  .object({
    withdrawalId: z.string(),
    externalRef: z.string(),
    status: z.enum(['unbonding', 'waiting', 'left', 'cancelled']).meta({
      description:
        '`unbonding` until `dueAt`; `waiting`: due, but cases need it; `left`: all that was left of it is out',
    }),
    requestedAt: instant,
    requestedUnits: units,
    exitingUnits: units.meta({ description: 'Still on its way, and slashable until it has left' }),
    leftUnits: units,
    dueAt: instant,
    nextLookAt: maybeInstant.meta({
      description: 'When it is looked at next; null once it is over',
    }),
    endedAt: maybeInstant,
  })
  .meta({ id: 'Withdrawal' });

const bookedTwice = [
  'participant-unknown',
  'amount-invalid',
  'asset-mismatch',
  'external-ref-reused',
  'idempotency-key-reused',
] as const;

export const withdraw = defineOperation({
  id: 'withdraw',
  method: 'POST',
  path: '/v1/participants/{participantId}/withdrawals',
  tag,
  summary: 'Begin to withdraw free stake, once per external reference (rule D8)',
  params: oneParticipant,
  query: none,
  body: z.strictObject({
    amount,
    externalRef: id('The participant’s own reference, unique among its withdrawals'),
  }),
  reply: z
    .object({ status: z.enum(['booked', 'repeat']), withdrawal })
    .meta({ id: 'WithdrawalResult' }),
  statuses: [201, 200],
  problems: [...bookedTwice, 'withdrawal-exceeds-free', 'withdrawals-too-many', 'policy-missing'],
});

export const cancelWithdrawal = defineOperation({
  id: 'cancelWithdrawal',
  method: 'POST',
  path: '/v1/participants/{participantId}/withdrawals/{withdrawalId}/cancel',
  tag,
  summary: 'Take a withdrawal back: what has not left becomes available again',
  params: z.strictObject({ participantId, withdrawalId }),
  query: none,
  body: z.strictObject({}).optional(),
  reply: z.object({ withdrawal }).meta({ id: 'WithdrawalCancelled' }),
  problems: [
    'participant-unknown',
    'withdrawal-unknown',
    'withdrawal-over',
    'idempotency-key-reused',
  ],
});

export const listWithdrawals = defineOperation({
  id: 'listWithdrawals',
  method: 'GET',
  path: '/v1/participants/{participantId}/withdrawals',
  tag,
  summary: 'List withdrawals, newest first, with what is free and what cases keep (rule D8)',
  params: oneParticipant,
  query: z.strictObject(paging),
  body: noBody,
  reply: page(withdrawal)
    .extend({ freeUnits: units, blocks: z.array(block) })
    .meta({ id: 'Withdrawals' }),
  problems: ['participant-unknown', 'cursor-invalid'],
});

export const creditReward = defineOperation({
  id: 'creditReward',
  method: 'POST',
  path: '/v1/participants/{participantId}/rewards',
  tag,
  summary:
    'Credit a reward with the cuts of active sanctions, once per external reference (rule C3)',
  params: oneParticipant,
  query: none,
  body: z.strictObject({
    amount,
    earnedAt: z.iso
      .datetime({ offset: true })
      .meta({ description: 'When it was earned: nothing accrues in a suspension (rule C3)' }),
    externalRef: id('Reference of the reward outside, unique in the network'),
  }),
  reply: z
    .object({
      status: z.enum(['booked', 'repeat']),
      transferId: z.string(),
      units,
      withheldUnits: units,
      unpaidUnits: units,
      cuts: z.array(
        z.object({ caseId: z.string(), bps: z.int(), barred: z.literal(true).optional() }),
      ),
    })
    .meta({ id: 'RewardResult' }),
  statuses: [201, 200],
  problems: [...bookedTwice, 'earned-later'],
});

export const payRewards = defineOperation({
  id: 'payRewards',
  method: 'POST',
  path: '/v1/participants/{participantId}/rewards/payouts',
  tag,
  summary: 'Book that unpaid rewards were paid out, oldest first (rules C3, D5)',
  params: oneParticipant,
  query: none,
  body: z.strictObject({
    amount,
    externalRef: id('Reference of the payment outside, unique in the network'),
  }),
  reply: z
    .object({ status: z.enum(['booked', 'repeat']), transferId: z.string() })
    .meta({ id: 'PayoutResult' }),
  statuses: [201, 200],
  problems: [...bookedTwice, 'rewards-held', 'payout-exceeds-unpaid'],
});
