import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import type { Store } from '../../../adapters/dynamodb/client.ts';
import { TABLES, type TableKind } from '../../../adapters/dynamodb/tables.ts';

/** One stored item as it is. */
export type StoredItem = Record<string, unknown> & { pk: string; sk: string; type: string };

/** Every item of a table, by key. */
export async function itemsOf(store: Store, table: TableKind): Promise<StoredItem[]> {
  const items: StoredItem[] = [];
  let from: Record<string, unknown> | undefined;
  do {
    const page = await store.client.send(
      new ScanCommand({
        TableName: store.tables[table],
        ConsistentRead: true,
        ...(from !== undefined && { ExclusiveStartKey: from }),
      }),
    );
    items.push(...((page.Items ?? []) as StoredItem[]));
    from = page.LastEvaluatedKey;
  } while (from !== undefined);
  return items.sort((a, b) => (a.pk + a.sk < b.pk + b.sk ? -1 : 1));
}

/** All five tables, without the keys of people's requests: a refused one may leave its key, and only that. */
export async function storedFacts(store: Store): Promise<Record<TableKind, StoredItem[]>> {
  const tables = await Promise.all(
    TABLES.map(async (table) => {
      const items = await itemsOf(store, table);
      return [table, items.filter(({ type }) => type !== 'idempotency-key')] as const;
    }),
  );
  return Object.fromEntries(tables) as Record<TableKind, StoredItem[]>;
}
