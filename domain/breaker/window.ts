import { MAX_UNITS, maxUnits } from '../money.ts';

/** What one imposition takes from the breaker: what it charges, and whether it takes a participant's access (rule D12). */
export interface Ask {
  units: bigint;
  suspends: boolean;
}

/** Impositions of one stretch of time, added up. */
export interface Bucket {
  startMs: number;
  lengthMs: number;
  units: bigint;
  suspensions: number;
  impositions: number;
}

/** One part of the breaker's memory. */
export interface Shard {
  no: number;
  /** How many shards there were when this one was written. */
  of: number;
  /** Grows with each write. */
  version: number;
  /** Grows with each write that had the shard for itself, beyond its own share. */
  locked: number;
  buckets: Bucket[];
  /** All units that were ever taken. Within a window no more can have been added to the load than to this, since somebody looked. */
  unitsEver: bigint;
  /** Suspensions since the network began; never falls, so that a count that is a little old is never too small. */
  suspendedEver: number;
}

/** What was imposed in some stretch of time. */
export interface Load {
  units: bigint;
  suspensions: number;
  impositions: number;
}

/**
 * Buckets that a window is long. Aligned buckets lie across both ends of a sliding window, so it meets one more: thirteen are counted,
 * and a window is over-counted by at most one bucket and never under-counted (rule D12).
 */
const BUCKETS_PER_WINDOW = 12;

/** Decisions are written out of order by minutes; a window more than what is counted is kept for them. */
const WINDOWS_KEPT = 2;

/** Length of the buckets of a window. */
export function bucketMs(windowMs: number): number {
  return Math.ceil(windowMs / BUCKETS_PER_WINDOW);
}

/** A shard that nothing was taken from. */
export function emptyShard(no: number, of: number): Shard {
  return { no, of, version: 0, locked: 0, buckets: [], unitsEver: 0n, suspendedEver: 0 };
}

/** Whether something in the bucket may lie within the window that ends at an instant. What is later counts too: it was written first. */
export function isCounted(bucket: Bucket, windowMs: number, nowMs: number): boolean {
  return bucket.startMs + bucket.lengthMs > nowMs - windowMs;
}

/** From when on a bucket is no longer in the window. */
export function leavesAtMs(bucket: Pick<Bucket, 'startMs' | 'lengthMs'>, windowMs: number): number {
  return bucket.startMs + bucket.lengthMs + windowMs;
}

/** All that was imposed in the window that ends at an instant, at least. */
export function loadOf(shards: readonly Shard[], windowMs: number, nowMs: number): Load {
  const load: Load = { units: 0n, suspensions: 0, impositions: 0 };
  for (const bucket of shards.flatMap((shard) => shard.buckets)) {
    if (!isCounted(bucket, windowMs, nowMs)) continue;
    load.units += bucket.units;
    load.suspensions += bucket.suspensions;
    load.impositions += bucket.impositions;
  }
  return load;
}

/** The bucket that an imposition at an instant falls into. */
export function bucketOf(ask: Ask, windowMs: number, atMs: number): Bucket {
  const lengthMs = bucketMs(windowMs);
  const startMs = Math.floor(atMs / lengthMs) * lengthMs;
  return {
    startMs,
    lengthMs,
    units: maxUnits(ask.units, 0n),
    suspensions: ask.suspends ? 1 : 0,
    impositions: 1,
  };
}

/** The shard after an imposition at an instant. What no decision can ask about any more is forgotten. */
export function withTaken(shard: Shard, ask: Ask, windowMs: number, atMs: number): Shard {
  const taken = bucketOf(ask, windowMs, atMs);
  const after = withBucket(shard, taken, forgottenWith(shard, taken, windowMs));
  // It begins again at zero before it outgrows the store; only a write that has the shard for itself comes so far.
  return { ...after, unitsEver: after.unitsEver > MAX_UNITS ? 0n : after.unitsEver };
}

/** The shard with what a bucket adds to it, and without the forgotten buckets. */
export function withBucket(shard: Shard, taken: Bucket, forgotten: readonly Bucket[]): Shard {
  const before = shard.buckets.find((bucket) => isSame(bucket, taken));
  const others = shard.buckets.filter(
    (bucket) => bucket !== before && !forgotten.some((gone) => isSame(bucket, gone)),
  );
  return {
    ...shard,
    buckets: [...others, before === undefined ? taken : added(before, taken)],
    unitsEver: shard.unitsEver + taken.units,
    suspendedEver: shard.suspendedEver + taken.suspensions,
  };
}

/** Buckets of a shard that no decision can ask about any more, once another was added. */
export function forgottenWith(shard: Shard, taken: Bucket, windowMs: number): Bucket[] {
  const newestMs = Math.max(newestInstantMs([shard]), taken.startMs);
  return shard.buckets.filter(
    (bucket) => !isSame(bucket, taken) && !isCounted(bucket, WINDOWS_KEPT * windowMs, newestMs),
  );
}

function isSame(bucket: Bucket, other: Bucket): boolean {
  return bucket.startMs === other.startMs && bucket.lengthMs === other.lengthMs;
}

/** Start of the newest bucket; what lies more than a window before it is no longer known whole. */
export function newestInstantMs(shards: readonly Shard[]): number {
  return Math.max(0, ...shards.flatMap((shard) => shard.buckets.map((bucket) => bucket.startMs)));
}

function added(bucket: Bucket, more: Bucket): Bucket {
  return {
    ...bucket,
    units: bucket.units + more.units,
    suspensions: bucket.suspensions + more.suspensions,
    impositions: bucket.impositions + more.impositions,
  };
}
