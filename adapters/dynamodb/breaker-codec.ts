import type { ShardWrite } from '../../domain/breaker/admission.ts';
import type { NetworkTotals } from '../../domain/breaker/limits.ts';
import type { WaitingImposition } from '../../domain/breaker/queue.ts';
import type { Bucket, Shard } from '../../domain/breaker/window.ts';
import { formatUnits, parseUnits } from '../../domain/money.ts';
import type { BreakerChange } from '../../domain/ports/breaker.ts';
import type { Store } from './client.ts';
import { bodyOf, type Item, makeItem, numberOf } from './items.ts';
import { type Keys, keysOf } from './keys.ts';
import type { LabelledWrite, WriteAction } from './store-errors.ts';

type Stored<T extends { units: bigint }> = Omit<T, 'units'> & { units: string };
type StoredShard = Omit<Shard, 'version' | 'buckets'> & { buckets: Stored<Bucket>[] };
type StoredTotals = Omit<NetworkTotals, 'stakeUnits'> & { stakeUnits: string };

/** Reads a shard of the breaker; its version lies beside the body, where conditions reach it. */
export function decodeShard(item: Item): Shard {
  const { no, of, buckets, suspendedEver } = bodyOf<StoredShard>(item, 'breaker-shard');
  return {
    no,
    of,
    version: numberOf(item, 'version'),
    suspendedEver,
    buckets: buckets.map((bucket) => ({ ...bucket, units: parseUnits(bucket.units) })),
  };
}

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

/** The part of a step's transaction that is the breaker's: shards on their versions, the mark of a suspension, and the queue. */
export function breakerWrites(
  store: Store,
  change: BreakerChange,
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
    // A number of its own, so that only a mark that was seen is taken away.
    const mark = makeItem(key, 'suspended', suspends, { stamp: stampOf(change) });
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

/** Versions of the shards that the step wrote: no other step wrote the same. */
function stampOf({ writes }: BreakerChange): string {
  return writes.map(({ next }) => `${next.no}:${next.version}`).join(',');
}

function shardWrite(TableName: string, keys: Keys, write: ShardWrite): WriteAction {
  const { version, no, of, suspendedEver, buckets } = write.next;
  const body: StoredShard = {
    no,
    of,
    suspendedEver,
    buckets: buckets.map((bucket) => ({ ...bucket, units: formatUnits(bucket.units) })),
  };
  const Item = makeItem(keys.breakerShard(no), 'breaker-shard', body, { version });
  if (write.expectedVersion === null)
    return { Put: { TableName, Item, ConditionExpression: 'attribute_not_exists(pk)' } };
  return {
    Put: {
      TableName,
      Item,
      ConditionExpression: 'version = :expected',
      ExpressionAttributeValues: { ':expected': write.expectedVersion },
    },
  };
}
