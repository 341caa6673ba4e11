import { Command, CommanderError, Option } from 'commander';
import { addActionCommands } from './commands/actions.ts';
import { addCaseCommands } from './commands/cases.ts';
import { addDecisionCommands } from './commands/decisions.ts';
import { addIncidentCommands } from './commands/incidents.ts';
import { addMoneyCommands } from './commands/money.ts';
import { addParticipantCommands } from './commands/participants.ts';
import { addPolicyCommands } from './commands/policies.ts';
import { addShadowCommand } from './commands/shadow.ts';
import { createContext, type Out } from './context.ts';
import { ApiProblem, EXIT, exitCodeOf, explain } from './failure.ts';

/** The environment that options fall back to. */
type Env = Readonly<Record<string, string | undefined>>;

const DEFAULT_URL = 'http://127.0.0.1:8787';

/**
 * Runs one command line of `slashing` and returns its exit code. Data goes to `out.data`, everything else to `out.talk`.
 *
 * @example
 * await runSlashing(['cases', 'list', '--json'], process.env, { data: console.log, talk: console.error });
 */
export async function runSlashing(argv: readonly string[], env: Env, out: Out): Promise<number> {
  const program = createProgram(env, out);
  try {
    await program.parseAsync(argv, { from: 'user' });
    return EXIT.ok;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    const wantsJson = program.opts<{ json?: boolean }>().json === true || argv.includes('--json');
    const problem = error instanceof ApiProblem ? error.content : undefined;
    if (wantsJson && problem !== undefined) out.talk(JSON.stringify(problem, null, 2));
    else out.talk(`error: ${explain(error)}`);
    return exitCodeOf(error);
  }
}

function createProgram(env: Env, out: Out): Command {
  const program = new Command('slashing')
    .description('Look at cases, participants, money and the law, and act in cases.')
    .addOption(
      new Option('--url <url>', 'where the API is').default(env['SLASHING_URL'] ?? DEFAULT_URL),
    )
    .addOption(
      new Option('--token <token>', 'who asks (or SLASHING_TOKEN)').default(
        env['SLASHING_TOKEN'] ?? '',
        'SLASHING_TOKEN',
      ),
    )
    .option('--json', 'the answer as it came', false)
    .option('--idempotency-key <key>', 'repeats an action safely; a new key if left out')
    .configureOutput({
      writeOut: (text) => out.data(text.trimEnd()),
      writeErr: (text) => out.talk(text.trimEnd()),
    })
    .exitOverride()
    .showHelpAfterError('(add --help for what there is)');
  const context = createContext(out);
  addCaseCommands(program, context);
  addDecisionCommands(program, context);
  addParticipantCommands(program, context);
  addMoneyCommands(program, context);
  addShadowCommand(program, context);
  addPolicyCommands(program, context);
  addActionCommands(program, context);
  addIncidentCommands(program, context);
  inherit(program);
  return program;
}

/** Subcommands were made before they could inherit: they end and speak like the program. */
function inherit(parent: Command): void {
  for (const command of parent.commands) {
    command.copyInheritedSettings(parent);
    inherit(command);
  }
}
