import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import type { Store } from '../../../adapters/dynamodb/client.ts';
import type { Item } from '../../../adapters/dynamodb/items.ts';
import { TABLES, type TableKind } from '../../../adapters/dynamodb/tables.ts';

/** Every item of all five tables, by table, in the order of their keys. */
export async function everyItem(store: Store): Promise<Record<TableKind, Item[]>> {
  const read = await Promise.all(
    TABLES.map(async (kind) => [kind, await itemsOf(store, kind)] as const),
  );
  return Object.fromEntries(read) as Record<TableKind, Item[]>;
}

async function itemsOf(store: Store, kind: TableKind): Promise<Item[]> {
  const items: Item[] = [];
  let from: Item | undefined;
  do {
    const { Items = [], LastEvaluatedKey } = await store.client.send(
      new ScanCommand({
        TableName: store.tables[kind],
        ConsistentRead: true,
        ...(from !== undefined && { ExclusiveStartKey: from }),
      }),
    );
    items.push(...Items);
    from = LastEvaluatedKey;
  } while (from !== undefined);
  const keyOf = (item: Item) => `${item['pk']}|${item['sk']}`;
  return items.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}
