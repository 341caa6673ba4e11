import { QueryCommand, type QueryCommandInput } from '@aws-sdk/lib-dynamodb';
import type { Store } from './client.ts';
import type { Item } from './items.ts';

/** A page of items, and whether it was the last one. */
export interface RawPage {
  readonly items: Item[];
  readonly ended: boolean;
}

/**
 * Queries until a page has items or the list is at its end: the store may answer with an empty page and a key to go on from, and
 * only a page without that key is the last. Rejects with what the client says.
 */
export async function firstPage(store: Store, input: QueryCommandInput): Promise<RawPage> {
  let from = input.ExclusiveStartKey;
  for (;;) {
    const { Items = [], LastEvaluatedKey } = await store.client.send(
      new QueryCommand({ ...input, ...(from !== undefined && { ExclusiveStartKey: from }) }),
    );
    if (Items.length > 0 || LastEvaluatedKey === undefined) {
      return { items: Items, ended: LastEvaluatedKey === undefined };
    }
    from = LastEvaluatedKey;
  }
}
