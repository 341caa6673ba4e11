import { Command, CommanderError } from 'commander';
import { DomainError } from '../../domain/errors.ts';
import { addLawCommands } from './commands/law.ts';
import { addParticipantCommands } from './commands/participants.ts';
import { addSourceCommands } from './commands/sources.ts';
import { addTemporalCommands } from './commands/temporal.ts';
import { addVerifyCommand } from './commands/verify.ts';

/** The environment that an installation is found by: the same names as its functions have. */
export type Env = Readonly<Record<string, string | undefined>>;

/** Where data and talk go. */
export interface Out {
  readonly data: (text: string) => void;
  readonly talk: (text: string) => void;
}

/** Exit codes: 0 done, 1 failed, 2 wrong usage, 5 refused as it stands. */
const EXIT = { ok: 0, failed: 1, usage: 2, refused: 5 } as const;

/**
 * Runs one command of whoever runs an installation and returns its exit code. Every command may be repeated: what is already so stays
 * so. Data goes to `out.data`, everything else to `out.talk`.
 */
export async function runOps(argv: readonly string[], env: Env, out: Out): Promise<number> {
  try {
    await createProgram(env, out).parseAsync(argv, { from: 'user' });
    return EXIT.ok;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    for (const line of linesOf(error)) out.talk(line);
    return error instanceof DomainError && error.fault === 'conflict' ? EXIT.refused : EXIT.failed;
  }
}

function createProgram(env: Env, out: Out): Command {
  const program = new Command('ops')
    .description('Set up and look after an installation.')
    .configureOutput({
      writeOut: (text) => out.data(text.trimEnd()),
      writeErr: (text) => out.talk(text.trimEnd()),
    })
    .exitOverride()
    .showHelpAfterError('(add --help for what there is)');
  addLawCommands(program, env, out);
  addSourceCommands(program, env, out);
  addParticipantCommands(program, env, out);
  addTemporalCommands(program, env, out);
  addVerifyCommand(program, env, out);
  return program;
}

/** What is told of a failure: its code, what is wrong with what to do next, and the reason that another system gave. Never a stack. */
function linesOf(error: unknown): string[] {
  if (!(error instanceof DomainError)) {
    const message = error instanceof Error ? error.message : String(error);
    return [
      `error internal-error: ${message || 'unknown'}`,
      'This is a fault of ops; please report it.',
    ];
  }
  const { reason } = error.details;
  const told = typeof reason === 'string' && reason !== '' && !error.message.includes(reason);
  return [`error ${error.code}: ${error.message}`, ...(told ? [`reason: ${reason}`] : [])];
}
