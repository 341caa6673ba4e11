import type { Command } from 'commander';
import { readDecisions } from '../../../contracts/http/cases.ts';
import type { Context } from '../context.ts';
import { decisionsText } from '../decision-text.ts';
import { paged } from './cases.ts';

/** `slashing decisions <case>`. */
export function addDecisionCommands(program: Command, context: Context): void {
  paged(
    program.command('decisions').description('Show why a case was decided as it was, oldest first'),
  )
    .argument('<case>')
    .action(
      async (
        caseId: string,
        query: Record<string, string | undefined>,
        command: Command,
      ): Promise<void> => {
        const call = { operation: readDecisions, params: { caseId }, query };
        await context.print(command, call, decisionsText);
      },
    );
}
