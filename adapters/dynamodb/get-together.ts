import { BATCH_KEYS, batchGet } from './batch-get.ts';
import type { Store } from './client.ts';
import { getItem, type Item } from './items.ts';
import type { ItemKey } from './keys.ts';
import type { TableKind } from './tables.ts';

/** What is asked of one table at one moment. */
interface Gathering {
  readonly keys: Map<string, ItemKey>;
  readonly found: Promise<ReadonlyMap<string, Item>>;
}

const gatherings = new WeakMap<Store['client'], Map<TableKind, Gathering>>();

/**
 * Reads one item consistently; null when there is none. What is asked for side by side, before anything else happens, shares one request:
 * a decision that looks at a participant and its monitors asks once. Throws `store-unreachable`.
 */
export async function getTogether(
  store: Store,
  table: TableKind,
  key: ItemKey,
): Promise<Item | null> {
  const { keys, found } = openGathering(store, table);
  keys.set(nameOf(key), key);
  return (await found).get(nameOf(key)) ?? null;
}

function openGathering(store: Store, table: TableKind): Gathering {
  const own = gatherings.get(store.client) ?? new Map<TableKind, Gathering>();
  gatherings.set(store.client, own);
  const open = own.get(table);
  if (open !== undefined && open.keys.size < BATCH_KEYS) return open;
  const keys: Gathering['keys'] = new Map();
  // When all that runs now has come to a wait, and before any answer is heard.
  const found = new Promise<void>((resolve) => process.nextTick(resolve)).then(() => {
    if (own.get(table) === gathering) own.delete(table);
    return read(store, table, [...keys.values()]);
  });
  const gathering = { keys, found };
  own.set(table, gathering);
  return gathering;
}

async function read(
  store: Store,
  table: TableKind,
  keys: readonly ItemKey[],
): Promise<ReadonlyMap<string, Item>> {
  const [only, ...more] = keys;
  const items =
    only !== undefined && more.length === 0
      ? [await getItem(store, table, only)]
      : await batchGet(store, table, keys);
  return new Map(items.flatMap((item) => (item === null ? [] : [[nameOf(item), item]])));
}

/** Of a key, or of the item that has it. */
function nameOf({ pk, sk }: ItemKey | Item): string {
  return JSON.stringify([pk, sk]);
}
