import type { AlertHead } from '../../domain/observation.ts';
import { BATCH_KEYS, batchGet } from './batch-get.ts';
import type { Store } from './client.ts';
import { bodyOf, type Item, makeItem } from './items.ts';
import { type Keys, keysOf } from './keys.ts';

/** Batches in flight at a time: enough to hide the way there, few enough for one store on one machine. */
const IN_FLIGHT = 4;

/** A head; `seq` beside it is what the next acceptance conditions on. */
export function headItem(keys: Keys, head: AlertHead): Item {
  return makeItem(keys.head(head.alertKey), 'head', head, { seq: head.seq });
}

/** Reads a stored head. */
export function decodeHead(item: Item): AlertHead {
  return bodyOf<AlertHead>(item, 'head');
}

/** Heads by alert key, in batches and consistently; unknown alerts are absent. */
export async function readHeads(
  store: Store,
  alertKeys: readonly string[],
): Promise<Map<string, AlertHead>> {
  const unique = [...new Set(alertKeys)];
  const batches: string[][] = [];
  for (let start = 0; start < unique.length; start += BATCH_KEYS) {
    batches.push(unique.slice(start, start + BATCH_KEYS));
  }
  const heads = new Map<string, AlertHead>();
  for (let start = 0; start < batches.length; start += IN_FLIGHT) {
    const flight = batches.slice(start, start + IN_FLIGHT);
    const read = await Promise.all(flight.map((batch) => readBatch(store, batch)));
    for (const head of read.flat()) heads.set(head.alertKey, head);
  }
  return heads;
}

async function readBatch(store: Store, alertKeys: readonly string[]): Promise<AlertHead[]> {
  const keys = keysOf(store.networkId);
  const items = await batchGet(store, 'alerts', alertKeys.map(keys.head));
  return items.map(decodeHead);
}
