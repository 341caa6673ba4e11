import type { Command } from 'commander';
import {
  listParticipants,
  readLedger,
  readParticipant,
  readStanding,
} from '../../../contracts/http/participants.ts';
import { listReputationReviews, readReputation } from '../../../contracts/http/reputation.ts';
import type { Context } from '../context.ts';
import { outline, table } from '../render.ts';
import { paged } from './cases.ts';

const PARTICIPANT_COLUMNS = {
  PARTICIPANT: 'participantId',
  KIND: 'kind',
  NAME: 'displayName',
  GROUP: 'controlGroup',
};

const REVIEW_COLUMNS = {
  PARTICIPANT: 'participantId',
  FAMILY: 'family',
  SCORE: 'score',
  SINCE: 'openedAt',
};

/** `slashing participants list | show`, `standing`, `reputation`, `reviews` and `ledger`. */
export function addParticipantCommands(program: Command, context: Context): void {
  const participants = program.command('participants').description('Look at participants');
  paged(participants.command('list').description('List participants')).action(
    async (query: Record<string, string | undefined>, command: Command) => {
      await context.print(command, { operation: listParticipants, query }, (page) =>
        table(page, PARTICIPANT_COLUMNS),
      );
    },
  );
  paged(
    program.command('reviews').description('List reputations that somebody should look at'),
  ).action(async (query: Record<string, string | undefined>, command: Command) => {
    await context.print(command, { operation: listReputationReviews, query }, (page) =>
      table(page, REVIEW_COLUMNS),
    );
  });
  const reads = [
    [participants.command('show').description('Show a participant'), readParticipant],
    [program.command('standing').description('Show standing and sanctions'), readStanding],
    [
      program.command('reputation').description('Show reputation in every family and its causes'),
      readReputation,
    ],
    [program.command('ledger').description('Show balances, charges and transfers'), readLedger],
  ] as const;
  for (const [command, operation] of reads) {
    command
      .argument('<participant>')
      .action(async (participantId: string, _options: unknown, own: Command) => {
        await context.print(own, { operation, params: { participantId } }, (answer) =>
          outline(answer),
        );
      });
  }
}
