import type { Command } from 'commander';
import type { Store } from '../../../adapters/dynamodb/client.ts';
import { createDirectory } from '../../../adapters/dynamodb/directory.ts';
import { putSource } from '../../../adapters/dynamodb/directory-seed.ts';
import { parseSourceConfig, type SourceConfig } from '../../../contracts/source-config.ts';
import { canonicalJson } from '../../../domain/canonical-json.ts';
import { DomainError } from '../../../domain/errors.ts';
import { secretsOf, withStore } from '../installation.ts';
import type { Env, Out } from '../program.ts';
import { readJson } from '../read-file.ts';
import { addSecretCommands, type SecretPlace } from './secrets.ts';

/** `ops sources put | list | secret`. */
export function addSourceCommands(program: Command, env: Env, out: Out): void {
  const sources = program.command('sources').description('Configure the senders of alerts');
  sources
    .command('put')
    .description('Store the sources of a file, new or in place of what they are now')
    .argument('<file>', 'one source or a list of them, as JSON; - for what is piped in')
    .action((file: string) => {
      const json = readJson(file);
      const configs = (Array.isArray(json) ? json : [json]).map(parseSourceConfig);
      return withStore(env, async (store) => {
        for (const config of configs) out.data(await put(store, config));
        await remindOfSecrets(env, store, configs, out);
      });
    });
  sources
    .command('list')
    .description('List the sources')
    .action(() =>
      withStore(env, async (store) => {
        for (const config of await directoryOf(store).sourceConfigs()) out.data(lineOf(config));
      }),
    );
  addSecretCommands(sources, 'source', env, out, secretOfSource);
}

function lineOf({ sourceId, kind, auth, independenceGroup, enabled }: SourceConfig): string {
  const off = enabled ? '' : '  disabled';
  return `${sourceId}  ${kind}  ${auth.kind} ${auth.secretId}  ${independenceGroup}${off}`;
}

function directoryOf(store: Store) {
  return createDirectory(store, { nowMs: () => Date.now() }, { maxCacheAgeMs: 0 });
}

async function put(store: Store, config: SourceConfig): Promise<string> {
  const present = await directoryOf(store).sourceConfig(config.sourceId);
  if (present !== null && canonicalJson(present) === canonicalJson(config))
    return `${config.sourceId} is as it was.`;
  await putSource(store, config);
  return `${config.sourceId} is ${present === null ? 'new' : 'changed'}; it counts within a minute.`;
}

/** A source without a secret takes no delivery. On one machine secrets are in a file, of which this knows nothing. */
async function remindOfSecrets(
  env: Env,
  store: Store,
  configs: readonly SourceConfig[],
  out: Out,
): Promise<void> {
  if (!env['SEALING_KEY']) return;
  const secrets = secretsOf(env, store);
  for (const { sourceId, auth } of configs) {
    if ((await secrets.secrets(auth.secretId)).length === 0)
      out.talk(`${sourceId} has no secret yet: ops sources secret put ${sourceId} --generate`);
  }
}

/** Where the secret of a source is, and what it must look like. */
async function secretOfSource(store: Store, sourceId: string): Promise<SecretPlace> {
  const config = await directoryOf(store).sourceConfig(sourceId);
  if (config === null) {
    throw new DomainError(
      'source-unknown',
      'caller',
      `There is no source ${sourceId}. Put it first.`,
    );
  }
  const { kind, secretId } = config.auth;
  return { secretId, form: kind === 'standard-webhooks' ? 'webhook' : 'token' };
}
