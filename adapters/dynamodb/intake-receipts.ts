import { PutCommand } from '@aws-sdk/lib-dynamodb';
import type { Delivery, Receipt, ReceiptHeader, ReceiptItem } from '../../domain/ports/intake.ts';
import { BATCH_KEYS, batchGet } from './batch-get.ts';
import type { Store } from './client.ts';
import { deliveryOf, expiresAt } from './intake-observations.ts';
import { bodyOf, getItem, type Item, makeItem, queryPrefix } from './items.ts';
import { keysOf } from './keys.ts';
import { isConditionFailure, storeFailure } from './store-errors.ts';

/** Alerts in one item of a receipt: an item holds 400 KB. */
const CHUNK = 1_000;

/** A sender may retry a delivery for days; its id is remembered longer than that. */
const DELIVERY_KEPT_MS = 8 * 86_400_000;

/**
 * Stores a receipt: first the chunks, so that a header is never without them. What is stored stays: of two that receive the
 * same delivery at once, the first one says what became of it.
 */
export async function putReceipt(store: Store, receipt: Receipt): Promise<void> {
  const keys = keysOf(store.networkId);
  const { items, ...header } = receipt;
  const { receiptId } = receipt;
  for (let start = 0; start < items.length; start += CHUNK) {
    const chunk = items.slice(start, start + CHUNK);
    await put(store, makeItem(keys.receiptChunk(receiptId, start / CHUNK), 'receipt-chunk', chunk));
  }
  await put(store, makeItem(keys.receipt(receiptId), 'receipt', header));
}

async function put(store: Store, Item: Item): Promise<void> {
  try {
    await store.client.send(
      new PutCommand({
        TableName: store.tables.alerts,
        Item,
        ConditionExpression: 'attribute_not_exists(pk)',
      }),
    );
  } catch (error) {
    if (!isConditionFailure(error)) throw storeFailure(error);
  }
}

/** A receipt with the fates as they are now; null when it is unknown. */
export async function readReceipt(store: Store, receiptId: string): Promise<Receipt | null> {
  const keys = keysOf(store.networkId);
  const item = await getItem(store, 'alerts', keys.receipt(receiptId));
  if (item === null) return null;
  const { pk, prefix } = keys.receiptChunks(receiptId);
  const chunks = await queryPrefix(store, 'alerts', pk, prefix);
  const items = chunks.flatMap((chunk) => bodyOf<ReceiptItem[]>(chunk, 'receipt-chunk'));
  return { ...bodyOf<ReceiptHeader>(item, 'receipt'), items: await withFates(store, items) };
}

/**
 * What was pending when the receipt was written has a fate by now: the observation knows it. One that is gone had reached no
 * case, for only such ones expire: it was recorded and nothing more, as it says from then on.
 */
async function withFates(store: Store, items: readonly ReceiptItem[]): Promise<ReceiptItem[]> {
  const pending = items.filter((item) => item.fate === 'pending' && item.seq !== null);
  const fates = new Map<string, ReturnType<typeof deliveryOf>>();
  for (let start = 0; start < pending.length; start += BATCH_KEYS) {
    for (const item of await readObservations(store, pending.slice(start, start + BATCH_KEYS))) {
      fates.set(`${item['pk']}/${item['sk']}`, deliveryOf(item));
    }
  }
  const keys = keysOf(store.networkId);
  return items.map((item) => {
    if (item.fate !== 'pending' || item.seq === null) return item;
    const { pk, sk } = keys.observation(item.alertKey, item.seq);
    return { ...item, ...(fates.get(`${pk}/${sk}`) ?? { fate: 'recorded-only' }) };
  });
}

async function readObservations(store: Store, items: readonly ReceiptItem[]): Promise<Item[]> {
  const keys = keysOf(store.networkId);
  const unique = new Map(items.map((item) => [`${item.alertKey}#${item.seq}`, item]));
  const wanted = [...unique.values()].map(({ alertKey, seq }) =>
    keys.observation(alertKey, seq ?? 0),
  );
  return batchGet(store, 'inbox', wanted);
}

/**
 * Claims a delivery id for this body, or returns the claim that stands. The store deletes what has expired days late, so an
 * expired claim is one that does not stand.
 */
export async function claimDelivery(
  store: Store,
  delivery: Delivery,
  atMs: number,
): Promise<Delivery> {
  const key = keysOf(store.networkId).delivery(delivery.sourceId, delivery.deliveryId);
  const Item = makeItem(key, 'delivery', delivery, {
    expiresAt: expiresAt(atMs, DELIVERY_KEPT_MS),
  });
  try {
    await store.client.send(
      new PutCommand({
        TableName: store.tables.inbox,
        Item,
        ConditionExpression: 'attribute_not_exists(pk) OR expiresAt <= :now',
        ExpressionAttributeValues: { ':now': Math.floor(atMs / 1_000) },
      }),
    );
    return delivery;
  } catch (error) {
    if (!isConditionFailure(error)) throw storeFailure(error);
    const standing = await getItem(store, 'inbox', key);
    return standing === null ? delivery : bodyOf<Delivery>(standing, 'delivery');
  }
}
