import { DomainError } from '../../domain/errors.ts';
import type { Clock } from '../../domain/ports/clock.ts';
import type { Envelope, SealContext } from '../../domain/ports/envelope.ts';
import type { SealedSecrets } from '../../domain/ports/sealed-secrets.ts';
import type { SecretStore } from '../../domain/ports/secret-store.ts';
import { RecentlyUsed } from '../recently-used.ts';

/** What the sealed secrets of sources and subscribers are read and written with. */
export interface SealedRegistryOptions {
  readonly items: SealedSecrets;
  readonly envelope: Envelope;
  readonly networkId: string;
  readonly clock: Clock;
}

/** Secrets that whoever runs an installation sets and rotates. Every change may be repeated. */
export interface SecretKeeper extends SecretStore {
  /** Sets the first secret of an id. Throws `secret-exists` (conflict) when it has another one. */
  put(secretId: string, secret: string): Promise<'stored' | 'unchanged'>;
  /** Makes a new secret the newest; the one before stays valid, older ones do not. Throws `secret-unknown` (caller). */
  rotate(secretId: string, secret: string): Promise<'rotated' | 'unchanged'>;
  /** Ends all but the newest: the rotation is over, or the old one is known to others. Throws `secret-unknown` (caller). */
  retire(secretId: string): Promise<'retired' | 'unchanged'>;
}

/** Longest age of an opened secret (design §4). */
const MAX_AGE_MS = 60_000;

/** Opened secrets kept at a time; the least used is opened again. */
const MAX_OPENED = 1_000;

/** Valid at a time: during a rotation the sender has the old one or the new one. */
const VALID_SECRETS = 2;

/** Tries of one change; another writer may be at the same secret. */
const MAX_TRIES = 5;

/** Secrets that lie sealed in the store, each bound to its id: sealed bytes moved to another id do not open. */
export function createSealedRegistry(options: SealedRegistryOptions): SecretKeeper {
  const { items, envelope, networkId, clock } = options;
  const contextOf = (secretId: string): SealContext => ({
    network: networkId,
    purpose: 'secret',
    secretId,
  });

  async function read(secretId: string): Promise<{ revision: number; secrets: string[] }> {
    const item = await items.read(secretId);
    if (item === null) return { revision: 0, secrets: [] };
    const plain = await Promise.all(
      item.sealed.map((sealed) => envelope.open(sealed, contextOf(secretId))),
    );
    const secrets = plain.map((bytes) => new TextDecoder().decode(bytes));
    return { revision: item.revision, secrets };
  }

  const opened = new RecentlyUsed<readonly string[]>(clock, MAX_OPENED, MAX_AGE_MS);

  async function change(
    secretId: string,
    next: (present: readonly string[]) => readonly string[] | null,
  ): Promise<boolean> {
    for (let attempt = 1; attempt <= MAX_TRIES; attempt += 1) {
      const { revision, secrets } = await read(secretId);
      const wanted = next(secrets);
      if (wanted === null) return false;
      const sealed = await Promise.all(
        wanted.map((secret) =>
          envelope.seal(new TextEncoder().encode(secret), contextOf(secretId)),
        ),
      );
      if (!(await items.write(secretId, sealed, revision))) continue;
      opened.forget(secretId);
      return true;
    }
    throw new DomainError(
      'store-unreachable',
      'dependency',
      'The secret kept changing. Try again.',
    );
  }

  return {
    async secrets(secretId) {
      const found = await opened.get(secretId, async () => (await read(secretId)).secrets);
      // What is not there is asked for again each time, so that a first secret is seen at once.
      if (found.length === 0) opened.forget(secretId);
      return [...found];
    },
    async put(secretId, secret) {
      const isNew = await change(secretId, (present) => {
        if (present[0] === secret) return null;
        if (present.length === 0) return [secret];
        throw new DomainError(
          'secret-exists',
          'conflict',
          'There is another secret of this id. Rotate it, so that the sender has time to change.',
          { secretId },
        );
      });
      return isNew ? 'stored' : 'unchanged';
    },
    async rotate(secretId, secret) {
      const isNew = await change(secretId, (present) => {
        mustExist(secretId, present);
        if (present[0] === secret) return null;
        return [secret, ...present.filter((each) => each !== secret)].slice(0, VALID_SECRETS);
      });
      return isNew ? 'rotated' : 'unchanged';
    },
    async retire(secretId) {
      const isNew = await change(secretId, (present) => {
        mustExist(secretId, present);
        return present.length === 1 ? null : present.slice(0, 1);
      });
      return isNew ? 'retired' : 'unchanged';
    },
  };
}

function mustExist(secretId: string, present: readonly string[]): void {
  if (present.length > 0) return;
  throw new DomainError(
    'secret-unknown',
    'caller',
    'There is no secret of this id; put one first.',
    {
      secretId,
    },
  );
}
