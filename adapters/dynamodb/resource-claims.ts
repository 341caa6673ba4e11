import { DomainError } from '../../domain/errors.ts';
import { BATCH_KEYS, batchGet } from './batch-get.ts';
import type { Store } from './client.ts';
import { getItem, makeItem, numberOf, textOf } from './items.ts';
import { type Keys, keysOf } from './keys.ts';
import { decodeLedgerHead } from './ledger-codec.ts';
import { casesOf } from './participant-cases.ts';
import type { LabelledWrite, WriteAction } from './store-errors.ts';

/** Label of the claim of one resource, so that a refused one can be named. */
export type ClaimLabel = `claim:${string}`;

/** Claims of one request, and which of them take a resource over from who gave it up. */
export interface Claims {
  readonly writes: LabelledWrite<ClaimLabel | 'former-owner'>[];
  readonly takenOver: ReadonlySet<string>;
}

/**
 * Claims resources unless somebody else has them (rule B8). One that was given up may be taken over once its notice has passed and
 * no open case of its former owner concerns it; that holds by the version of the former owner's ledger, which every opening
 * raises (rule C8). Throws `resource-has-open-case`.
 */
export async function claimResources(
  store: Store,
  participantId: string,
  resourceIds: readonly string[],
  nowMs: number,
): Promise<Claims> {
  const keys = keysOf(store.networkId);
  const ids = [...new Set(resourceIds)];
  const owners = await formerOwners(store, keys, { participantId, ids, nowMs });
  const writes: Claims['writes'] = ids.map((resourceId) =>
    claimOf(store, keys, { participantId, resourceId, nowMs }),
  );
  for (const ownerId of new Set(owners.values())) {
    const version = await versionOf(store, keys, ownerId);
    for (const [resourceId, owner] of owners)
      if (owner === ownerId) await checkNoOpenCase(store, ownerId, resourceId);
    if (version !== null) writes.push(unchangedLedger(store, keys, ownerId, version));
  }
  return { writes, takenOver: new Set(owners.keys()) };
}

/** Throws `resource-taken` when a claim was refused. */
export function throwIfTaken(failed: ReadonlySet<string>): void {
  const taken = [...failed]
    .filter((label) => label.startsWith('claim:'))
    .map((label) => label.slice('claim:'.length));
  if (taken.length === 0) return;
  throw new DomainError(
    'resource-taken',
    'conflict',
    'A resource belongs to another participant. Use its real owner, or another resource id.',
    { resourceIds: taken },
  );
}

/** Marks when a resource is free for others; null takes that back. Refused when it is not the participant's. */
export function freeClaim(
  store: Store,
  keys: Keys,
  participantId: string,
  resourceId: string,
  freeFromMs: number,
): LabelledWrite<ClaimLabel> {
  const { pk, sk } = keys.resource(resourceId);
  return {
    label: `claim:${resourceId}`,
    action: {
      Update: {
        TableName: store.tables.registry,
        Key: { pk, sk },
        UpdateExpression: 'SET freeFromMs = :from',
        ConditionExpression: 'participantId = :participantId',
        ExpressionAttributeValues: { ':from': freeFromMs, ':participantId': participantId },
      },
    },
  };
}

/** Throws `resource-has-open-case` when a case of its owner that has not ended concerns the resource (rule C8). */
export async function checkNoOpenCase(
  store: Store,
  participantId: string,
  resourceId: string,
): Promise<void> {
  for await (const { stage, caseId, resourceIds } of casesOf(store, participantId)) {
    // What a case is about is known once it is confirmed; before that it may be about any of them.
    const concerns = resourceIds?.some((id) => id === null || id === resourceId) ?? true;
    if (stage !== 'ended' && concerns) throw hasOpenCase(resourceId, caseId);
  }
}

function hasOpenCase(resourceId: string, caseId: string): DomainError {
  return new DomainError(
    'resource-has-open-case',
    'conflict',
    `Case ${caseId} is open and concerns resource ${resourceId}; it changes hands only after that (rule C8).`,
    { resourceId, caseId },
  );
}

async function formerOwners(
  store: Store,
  keys: Keys,
  claim: { participantId: string; ids: string[]; nowMs: number },
): Promise<Map<string, string>> {
  const owners = new Map<string, string>();
  for (let start = 0; start < claim.ids.length; start += BATCH_KEYS) {
    const wanted = claim.ids.slice(start, start + BATCH_KEYS).map(keys.resource);
    for (const item of await batchGet(store, 'registry', wanted)) {
      const owner = textOf(item, 'participantId');
      const isFree =
        item['freeFromMs'] !== undefined && numberOf(item, 'freeFromMs') <= claim.nowMs;
      const { resourceId } = item['body'] as { resourceId: string };
      if (owner !== claim.participantId && isFree) owners.set(resourceId, owner);
    }
  }
  return owners;
}

function claimOf(
  store: Store,
  keys: Keys,
  claim: { participantId: string; resourceId: string; nowMs: number },
): LabelledWrite<ClaimLabel> {
  const { participantId, resourceId, nowMs } = claim;
  const action: WriteAction = {
    Put: {
      TableName: store.tables.registry,
      Item: makeItem(keys.resource(resourceId), 'resource', { resourceId }, { participantId }),
      ConditionExpression:
        'attribute_not_exists(pk) OR participantId = :participantId OR freeFromMs <= :now',
      ExpressionAttributeValues: { ':participantId': participantId, ':now': nowMs },
    },
  };
  return { label: `claim:${resourceId}`, action };
}

async function versionOf(store: Store, keys: Keys, participantId: string): Promise<number | null> {
  const item = await getItem(store, 'ledger', keys.ledgerHead(participantId));
  return item === null ? null : decodeLedgerHead(item).version;
}

function unchangedLedger(
  store: Store,
  keys: Keys,
  participantId: string,
  version: number,
): LabelledWrite<'former-owner'> {
  const { pk, sk } = keys.ledgerHead(participantId);
  return {
    label: 'former-owner',
    action: {
      ConditionCheck: {
        TableName: store.tables.ledger,
        Key: { pk, sk },
        ConditionExpression: 'version = :version',
        ExpressionAttributeValues: { ':version': version },
      },
    },
  };
}
