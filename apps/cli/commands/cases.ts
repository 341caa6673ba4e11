import { type Command, Option } from 'commander';
import { listCases, readCase, readTimeline } from '../../../contracts/http/cases.ts';
import type { Context } from '../context.ts';
import { outline, table } from '../render.ts';

const CASE_COLUMNS = {
  CASE: 'caseId',
  PARTICIPANT: 'participantId',
  TYPE: 'violationType',
  SEVERITY: 'severity',
  STAGE: 'stage',
  RUNG: 'rung',
  'WAITS FOR': 'waitsFor',
  UNTIL: 'nextDeadline',
};

const ENTRY_COLUMNS = { AT: 'at', KIND: 'kind', WHO: 'actor', WHAT: 'summary' };

/** Options of every list. */
export function paged(command: Command): Command {
  return command
    .option('--limit <count>', 'how many at most')
    .option('--cursor <cursor>', 'where the page before ended');
}

/** `slashing cases list | show | timeline`. */
export function addCaseCommands(program: Command, context: Context): void {
  const cases = program.command('cases').description('Look at cases');
  paged(cases.command('list').description('List cases, newest first'))
    .option('--participant <id>')
    .option('--type <violation type>')
    .addOption(new Option('--family <family>').choices(['performance', 'security', 'operational']))
    .addOption(new Option('--tier <tier>').choices(['warning', 'penalty', 'severe']))
    .addOption(
      new Option('--stage <stage>').choices([
        'confirming',
        'correcting',
        'proposed',
        'restoring',
        'ended',
      ]),
    )
    .addOption(
      new Option('--shadow <which>', 'only cases in shadow, or only real ones').choices([
        'true',
        'false',
      ]),
    )
    .action(async (options: Record<string, string | undefined>, command: Command) => {
      const { participant: participantId, type: violationType, ...rest } = options;
      const query = { participantId, violationType, ...rest };
      await context.print(command, { operation: listCases, query }, (page) =>
        table(page, CASE_COLUMNS),
      );
    });
  cases
    .command('show')
    .description('Show a case')
    .argument('<case>')
    .action(async (caseId: string, _options: unknown, command: Command) => {
      await context.print(command, { operation: readCase, params: { caseId } }, outline);
    });
  paged(cases.command('timeline').description('Show what happened in a case, oldest first'))
    .argument('<case>')
    .action(
      async (
        caseId: string,
        query: Record<string, string | undefined>,
        command: Command,
      ): Promise<void> => {
        const call = { operation: readTimeline, params: { caseId }, query };
        await context.print(command, call, (page) => table(page, ENTRY_COLUMNS));
      },
    );
}
