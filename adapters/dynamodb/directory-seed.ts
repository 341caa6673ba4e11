import { PutCommand } from '@aws-sdk/lib-dynamodb';
import type { SourceConfig } from '../../contracts/source-config.ts';
import { DomainError } from '../../domain/errors.ts';
import { isEnacted } from '../../domain/law/publication.ts';
import type { Policy } from '../../domain/policy.ts';
import type { Store } from './client.ts';
import { bodyOf, getItem, makeItem } from './items.ts';
import { type ItemKey, keysOf } from './keys.ts';
import { createPolicyRegister, moveRegister, startOf } from './policy-register.ts';
import { put, putNew } from './step-writes.ts';
import { reach, transact, type WriteAction } from './store-errors.ts';

/**
 * Stores a version of the law and the instant it comes into force, once: the law that a network is installed with. Later versions take
 * two persons (`PolicyRegister`). `fileText` is the file's canonical JSON, so that anybody can recompute the hash; it is added to a version
 * that was stored without. `exists` for the same version with the same hash; throws `policy-version-taken` for another content, or where
 * the version was proposed: a version is never changed.
 */
export async function putPolicy(
  store: Store,
  policy: Policy,
  effectiveFromMs: number,
  fileText: string | null = null,
): Promise<'stored' | 'exists'> {
  const keys = keysOf(store.networkId);
  const { registry } = store.tables;
  const { version, hash } = policy;
  const start = makeItem(
    keys.policyStart(effectiveFromMs, version),
    'start',
    startOf(policy, effectiveFromMs),
  );
  const failed = await transact(store, [
    {
      label: 'policy',
      action: putNew(registry, makeItem(keys.policy(version), 'policy', policy)),
    },
    { label: 'start', action: putNew(registry, start) },
    { label: 'register', action: moveRegister(store, keys, null) },
    { label: 'proposed', action: absent(registry, keys.publication(version)) },
    ...fileWrites(store, version, fileText),
  ]);
  if (failed.size === 0) return 'stored';
  const item = await getItem(store, 'registry', keys.policy(version));
  if (item !== null && bodyOf<Policy>(item, 'policy').hash === hash) {
    if (fileText !== null) await transact(store, fileWrites(store, version, fileText));
    return 'exists';
  }
  throw new DomainError(
    'policy-version-taken',
    'conflict',
    'There is a policy of this version with another content. Give the new one a new version.',
    { version },
  );
}

function fileWrites(store: Store, version: string, fileText: string | null) {
  if (fileText === null) return [];
  const item = makeItem(keysOf(store.networkId).policyFile(version), 'policy-file', fileText);
  return [{ label: 'file' as const, action: put(store.tables.registry, item) }];
}

function absent(TableName: string, { pk, sk }: ItemKey): WriteAction {
  return {
    ConditionCheck: { TableName, Key: { pk, sk }, ConditionExpression: 'attribute_not_exists(pk)' },
  };
}

/** A version of the law, and when it comes into force. */
export interface PublishedPolicy {
  readonly version: string;
  readonly hash: string;
  readonly effectiveFromMs: number;
}

/** Every version that is law, or was or will be, in the order in which they come into force, read consistently. */
export async function listPolicies(store: Store): Promise<PublishedPolicy[]> {
  const { all } = await createPolicyRegister(store).read();
  return all.filter(isEnacted);
}

/** Stores a source's configuration, new or in place of its present one; readers see it within a minute. */
export async function putSource(store: Store, config: SourceConfig): Promise<void> {
  const Item = makeItem(keysOf(store.networkId).sourceConfig(config.sourceId), 'source', config);
  await reach(() => store.client.send(new PutCommand({ TableName: store.tables.registry, Item })));
}
