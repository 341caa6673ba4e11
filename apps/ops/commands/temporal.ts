import { type Command, InvalidArgumentError } from 'commander';
import type { Store } from '../../../adapters/dynamodb/client.ts';
import { createDirectory } from '../../../adapters/dynamodb/directory.ts';
import { withStore } from '../installation.ts';
import type { Env, Out } from '../program.ts';
import { type Temporal, withTemporal } from '../temporal/connect.ts';
import { setUpNamespace } from '../temporal/namespace.ts';
import { makeCurrent, ramp, rollBack } from '../temporal/routing.ts';
import { readVersions, type Versions } from '../temporal/versions.ts';
import { scheduleWatch } from '../temporal/watch.ts';

/** The deployment that the worker's own environment names by default. */
const DEFAULT_DEPLOYMENT = 'enforcement';

/** Commands for Temporal: its namespace, and which version of the worker gets the cases. */
export function addTemporalCommands(program: Command, env: Env, out: Out): void {
  const temporal = program
    .command('temporal')
    .description(
      'Set up the namespace and route cases to versions of the worker (TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, and TEMPORAL_SECRET with AWS_REGION, TEMPORAL_API_KEY or TEMPORAL_TLS).',
    );
  temporal
    .command('setup')
    .description('Make the namespace, its retention and its search attributes what they should be.')
    .option('--retention-days <days>', 'how long closed cases stay to be looked at', days)
    .action(async (options: { retentionDays?: number }) => {
      const done = await withTemporal(env, (it) =>
        setUpNamespace(it, options.retentionDays ?? null),
      );
      for (const line of done.length > 0 ? done : ['All is set up already.']) out.data(line);
    });
  temporal
    .command('watch')
    .description(
      'Have the network look at itself as often as the law in force says (also TABLE_PREFIX, AWS_REGION, NETWORK_ID).',
    )
    .action(async () => {
      const { networkId, everyMs } = await withStore(env, rhythmOf);
      const said = await withTemporal(env, (it) => scheduleWatch(it, { networkId, everyMs }));
      for (const line of said) out.data(line);
    });
  addVersionCommands(temporal, env, out);
}

async function rhythmOf(store: Store): Promise<{ networkId: string; everyMs: number }> {
  const clock = { nowMs: () => Date.now() };
  const { watchEveryMs } = await createDirectory(store, clock).policyAt(clock.nowMs());
  return { networkId: store.networkId, everyMs: watchEveryMs };
}

function addVersionCommands(temporal: Command, env: Env, out: Out): void {
  const add = (name: string, description: string) =>
    temporal
      .command(name)
      .description(description)
      .option(
        '--deployment <name>',
        'the workers that are meant',
        env['WORKER_DEPLOYMENT'] || DEFAULT_DEPLOYMENT,
      );
  const tell = async (work: (it: Temporal) => Promise<string>) =>
    out.data(await withTemporal(env, work));

  add('versions', 'List the versions, newest first, and what becomes of them.').action(
    async ({ deployment }: Named) =>
      tell(async (it) => renderVersions(await readVersions(it, deployment))),
  );
  add('current <buildId>', 'Send all cases to a version, new ones and those in flight.').action(
    (buildId: string, { deployment }: Named) => tell((it) => makeCurrent(it, deployment, buildId)),
  );
  add('ramp <buildId>', 'Send a share of the cases to a version; 0 takes it back.')
    .argument('<percent>', 'share of the cases', percentOf)
    .action((buildId: string, percent: number, { deployment }: Named) =>
      tell((it) => ramp(it, deployment, buildId, percent)),
    );
  add('rollback', 'End a ramp, or go back to the version before.').action(({ deployment }: Named) =>
    tell((it) => rollBack(it, deployment)),
  );
}

interface Named {
  readonly deployment: string;
}

function renderVersions({ deployment, all, ramping }: Versions): string {
  if (all.length === 0) return `No worker of ${deployment} with a version has polled yet.`;
  return all
    .map(({ buildId, status, createdAtMs }) => {
      const share = ramping?.buildId === buildId ? ` ${ramping.percent} %` : '';
      return `${buildId}\t${status}${share}\tsince ${new Date(createdAtMs).toISOString()}`;
    })
    .join('\n');
}

function days(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 365)
    throw new InvalidArgumentError('Days are a whole number from 1 to 365.');
  return value;
}

function percentOf(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0 && value <= 100))
    throw new InvalidArgumentError('A share is a number from 0 to 100.');
  return value;
}
