import { type Command, Option } from 'commander';
import {
  acknowledge,
  addNote,
  answer,
  appeal,
  approve,
  askReadmission,
  confirmRemediation,
  decideDispute,
  openDispute,
  recordFinding,
  submitRemediation,
  veto,
} from '../../../contracts/http/case-actions.ts';
import { rung } from '../../../contracts/http/fields.ts';
import type { Operation } from '../../../contracts/http/operation.ts';
import type { Context } from '../context.ts';
import { outline } from '../render.ts';

type Options = Record<string, string>;

/** One action in a case: its command, its operation, and the body made of arguments and options. */
interface ActionSpec {
  readonly name: string;
  readonly operation: Pick<Operation, 'method' | 'path' | 'summary'>;
  /** Arguments after the case, such as `<proposal>`. */
  readonly args?: readonly string[];
  readonly options: readonly Option[];
  readonly body: (options: Options, args: readonly string[]) => unknown;
}

const needed = (flags: string, description: string) =>
  new Option(flags, description).makeOptionMandatory();

const DRAFT_HASH = needed('--draft-hash <hash>', 'hash of the draft that was read (cases show)');

const ACTIONS: readonly ActionSpec[] = [
  {
    name: 'acknowledge',
    operation: acknowledge,
    options: [new Option('--note <text>')],
    body: ({ note }) => (note === undefined ? {} : { note }),
  },
  {
    name: 'answer',
    operation: answer,
    options: [needed('--text <text>', 'what to say to the notice')],
    body: ({ text }) => ({ text }),
  },
  {
    name: 'remediate',
    operation: submitRemediation,
    options: [
      needed('--cause <text>', 'why it happened'),
      needed('--actions <text>', 'what was done about it'),
    ],
    body: ({ cause, actions }) => ({ cause, actions }),
  },
  {
    name: 'confirm',
    operation: confirmRemediation,
    options: [new Option('--note <text>')],
    body: ({ note }) => (note === undefined ? {} : { note }),
  },
  {
    name: 'appeal',
    operation: appeal,
    options: [needed('--grounds <text>', 'why access should return')],
    body: ({ grounds }) => ({ grounds }),
  },
  {
    name: 'readmission',
    operation: askReadmission,
    options: [needed('--grounds <text>', 'why an excluded participant should return')],
    body: ({ grounds }) => ({ grounds }),
  },
  {
    name: 'finding',
    operation: recordFinding,
    options: [
      needed('--result <result>', 'what the audit found').choices(['pass', 'fail']),
      needed('--note <text>', 'what it is based on'),
    ],
    body: ({ result, note }) => ({ result, note }),
  },
  {
    name: 'approve',
    operation: approve,
    args: ['<proposal>'],
    options: [DRAFT_HASH, needed('--reason <text>', 'why')],
    body: ({ draftHash, reason }) => ({ draftHash, reason }),
  },
  {
    name: 'veto',
    operation: veto,
    args: ['<proposal>'],
    options: [
      DRAFT_HASH,
      needed('--reason <text>', 'why'),
      new Option('--stance <stance>', 'veto, or confirm or lift one as a reviewer')
        .choices(['veto', 'confirm', 'lift'])
        .default('veto'),
    ],
    body: ({ draftHash, reason, stance }) => ({ draftHash, reason, stance }),
  },
  {
    name: 'dispute',
    operation: openDispute,
    args: ['<decision>'],
    options: [needed('--grounds <text>', 'why the decision is wrong')],
    body: ({ grounds }, [decisionId]) => ({ decisionId, grounds }),
  },
  {
    name: 'rule',
    operation: decideDispute,
    args: ['<dispute>'],
    options: [
      needed('--result <result>', 'what the review came to').choices([
        'upheld',
        'reduced',
        'overturned',
      ]),
      new Option('--to-rung <rung>', 'the rung that stands, for reduced').choices(rung.options),
      needed('--reason-code <code>', 'on what it rests').choices([
        'evidence',
        'platform-fault',
        'law',
        'amount',
        'procedure',
      ]),
      needed('--reason <text>', 'why, in words'),
    ],
    body: ({ result, toRung, reasonCode, reason }) => ({
      result,
      ...(toRung !== undefined && { toRung }),
      reasonCode,
      reason,
    }),
  },
  {
    name: 'note',
    operation: addNote,
    options: [needed('--text <text>', 'what to add to the history')],
    body: ({ text }) => ({ text }),
  },
];

/** What people do in a case, one command each. */
export function addActionCommands(program: Command, context: Context): void {
  for (const spec of ACTIONS) {
    const command = program.command(spec.name).description(spec.operation.summary);
    command.argument('<case>');
    for (const argument of spec.args ?? []) command.argument(argument);
    for (const option of spec.options) command.addOption(option);
    command.action(async () => {
      const [caseId = '', ...args] = command.args;
      const call = {
        operation: spec.operation,
        params: { caseId, proposalId: args[0] ?? '', disputeId: args[0] ?? '' },
        body: spec.body(command.opts<Options>(), args),
      };
      await context.print(command, call, (result) => outline(result));
    });
  }
}
