import { PutCommand } from '@aws-sdk/lib-dynamodb';
import type { SourceConfig } from '../../contracts/source-config.ts';
import { DomainError } from '../../domain/errors.ts';
import type { Policy } from '../../domain/policy.ts';
import type { Store } from './client.ts';
import { bodyOf, getItem, makeItem, queryPrefix } from './items.ts';
import { keysOf } from './keys.ts';
import { putNew } from './step-writes.ts';
import { reach, transact } from './store-errors.ts';

/**
 * Stores a version of the law and the instant it comes into force, once. `exists` for the same version with the same hash;
 * throws `policy-version-taken` for another content: a version is never changed.
 */
export async function putPolicy(
  store: Store,
  policy: Policy,
  effectiveFromMs: number,
): Promise<'stored' | 'exists'> {
  const keys = keysOf(store.networkId);
  const { registry } = store.tables;
  const { version, hash } = policy;
  const start = keys.policyStart(effectiveFromMs, version);
  const failed = await transact(store, [
    {
      label: 'policy',
      action: putNew(registry, makeItem(keys.policy(version), 'policy', policy)),
    },
    {
      label: 'start',
      action: putNew(registry, makeItem(start, 'start', { version, effectiveFromMs })),
    },
  ]);
  if (failed.size === 0) return 'stored';
  const item = await getItem(store, 'registry', keys.policy(version));
  if (item !== null && bodyOf<Policy>(item, 'policy').hash === hash) return 'exists';
  throw new DomainError(
    'policy-version-taken',
    'conflict',
    'There is a policy of this version with another content. Give the new one a new version.',
    { version },
  );
}

/** A version of the law, and when it comes into force. */
export interface PublishedPolicy {
  readonly version: string;
  readonly hash: string;
  readonly effectiveFromMs: number;
}

/** Every published version in the order in which they come into force, read consistently. */
export async function listPolicies(store: Store): Promise<PublishedPolicy[]> {
  const keys = keysOf(store.networkId);
  const starts = await queryPrefix(store, 'registry', keys.policyStarts(), '');
  return Promise.all(
    starts.map(async (start) => {
      const { version, effectiveFromMs } = bodyOf<Omit<PublishedPolicy, 'hash'>>(start, 'start');
      const item = await getItem(store, 'registry', keys.policy(version));
      return { version, effectiveFromMs, hash: item ? bodyOf<Policy>(item, 'policy').hash : '' };
    }),
  );
}

/** Stores a source's configuration, new or in place of its present one; readers see it within a minute. */
export async function putSource(store: Store, config: SourceConfig): Promise<void> {
  const Item = makeItem(keysOf(store.networkId).sourceConfig(config.sourceId), 'source', config);
  await reach(() => store.client.send(new PutCommand({ TableName: store.tables.registry, Item })));
}
