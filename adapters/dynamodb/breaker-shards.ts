import type { ShardLock, ShardTake, ShardWrite } from '../../domain/breaker/admission.ts';
import type { Bucket, Shard } from '../../domain/breaker/window.ts';
import { bodyOf, type Item, makeItem, numberOf } from './items.ts';
import type { Keys } from './keys.ts';
import type { WriteAction } from './store-errors.ts';

/** What is added up in a bucket. */
const SUMS = ['units', 'suspensions', 'impositions'] as const;

/** The attribute of a sum of a bucket; instants in ms. */
const SUM = /^bucket\.(?<startMs>\d+)\.(?<lengthMs>\d+)\.(?<sum>units|suspensions|impositions)$/;

/**
 * Reads a shard of the breaker. Each number is an attribute of its own, so that steps can add to a shard beside each other (ADR 0023).
 * Numbers of the store have 38 digits, as units have.
 */
export function decodeShard(item: Item): Shard {
  const { no } = bodyOf<{ no: number }>(item, 'breaker-shard');
  const buckets = new Map<string, Bucket>();
  for (const name of Object.keys(item)) {
    const { startMs, lengthMs, sum } = SUM.exec(name)?.groups ?? {};
    if (startMs === undefined || lengthMs === undefined) continue;
    const key = `${startMs}.${lengthMs}`;
    const bucket = buckets.get(key) ?? emptyBucket(Number(startMs), Number(lengthMs));
    if (sum === 'units') bucket.units = unitsOf(item, name);
    else if (sum === 'suspensions') bucket.suspensions = numberOf(item, name);
    else bucket.impositions = numberOf(item, name);
    buckets.set(key, bucket);
  }
  return {
    no,
    of: numberOf(item, 'of'),
    version: numberOf(item, 'version'),
    locked: numberOf(item, 'locked'),
    unitsEver: unitsOf(item, 'unitsEver'),
    suspendedEver: numberOf(item, 'suspendedEver'),
    buckets: [...buckets.values()].toSorted((a, b) => a.startMs - b.startMs),
  };
}

/** The write of one shard, with the condition under which it may still be made. */
export function shardWrite(TableName: string, keys: Keys, write: ShardWrite): WriteAction {
  return write.kind === 'take' ? adding(TableName, keys, write) : replacing(TableName, keys, write);
}

function adding(TableName: string, keys: Keys, take: ShardTake): WriteAction {
  const { pk, sk } = keys.breakerShard(take.no);
  const { taken, forgotten } = take;
  const gone = forgotten.flatMap(attributesOf).map((name, index) => [`#g${index}`, name] as const);
  const remove = gone.length === 0 ? '' : ` REMOVE ${gone.map(([sign]) => sign).join(', ')}`;
  return {
    Update: {
      TableName,
      Key: { pk, sk },
      UpdateExpression: `ADD version :one, unitsEver :units, suspendedEver :suspensions, #bu :units, #bs :suspensions, #bi :one${remove}`,
      ConditionExpression:
        '#of = :of AND locked = :locked AND unitsEver <= :mostUnits AND suspendedEver <= :mostSuspended',
      ExpressionAttributeNames: {
        '#of': 'of',
        '#bu': attributeOf(taken, 'units'),
        '#bs': attributeOf(taken, 'suspensions'),
        '#bi': attributeOf(taken, 'impositions'),
        ...Object.fromEntries(gone),
      },
      ExpressionAttributeValues: {
        ':one': 1,
        ':units': taken.units,
        ':suspensions': taken.suspensions,
        ':of': take.of,
        ':locked': take.locked,
        ':mostUnits': take.unitsEverAtMost,
        ':mostSuspended': take.suspendedEverAtMost,
      },
    },
  };
}

function replacing(
  TableName: string,
  keys: Keys,
  { expectedVersion, next }: ShardLock,
): WriteAction {
  const { no, of, version, locked, unitsEver, suspendedEver, buckets } = next;
  const sums = buckets.flatMap((bucket) =>
    SUMS.map((sum) => [attributeOf(bucket, sum), bucket[sum]] as const),
  );
  const numbers = { of, version, locked, unitsEver, suspendedEver, ...Object.fromEntries(sums) };
  const Item = makeItem(keys.breakerShard(no), 'breaker-shard', { no }, numbers);
  if (expectedVersion === null)
    return { Put: { TableName, Item, ConditionExpression: 'attribute_not_exists(pk)' } };
  return {
    Put: {
      TableName,
      Item,
      ConditionExpression: 'version = :expected',
      ExpressionAttributeValues: { ':expected': expectedVersion },
    },
  };
}

function emptyBucket(startMs: number, lengthMs: number): Bucket {
  return { startMs, lengthMs, units: 0n, suspensions: 0, impositions: 0 };
}

function attributesOf(bucket: Bucket): string[] {
  return SUMS.map((sum) => attributeOf(bucket, sum));
}

function attributeOf({ startMs, lengthMs }: Bucket, sum: (typeof SUMS)[number]): string {
  return `bucket.${startMs}.${lengthMs}.${sum}`;
}

/** The document client gives a number as a bigint once a double would not hold it. */
function unitsOf(item: Item, attribute: string): bigint {
  const value = item[attribute];
  return typeof value === 'bigint' ? value : BigInt(numberOf(item, attribute));
}
