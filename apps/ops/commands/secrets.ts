import { randomBytes } from 'node:crypto';
import type { Command } from 'commander';
import type { Store } from '../../../adapters/dynamodb/client.ts';
import type { SecretKeeper } from '../../../adapters/secrets/sealed-registry.ts';
import { DomainError } from '../../../domain/errors.ts';
import { secretsOf, withStore } from '../installation.ts';
import type { Env, Out } from '../program.ts';
import { readText } from '../read-file.ts';

/** Where a secret lies, and its form: `webhook` as Standard Webhooks write it, `token` for bearer and basic. */
export interface SecretPlace {
  readonly secretId: string;
  readonly form: 'webhook' | 'token';
}

interface Origin {
  readonly generate?: true;
  readonly from?: string;
}

/** Bytes of a generated secret: 192 bits. */
const SECRET_BYTES = 24;

/** `… secret put | rotate | retire <owner>`, for whoever has a secret. */
export function addSecretCommands(
  parent: Command,
  owner: string,
  env: Env,
  out: Out,
  placeOf: (store: Store, ownerId: string) => Promise<SecretPlace>,
): void {
  const secret = parent.command('secret').description(`Set and rotate the secret of a ${owner}`);
  const add = (name: string, description: string) =>
    secret
      .command(name)
      .description(description)
      .argument(`<${owner}>`)
      .option('--generate', 'make one and print it once')
      .option('--from <file>', 'take the one in a file; - for what is piped in');
  const change = (work: 'put' | 'rotate') => (ownerId: string, origin: Origin) =>
    withStore(env, async (store) => {
      const place = await placeOf(store, ownerId);
      const text = secretFrom(origin, place.form);
      const outcome = await secretsOf(env, store)[work](place.secretId, text);
      // Printed only after it is stored: what is shown is what counts.
      if (origin.generate) out.data(text);
      out.talk(TOLD[outcome](`${parent.name()} secret retire ${ownerId}`));
    });
  add('put', 'Set the first secret').action(change('put'));
  add('rotate', 'Set a new secret; the one before stays valid until it is retired').action(
    change('rotate'),
  );
  secret
    .command('retire')
    .description(
      'End all secrets but the newest, when the sender has changed or an old one is known',
    )
    .argument(`<${owner}>`)
    .action((ownerId: string) =>
      withStore(env, async (store) => {
        const { secretId } = await placeOf(store, ownerId);
        out.talk(TOLD[await secretsOf(env, store).retire(secretId)](''));
      }),
    );
}

type Outcome = Awaited<ReturnType<SecretKeeper['put' | 'rotate' | 'retire']>>;

const TOLD: Readonly<Record<Outcome, (next: string) => string>> = {
  stored: () => 'The secret is set.',
  rotated: (next) =>
    `Both secrets are valid within a minute. Give the new one to the other side, then: ops ${next}`,
  retired: () => 'Only the newest secret is valid, within a minute.',
  unchanged: () => 'All is so already.',
};

function secretFrom({ generate, from }: Origin, form: SecretPlace['form']): string {
  if ((generate === undefined) === (from === undefined))
    throw new DomainError('secret-missing', 'caller', 'Give either --generate or --from <file>.');
  if (from === undefined) {
    return form === 'webhook'
      ? `whsec_${randomBytes(SECRET_BYTES).toString('base64')}`
      : randomBytes(SECRET_BYTES).toString('base64url');
  }
  const text = readText(from).replace(/\r?\n$/, '');
  const fault = faultOf(text, form);
  if (fault === null) return text;
  throw new DomainError('secret-malformed', 'caller', `The secret cannot be used: ${fault}.`);
}

/** What is wrong with a secret; it says nothing of what is in it. */
function faultOf(text: string, form: SecretPlace['form']): string | null {
  if (form === 'token')
    return /^[\x21-\x7e]{16,512}$/.test(text)
      ? null
      : 'it must be 16 to 512 printable characters without spaces';
  const [, key] = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(text) ?? [];
  const bytes = Buffer.from(key ?? '', 'base64').length;
  return bytes >= 24 && bytes <= 64 ? null : 'it must be whsec_ and 24 to 64 bytes in base64';
}
