import type { ShardTake, ShardWrite } from './admission.ts';
import { type Shard, withBucket } from './window.ts';

/** Shards as a store keeps them: the writes of a step all or none, each under its own condition. Returns false for none. */
export function writeShards(shards: Map<number, Shard>, writes: readonly ShardWrite[]): boolean {
  if (!writes.every((write) => isFree(shards, write))) return false;
  for (const write of writes) writeShard(shards, write);
  return true;
}

/** Writes one, whatever it finds. */
export function writeShard(shards: Map<number, Shard>, write: ShardWrite): void {
  if (write.kind === 'lock') shards.set(write.next.no, write.next);
  else addTo(shards, write);
}

/** Whether a write may be made now. */
export function isFree(shards: ReadonlyMap<number, Shard>, write: ShardWrite): boolean {
  if (write.kind === 'lock')
    return (shards.get(write.next.no)?.version ?? null) === write.expectedVersion;
  const present = shards.get(write.no);
  return (
    present !== undefined &&
    present.of === write.of &&
    present.locked === write.locked &&
    present.unitsEver <= write.unitsEverAtMost &&
    present.suspendedEver <= write.suspendedEverAtMost
  );
}

function addTo(shards: Map<number, Shard>, { no, taken, forgotten }: ShardTake): void {
  const shard = shards.get(no);
  if (shard === undefined) throw new Error('Nobody adds to a shard that is not there.');
  shards.set(no, { ...withBucket(shard, taken, forgotten), version: shard.version + 1 });
}
