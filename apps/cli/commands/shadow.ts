import type { Command } from 'commander';
import { readShadow } from '../../../contracts/http/shadow.ts';
import type { Context } from '../context.ts';
import { outline } from '../render.ts';

/** `slashing shadow`: what violation types in shadow would have imposed. */
export function addShadowCommand(program: Command, context: Context): void {
  program
    .command('shadow')
    .description('Show what violation types in shadow would have imposed')
    .option('--type <violation type>')
    .option('--from <instant>', 'cases opened since; 30 days ago if left out')
    .option('--to <instant>', 'cases opened until; now if left out')
    .option('--cursor <cursor>', 'where the answer before ended, with its --from and --to')
    .action(async (options: Record<string, string | undefined>, command: Command) => {
      const { type: violationType, ...rest } = options;
      const query = { violationType, ...rest };
      await context.print(command, { operation: readShadow, query }, (answer) => outline(answer));
    });
}
