import { GetCommand, paginateQuery, type QueryCommandInput } from '@aws-sdk/lib-dynamodb';
import { DomainError } from '../../domain/errors.ts';
import type { Store } from './client.ts';
import type { ItemKey } from './keys.ts';
import { reach } from './store-errors.ts';
import type { TableKind } from './tables.ts';

/** An item as the document client gives it. */
export type Item = Record<string, unknown>;

/** Version of the stored shapes; a reader refuses versions that it does not know. */
const ITEM_VERSION = 1;

/** Makes an item: key, `{v, type}`, attributes for conditions and indexes, and the payload under `body`. */
export function makeItem(key: ItemKey, type: string, body: unknown, attributes: Item = {}): Item {
  return { ...attributes, ...key, v: ITEM_VERSION, type, body };
}

function unreadable(item: Item, wanted: string): DomainError {
  return new DomainError('item-unreadable', 'bug', `A stored item is not a readable ${wanted}.`, {
    type: String(item['type']),
    v: String(item['v']),
    wanted,
  });
}

/** The payload of an item of a known type. Throws `item-unreadable` for another type or version. */
export function bodyOf<T>(item: Item, type: string): T {
  if (item['type'] !== type || item['v'] !== ITEM_VERSION) throw unreadable(item, type);
  return item['body'] as T;
}

/** A number beside the payload. Throws `item-unreadable` when it is missing. */
export function numberOf(item: Item, attribute: string): number {
  const value = item[attribute];
  if (typeof value !== 'number') throw unreadable(item, `item with the number ${attribute}`);
  return value;
}

/** A text beside the payload. Throws `item-unreadable` when it is missing. */
export function textOf(item: Item, attribute: string): string {
  const value = item[attribute];
  if (typeof value !== 'string') throw unreadable(item, `item with the text ${attribute}`);
  return value;
}

/** Reads one item consistently; null when there is none. */
export async function getItem(store: Store, table: TableKind, key: ItemKey): Promise<Item | null> {
  const { Item: item } = await reach(() =>
    store.client.send(
      new GetCommand({
        TableName: store.tables[table],
        Key: { pk: key.pk, sk: key.sk },
        ConsistentRead: true,
      }),
    ),
  );
  return item ?? null;
}

/** Keys of one partition under a prefix; the store refuses an empty prefix, so that means the whole partition. */
function prefixCondition(pk: string, prefix: string) {
  return prefix === ''
    ? { KeyConditionExpression: 'pk = :pk', ExpressionAttributeValues: { ':pk': pk } }
    : {
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
        ExpressionAttributeValues: { ':pk': pk, ':prefix': prefix },
      };
}

/** Reads every item of a partition whose sort key has the prefix, consistently, in order of the sort key. */
export async function queryPrefix(
  store: Store,
  table: TableKind,
  pk: string,
  prefix: string,
): Promise<Item[]> {
  const input: QueryCommandInput = {
    TableName: store.tables[table],
    ConsistentRead: true,
    ...prefixCondition(pk, prefix),
  };
  return reach(async () => {
    const items: Item[] = [];
    for await (const page of paginateQuery({ client: store.client }, input)) {
      items.push(...(page.Items ?? []));
    }
    return items;
  });
}
