import type { NetworkTotals } from '../../domain/breaker/limits.ts';
import type { WaitingImposition } from '../../domain/breaker/queue.ts';
import { formatUnits, parseUnits } from '../../domain/money.ts';
import type { BreakerChange } from '../../domain/ports/breaker.ts';
import { shardWrite } from './breaker-shards.ts';
import type { Store } from './client.ts';
import { bodyOf, type Item, makeItem } from './items.ts';
import { type Keys, keysOf } from './keys.ts';
import type { LabelledWrite } from './store-errors.ts';

type Stored<T extends { units: bigint }> = Omit<T, 'units'> & { units: string };
type StoredTotals = Omit<NetworkTotals, 'stakeUnits'> & { stakeUnits: string };

/** What is known of the network's size. */
export function totalsItem(keys: Keys, totals: NetworkTotals): Item {
  const body: StoredTotals = { ...totals, stakeUnits: formatUnits(totals.stakeUnits) };
  return makeItem(keys.breakerTotals(), 'breaker-totals', body);
}

/** Reads what is known of the network's size. */
export function decodeTotals(item: Item): NetworkTotals {
  const body = bodyOf<StoredTotals>(item, 'breaker-totals');
  return { ...body, stakeUnits: parseUnits(body.stakeUnits) };
}

/** Reads one that waits. */
export function decodeWaiting(item: Item): WaitingImposition {
  const body = bodyOf<Stored<WaitingImposition>>(item, 'breaker-waiting');
  return { ...body, units: parseUnits(body.units) };
}

/** The part of a step's transaction that is the breaker's: its shards, the mark of a suspension, and the queue. */
export function breakerWrites(
  store: Store,
  change: BreakerChange,
  stepKey: string,
): LabelledWrite<'shard' | 'plain'>[] {
  const keys = keysOf(store.networkId);
  const { registry: TableName } = store.tables;
  const { writes, suspends, join, leave } = change;
  const all: LabelledWrite<'shard' | 'plain'>[] = writes.map((write) => ({
    label: 'shard',
    action: shardWrite(TableName, keys, write),
  }));
  if (suspends !== null) {
    const key = keys.suspendedMark(suspends);
    // The step's own, so that only a mark that was seen is taken away.
    const mark = makeItem(key, 'suspended', suspends, { stamp: stepKey });
    all.push({ label: 'plain', action: { Put: { TableName, Item: mark } } });
  }
  if (join !== null) {
    const body: Stored<WaitingImposition> = { ...join, units: formatUnits(join.units) };
    const Item = makeItem(keys.breakerPlace(join), 'breaker-waiting', body);
    all.push({ label: 'plain', action: { Put: { TableName, Item } } });
  }
  if (leave !== null) {
    const { pk, sk } = keys.breakerPlace(leave);
    all.push({ label: 'plain', action: { Delete: { TableName, Key: { pk, sk } } } });
  }
  return all;
}
