import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import {
  approvePolicy,
  lintPolicy,
  listPolicies,
  proposePolicy,
  readPolicy,
  withdrawPolicy,
} from '../../../contracts/http/policies.ts';
import type { Context } from '../context.ts';
import { outline, table } from '../render.ts';

const COLUMNS = {
  VERSION: 'version',
  STATE: 'state',
  FROM: 'effectiveFrom',
  HASH: 'hash',
  'PUBLISHED BY': 'publishedBy',
};

/** `slashing policies list | show | lint | propose | approve | withdraw`. */
export function addPolicyCommands(program: Command, context: Context): void {
  const policies = program
    .command('policies')
    .description('Look at the law, and change it by two persons');
  policies
    .command('list')
    .description('List the versions of the law with their states')
    .action(async (_options: unknown, command: Command) => {
      await context.print(command, { operation: listPolicies }, (page) => table(page, COLUMNS));
    });
  policies
    .command('show')
    .description('Show a version with its bounds and its file')
    .argument('<version>')
    .action(async (version: string, _options: unknown, command: Command) => {
      const call = { operation: readPolicy, params: { version } };
      await context.print(command, call, (answer) => outline(answer));
    });
  addLint(policies, context);
  addPropose(policies, context);
  addApprove(policies, context);
  policies
    .command('withdraw')
    .description('Withdraw a version that is not law yet')
    .argument('<version>')
    .requiredOption('--reason <text>', 'why')
    .action(async (version: string, body: { reason: string }, command: Command) => {
      const call = { operation: withdrawPolicy, params: { version }, body };
      await context.print(command, call, (answer) => outline(answer));
    });
}

function addLint(policies: Command, context: Context): void {
  policies
    .command('lint')
    .description('Say what is wrong with a policy file; nothing is stored')
    .argument('<file>', 'policy file; - for what is piped in')
    .action(async (file: string, _options: unknown, command: Command) => {
      const call = { operation: lintPolicy, body: { policy: readJson(file) } };
      const answer = await context.print(command, call, (linted) => outline(linted));
      const { isSound } = lintPolicy.reply.parse(answer) as { isSound: boolean };
      if (!isSound) throw new Error('The policy has faults.');
    });
}

function addPropose(policies: Command, context: Context): void {
  policies
    .command('propose')
    .description('Propose a version; another governor approves it')
    .argument('<file>', 'policy file; - for what is piped in')
    .requiredOption('--from <instant>', 'when it comes into force, such as 2026-12-01T00:00:00Z')
    .action(async (file: string, { from }: { from: string }, command: Command) => {
      const body = { policy: readJson(file), effectiveFrom: from };
      await context.print(command, { operation: proposePolicy, body }, (answer) => outline(answer));
    });
}

function addApprove(policies: Command, context: Context): void {
  policies
    .command('approve')
    .description('Approve a proposed version as the second person')
    .argument('<version>')
    .requiredOption('--draft-hash <hash>', 'hash of the draft that was read (policies show)')
    .requiredOption('--reason <text>', 'why')
    .action(
      async (version: string, body: { draftHash: string; reason: string }, command: Command) => {
        const call = { operation: approvePolicy, params: { version }, body };
        await context.print(command, call, (answer) => outline(answer));
      },
    );
}

/** The JSON of a file. Throws with what is wrong with it. */
function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file === '-' ? 0 : file, 'utf8'));
  } catch (error) {
    const why = error instanceof SyntaxError ? 'is not JSON' : 'cannot be read';
    throw new Error(`${file} ${why}: ${error instanceof Error ? error.message : error}`);
  }
}
