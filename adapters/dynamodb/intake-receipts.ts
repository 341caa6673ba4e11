import { BatchGetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import type { Delivery, Receipt, ReceiptHeader, ReceiptItem } from '../../domain/ports/intake.ts';
import type { Store } from './client.ts';
import { deliveryOf, expiresAt } from './intake-observations.ts';
import { bodyOf, getItem, type Item, makeItem, queryPrefix } from './items.ts';
import { keysOf } from './keys.ts';
import { isConditionFailure, reach, storeFailure } from './store-errors.ts';

/** Alerts in one item of a receipt: an item holds 400 KB. */
const CHUNK = 1_000;

const BATCH = 100;

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

/** What was pending when the receipt was written has a fate by now: the observation knows it. */
async function withFates(store: Store, items: readonly ReceiptItem[]): Promise<ReceiptItem[]> {
  const pending = items.filter((item) => item.fate === 'pending' && item.seq !== null);
  const fates = new Map<string, ReturnType<typeof deliveryOf>>();
  for (let start = 0; start < pending.length; start += BATCH) {
    for (const item of await readObservations(store, pending.slice(start, start + BATCH))) {
      fates.set(`${item['pk']}/${item['sk']}`, deliveryOf(item));
    }
  }
  const keys = keysOf(store.networkId);
  return items.map((item) => {
    const { pk, sk } = keys.observation(item.alertKey, item.seq ?? 0);
    return { ...item, ...fates.get(`${pk}/${sk}`) };
  });
}

async function readObservations(store: Store, items: readonly ReceiptItem[]): Promise<Item[]> {
  const keys = keysOf(store.networkId);
  const table = store.tables.inbox;
  const found: Item[] = [];
  const unique = new Map(items.map((item) => [`${item.alertKey}#${item.seq}`, item]));
  let wanted: Record<string, unknown>[] = [...unique.values()].map((item) => ({
    ...keys.observation(item.alertKey, item.seq ?? 0),
  }));
  while (wanted.length > 0) {
    const Keys = wanted;
    const answer = await reach(() =>
      store.client.send(
        new BatchGetCommand({ RequestItems: { [table]: { Keys, ConsistentRead: true } } }),
      ),
    );
    found.push(...(answer.Responses?.[table] ?? []));
    wanted = answer.UnprocessedKeys?.[table]?.Keys ?? [];
  }
  return found;
}

/** Claims a delivery id for this body, or returns the claim that stands. */
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
        ConditionExpression: 'attribute_not_exists(pk)',
      }),
    );
    return delivery;
  } catch (error) {
    if (!isConditionFailure(error)) throw storeFailure(error);
    const standing = await getItem(store, 'inbox', key);
    return standing === null ? delivery : bodyOf<Delivery>(standing, 'delivery');
  }
}
