import type { Store } from './client.ts';
import { bodyOf, queryPrefix } from './items.ts';
import { keysOf, RESERVE_SHARDS } from './keys.ts';
import { parseSigned } from './ledger-codec.ts';

/** What the reserve has got, and of how many entries (rule D13): it has no head, so its entries are summed. */
export async function readReserve(store: Store): Promise<{ units: bigint; entries: number }> {
  const keys = keysOf(store.networkId);
  let units = 0n;
  let entries = 0;
  for (let shard = 0; shard < RESERVE_SHARDS; shard++) {
    for (const item of await queryPrefix(store, 'ledger', keys.reserveShard(shard), '')) {
      units += parseSigned(bodyOf<{ deltaUnits: string }>(item, 'reserve-entry').deltaUnits);
      entries += 1;
    }
  }
  return { units, entries };
}
