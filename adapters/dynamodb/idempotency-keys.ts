import { PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type {
  IdempotencyKeys,
  KeyClaim,
  KeyedRequest,
} from '../../domain/ports/idempotency-keys.ts';
import type { Store } from './client.ts';
import { bodyOf, getItem, type Item, makeItem } from './items.ts';
import { type ItemKey, keysOf } from './keys.ts';
import { isConditionFailure, storeFailure } from './store-errors.ts';

const ITEM_TYPE = 'idempotency-key';

/** Keys of people's requests and what they were answered, in the registry. They stay: a key is never free again. */
export function createIdempotencyKeys(store: Store): IdempotencyKeys {
  const keys = keysOf(store.networkId);
  const keyOf = ({ account, operation, key }: KeyedRequest): ItemKey =>
    keys.idempotencyKey(account, operation, key);
  return {
    claim: (request, atMs) => claim(store, keyOf(request), request, atMs),
    answer: (request, answerJson) => answer(store, keyOf(request), answerJson),
  };
}

async function claim(
  store: Store,
  key: ItemKey,
  request: KeyedRequest,
  atMs: number,
): Promise<KeyClaim> {
  const { bodyHash } = request;
  try {
    await store.client.send(
      new PutCommand({
        TableName: store.tables.registry,
        Item: makeItem(key, ITEM_TYPE, { bodyHash, claimedAtMs: atMs }),
        ConditionExpression: 'attribute_not_exists(pk)',
      }),
    );
    return { status: 'claimed' };
  } catch (error) {
    if (!isConditionFailure(error)) throw storeFailure(error);
  }
  return claimOf(await getItem(store, 'registry', key), bodyHash);
}

function claimOf(item: Item | null, bodyHash: string): KeyClaim {
  if (item === null) return { status: 'claimed' };
  if (bodyOf<{ bodyHash: string }>(item, ITEM_TYPE).bodyHash !== bodyHash) {
    return { status: 'reused' };
  }
  const answerJson = item['answerJson'];
  return typeof answerJson === 'string'
    ? { status: 'answered', answerJson }
    : { status: 'claimed' };
}

async function answer(store: Store, key: ItemKey, answerJson: string): Promise<void> {
  try {
    await store.client.send(
      new UpdateCommand({
        TableName: store.tables.registry,
        Key: { pk: key.pk, sk: key.sk },
        UpdateExpression: 'SET answerJson = if_not_exists(answerJson, :answer)',
        ExpressionAttributeValues: { ':answer': answerJson },
      }),
    );
  } catch (error) {
    throw storeFailure(error);
  }
}
