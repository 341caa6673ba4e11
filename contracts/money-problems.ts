import type { ProblemSpec } from './law-problems.ts';

/** Refusals about stake, rewards and resources (rules C3, C8, D8). Nothing was changed. */
export const MONEY_PROBLEMS = {
  'withdrawal-exceeds-free': {
    status: 409,
    title: 'Less is free than was asked for',
    advice:
      'Ask for at most the free amount in `detail`; what open cases could still charge stays until they end (rule D8).',
  },
  'withdrawals-too-many': {
    status: 409,
    title: 'Too many withdrawals are under way',
    advice: 'Wait for one to end, or cancel one.',
  },
  'withdrawal-over': {
    status: 409,
    title: 'The withdrawal is over',
    advice: 'What has left does not come back; deposit it again.',
  },
  'rewards-held': {
    status: 409,
    title: 'Rewards are not paid out now',
    advice:
      'A suspended or excluded participant keeps its unpaid rewards in the ledger until access returns (rule C3).',
  },
  'payout-exceeds-unpaid': {
    status: 409,
    title: 'Less is unpaid than was to be paid out',
    advice: 'Pay at most the unpaid amount in `detail`.',
  },
  'resource-has-open-case': {
    status: 409,
    title: 'An open case concerns the resource',
    advice: 'A resource changes hands only when no open case names it (rule C8).',
  },
  'resource-not-declared': {
    status: 404,
    title: 'The participant has no such resource',
    advice: 'Check the resource id in the participant’s resources.',
  },
} as const satisfies Record<string, ProblemSpec>;
