import type { Command } from 'commander';
import {
  cancelWithdrawal,
  creditReward,
  listWithdrawals,
  payRewards,
  withdraw,
} from '../../../contracts/http/money.ts';
import { deposit } from '../../../contracts/http/participants.ts';
import type { Context } from '../context.ts';
import { outline } from '../render.ts';
import { paged } from './cases.ts';

interface Booking {
  readonly units: string;
  readonly asset: string;
  readonly ref: string;
}

const BOOKINGS = [
  ['deposit', deposit, 'Book a deposit of stake, once per reference', 'the payment outside'],
  ['withdraw', withdraw, 'Begin to withdraw free stake', 'the withdrawal, one’s own'],
  ['pay-rewards', payRewards, 'Book that unpaid rewards were paid out', 'the payment outside'],
] as const;

/** `slashing deposit | withdraw | pay-rewards | credit-reward`, `withdrawals` and `cancel-withdrawal`: money in and out, each once per reference. */
export function addMoneyCommands(program: Command, context: Context): void {
  for (const [name, operation, description, of] of BOOKINGS) {
    booking(program, name, description, of).action(
      async (participantId: string, told: Booking, command: Command) => {
        const call = { operation, params: { participantId }, body: bodyOf(told) };
        await context.print(command, call, (answer) => outline(answer));
      },
    );
  }
  booking(
    program,
    'credit-reward',
    'Credit a reward, with the cuts of active sanctions',
    'the reward outside',
  )
    .requiredOption('--earned-at <instant>', 'when it was earned, RFC 3339')
    .action(
      async (participantId: string, told: Booking & { earnedAt: string }, command: Command) => {
        const body = { ...bodyOf(told), earnedAt: told.earnedAt };
        const call = { operation: creditReward, params: { participantId }, body };
        await context.print(command, call, (answer) => outline(answer));
      },
    );
  paged(
    program
      .command('withdrawals')
      .description('List withdrawals, what is free and what cases keep')
      .argument('<participant>'),
  ).action(
    async (participantId: string, query: Record<string, string | undefined>, command: Command) => {
      const call = { operation: listWithdrawals, params: { participantId }, query };
      await context.print(command, call, (page) => outline(page));
    },
  );
  program
    .command('cancel-withdrawal')
    .description('Take a withdrawal back: what has not left becomes available again')
    .argument('<participant>')
    .argument('<withdrawal>')
    .action(
      async (participantId: string, withdrawalId: string, _options: unknown, command: Command) => {
        const params = { participantId, withdrawalId };
        await context.print(command, { operation: cancelWithdrawal, params, body: {} }, (answer) =>
          outline(answer),
        );
      },
    );
}

function booking(program: Command, name: string, description: string, of: string): Command {
  return program
    .command(name)
    .description(description)
    .argument('<participant>')
    .requiredOption('--units <units>', 'base units, decimal digits')
    .requiredOption('--asset <asset>', 'asset of the network')
    .requiredOption('--ref <reference>', `reference of ${of}`);
}

function bodyOf({ units, asset, ref }: Booking) {
  return { amount: { asset, units }, externalRef: ref };
}
