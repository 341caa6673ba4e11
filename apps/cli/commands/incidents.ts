import { type Command, InvalidArgumentError, Option } from 'commander';
import {
  listIncidents,
  openIncident,
  releaseIncident,
  renewIncident,
} from '../../../contracts/http/incidents.ts';
import type { Context } from '../context.ts';
import { outline, table } from '../render.ts';
import { paged } from './cases.ts';

const INCIDENT_COLUMNS = {
  INCIDENT: 'incidentId',
  KIND: 'kind',
  OPEN: 'isOpen',
  BY: 'openedBy',
  SINCE: 'openedAt',
  UNTIL: 'endsAt',
  REASON: 'reason',
};

/** Field of a scope that holds what it is about. */
const SCOPE_FIELDS = {
  family: 'family',
  'violation-type': 'violationType',
  source: 'sourceId',
  'control-group': 'controlGroup',
  participant: 'participantId',
} as const;

/** Reads `network`, or `source=monitor-a` and the like. */
function scopeOf(text: string): Record<string, string> {
  if (text === 'network') return { kind: 'network' };
  const [kind = '', ...rest] = text.split('=');
  const field = Object.hasOwn(SCOPE_FIELDS, kind)
    ? SCOPE_FIELDS[kind as keyof typeof SCOPE_FIELDS]
    : null;
  if (field === null || rest.length === 0)
    throw new InvalidArgumentError(
      `Say network, or one of ${Object.keys(SCOPE_FIELDS).join(', ')} with "=" and its id.`,
    );
  return { kind, [field]: rest.join('=') };
}

const reason = () => new Option('--reason <text>', 'why').makeOptionMandatory();

/** `slashing incidents list | hold | renew | release`. */
export function addIncidentCommands(program: Command, context: Context): void {
  const incidents = program.command('incidents').description('What stops many cases at once');
  paged(incidents.command('list').description(listIncidents.summary)).action(
    async (query: Record<string, string | undefined>, command: Command) => {
      await context.print(command, { operation: listIncidents, query }, (page) =>
        table(page, INCIDENT_COLUMNS),
      );
    },
  );
  incidents
    .command('hold')
    .description(openIncident.summary)
    .addOption(
      new Option('--scope <scope>', 'network, or source=<id>, family=<name> and the like')
        .argParser(scopeOf)
        .makeOptionMandatory(),
    )
    .addOption(reason())
    .action(async (options: { scope: object; reason: string }, command: Command) => {
      const body = { kind: 'clock-hold', ...options };
      await context.print(command, { operation: openIncident, body }, outline);
    });
  for (const [name, operation] of [
    ['renew', renewIncident],
    ['release', releaseIncident],
  ] as const) {
    incidents
      .command(name)
      .description(operation.summary)
      .argument('<incident>')
      .addOption(reason())
      .action(async (incidentId: string, body: { reason: string }, command: Command) => {
        await context.print(command, { operation, params: { incidentId }, body }, outline);
      });
  }
}
