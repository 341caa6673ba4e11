import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { ObservationRef } from '../../domain/ports/evidence.ts';
import type { Fate, InboxObservation } from '../../domain/ports/intake.ts';
import type { Store } from './client.ts';
import { firstPage } from './first-page.ts';
import { expiresAt, QUIET_KEPT_MS } from './intake-observations.ts';
import { getItem, type Item, numberOf } from './items.ts';
import { keysOf } from './keys.ts';
import { isConditionFailure, reach, storeFailure } from './store-errors.ts';
import { UNDELIVERED_INDEX } from './tables.ts';

/** What the relay did is kept as long as the observation; only what went nowhere expires. */
const EXPIRING: readonly Fate[] = ['orphan', 'recorded-only', 'repeat', 'no-data'];

/** Undelivered observations of one index partition as they are stored, oldest first, accepted before an instant. */
export async function undeliveredItems(
  store: Store,
  partition: string,
  beforeMs: number,
  limit: number,
): Promise<Item[]> {
  const page = await reach(() =>
    firstPage(store, {
      TableName: store.tables.inbox,
      IndexName: UNDELIVERED_INDEX.name,
      KeyConditionExpression: '#shard = :shard AND #at < :before',
      ExpressionAttributeNames: {
        '#shard': UNDELIVERED_INDEX.partition,
        '#at': UNDELIVERED_INDEX.sort,
      },
      ExpressionAttributeValues: { ':shard': partition, ':before': beforeMs },
      Limit: limit,
    }),
  );
  return page.items;
}

/** Arrival of the oldest undelivered observation of one index partition; null when all are delivered. */
export async function oldestUndeliveredMs(store: Store, partition: string): Promise<number | null> {
  const [oldest] = await undeliveredItems(store, partition, Number.MAX_SAFE_INTEGER, 1);
  return oldest === undefined ? null : numberOf(oldest, UNDELIVERED_INDEX.sort);
}

/**
 * Takes the observation out of the undelivered index with its fate. The first fate stays; one that a case gave back since
 * it was read stays undelivered: what was told to that case has come to nothing. Says whether the fate was noted.
 */
export async function markDelivered(
  store: Store,
  { ref, returns }: Pick<InboxObservation, 'ref' | 'returns'>,
  outcome: { fate: Fate; caseId: string | null; reason?: string },
  atMs: number,
): Promise<boolean> {
  const { pk, sk } = keysOf(store.networkId).observation(ref.alertKey, ref.seq);
  const expires = EXPIRING.includes(outcome.fate);
  try {
    await store.client.send(
      new UpdateCommand({
        TableName: store.tables.inbox,
        Key: { pk, sk },
        UpdateExpression:
          'SET fate = :fate, deliveredAtMs = :at, caseId = :caseId, #reason = :reason' +
          `${expires ? ', expiresAt = :expires' : ''} REMOVE #shard`,
        ConditionExpression: `attribute_exists(#shard) AND ${returns === 0 ? 'attribute_not_exists(#returns)' : '#returns = :returns'}`,
        ExpressionAttributeNames: {
          '#shard': UNDELIVERED_INDEX.partition,
          '#reason': 'reason',
          '#returns': 'returns',
        },
        ExpressionAttributeValues: {
          ...(returns > 0 && { ':returns': returns }),
          ':fate': outcome.fate,
          ':at': atMs,
          ':caseId': outcome.caseId,
          ':reason': outcome.reason ?? null,
          ...(expires && { ':expires': expiresAt(atMs, QUIET_KEPT_MS) }),
        },
      }),
    );
    return true;
  } catch (error) {
    if (!isConditionFailure(error)) throw storeFailure(error);
    return false;
  }
}

/** Counts one more failed relay and returns the count; null when it was delivered meanwhile. */
export async function countFailure(store: Store, ref: ObservationRef): Promise<number | null> {
  const { pk, sk } = keysOf(store.networkId).observation(ref.alertKey, ref.seq);
  try {
    const { Attributes } = await store.client.send(
      new UpdateCommand({
        TableName: store.tables.inbox,
        Key: { pk, sk },
        UpdateExpression: 'ADD attempts :one',
        ConditionExpression: 'attribute_exists(#shard)',
        ExpressionAttributeNames: { '#shard': UNDELIVERED_INDEX.partition },
        ExpressionAttributeValues: { ':one': 1 },
        ReturnValues: 'ALL_NEW',
      }),
    );
    return Attributes === undefined ? null : numberOf(Attributes, 'attempts');
  } catch (error) {
    if (isConditionFailure(error)) return null;
    throw storeFailure(error);
  }
}

/** Puts an observation back into the undelivered index: the case that had it was over (design §4). */
export async function makeUndelivered(store: Store, ref: ObservationRef): Promise<void> {
  const keys = keysOf(store.networkId);
  const { pk, sk } = keys.observation(ref.alertKey, ref.seq);
  const item = await getItem(store, 'inbox', { pk, sk });
  if (item === null || item['change'] === undefined) return;
  const { participantId } = item['body'] as { participantId: string };
  try {
    await store.client.send(
      new UpdateCommand({
        TableName: store.tables.inbox,
        Key: { pk, sk },
        UpdateExpression:
          'SET fate = :fate, #shard = :shard REMOVE caseId, deliveredAtMs, #reason, expiresAt ' +
          'ADD #returns :one',
        // It may have expired since it was read; an update would make a new item of nothing but this.
        ConditionExpression: 'attribute_exists(pk)',
        ExpressionAttributeNames: {
          '#shard': UNDELIVERED_INDEX.partition,
          '#reason': 'reason',
          '#returns': 'returns',
        },
        ExpressionAttributeValues: {
          ':one': 1,
          ':fate': 'pending',
          ':shard': keys.undeliveredOf(participantId),
        },
      }),
    );
  } catch (error) {
    if (!isConditionFailure(error)) throw storeFailure(error);
  }
}
