import { MAX_UNITS, minUnits } from '../money.ts';
import type { BreakerLaw } from '../policy.ts';
import {
  type BreakerLimits,
  fits,
  fitsAtOnce,
  fitsShares,
  limitsOf,
  type NetworkTotals,
} from './limits.ts';
import {
  type Ask,
  type Bucket,
  bucketOf,
  emptyShard,
  forgottenWith,
  isCounted,
  type Load,
  leavesAtMs,
  loadOf,
  newestInstantMs,
  type Shard,
  withTaken,
} from './window.ts';

/** Below this many participants one shard is quick enough for all impositions (rule D12). */
const ONE_SHARD_BELOW = 10_000;

/** Shards of a larger network. */
const MOST_SHARDS = 8;

/** All that an admission looks at, read at one instant. Containment has a budget of its own (rule C2) and never comes here. */
export interface AdmissionInput {
  nowMs: number;
  law: BreakerLaw;
  totals: NetworkTotals;
  /** Every shard that was ever written. */
  shards: readonly Shard[];
  ask: Ask;
  /** Any number that spreads cases over the shards; the same for every try of one case. */
  spread: number;
  /** What those take who wait before it: the room that they need is theirs. */
  ahead: readonly Ask[];
  /** Whether those are all of them. */
  aheadIsWhole: boolean;
  /** Governors let those pass that waited when they released the breaker. */
  isReleased: boolean;
}

/**
 * What is added to one shard beside whoever else adds to it: no look has to be repeated because somebody was quicker, as long as the share
 * has room for both. Refused if the shard was locked since it was read, or if more was added to it than its share leaves room for.
 */
export interface ShardTake {
  kind: 'take';
  no: number;
  of: number;
  /** As they were read. */
  locked: number;
  /** What was ever taken may have grown so far at most. */
  unitsEverAtMost: bigint;
  suspendedEverAtMost: number;
  taken: Bucket;
  /** Buckets that nobody can ask about any more. */
  forgotten: Bucket[];
}

/** A shard that a step has for itself: only if it is still the version that was read; null when it must not exist yet. */
export interface ShardLock {
  kind: 'lock';
  expectedVersion: number | null;
  next: Shard;
}

/** A shard to write, in the step's own transaction. */
export type ShardWrite = ShardTake | ShardLock;

/** The breaker's word. It delays and never cancels: a `wait` says why, and when to ask again. */
export type Admission =
  | { verdict: 'admit'; writes: ShardWrite[]; limits: BreakerLimits; load: Load }
  | {
      verdict: 'wait';
      /** The window is full, too many are suspended, or others go first. */
      reason: 'window' | 'suspended' | 'turn';
      againAtMs: number;
      limits: BreakerLimits;
      load: Load;
    };

/**
 * Whether one more imposition may be made now (rule D12). It may if the window has room for all that wait before it and for itself, so
 * neither a milder nor a younger one ever takes the room of one that waits.
 *
 * @example
 * const word = admit({ nowMs, law: policy.breaker, totals, shards, ask, spread: 7, ahead: [], aheadIsWhole: true, isReleased: false })
 */
export function admit(input: AdmissionInput): Admission {
  const { nowMs, law, totals, ask, ahead } = input;
  const shards = wholeSet(input);
  const limits = limitsOf(law, totals);
  const load = loadOf(shards, law.windowMs, nowMs);
  const told = { limits, load };
  if (input.isReleased) return { verdict: 'admit', writes: allOf(input, shards), ...told };
  const suspended = suspendedNow(shards, totals);
  // So late that what was imposed then is no longer known whole: it asks again.
  const isTooLate = nowMs < newestInstantMs(shards) - law.windowMs;
  const isFree =
    !isTooLate &&
    input.aheadIsWhole &&
    allFit(limitsFor(ask, limits), load, suspended, [...ahead, ask]);
  if (isFree) return { verdict: 'admit', writes: writesOf(input, shards, limits), ...told };
  const reason = fits(limits, load, suspended, ask)
    ? 'turn'
    : fitsAtOnce(limits, suspended, ask)
      ? 'window'
      : 'suspended';
  return {
    verdict: 'wait',
    reason,
    againAtMs: nextChanceMs(input, shards, limitsFor(ask, limits)),
    ...told,
  };
}

/**
 * The limits that count until it is its turn. Who suspends nobody waits for no restoration of others: of a suspension ahead that there are
 * too many for, only the room in the window is kept.
 */
function limitsFor({ suspends }: Ask, limits: BreakerLimits): BreakerLimits {
  return suspends ? limits : { ...limits, suspendedAtOnce: Number.POSITIVE_INFINITY };
}

/** How many are suspended now, at most: as they were counted, and every suspension since. */
export function suspendedNow(shards: readonly Shard[], totals: NetworkTotals): number {
  return shards.reduce((sum, shard) => sum + suspendedSince(shard, totals), totals.suspended);
}

function suspendedSince(shard: Shard, totals: NetworkTotals): number {
  return Math.max(0, shard.suspendedEver - (totals.suspendedEver[shard.no] ?? 0));
}

/** Whether all of them fit, one after the other. */
function allFit(
  limits: BreakerLimits,
  load: Load,
  suspended: number,
  asks: readonly Ask[],
): boolean {
  let taken = load;
  let barred = suspended;
  for (const ask of asks) {
    if (!fits(limits, taken, barred, ask)) return false;
    taken = withAsk(taken, ask);
    barred += ask.suspends ? 1 : 0;
  }
  return true;
}

function withAsk(load: Load, ask: Ask): Load {
  return {
    units: load.units + ask.units,
    suspensions: load.suspensions + (ask.suspends ? 1 : 0),
    impositions: load.impositions + 1,
  };
}

/** The shards as a network of this size has them; their number never falls, for a share of less would be too large. */
function wholeSet({ totals, shards }: AdmissionInput): Shard[] {
  const wanted = totals.participants < ONE_SHARD_BELOW ? 1 : MOST_SHARDS;
  const count = Math.max(wanted, ...shards.map((shard) => Math.max(shard.of, shard.no + 1)));
  return Array.from(
    { length: count },
    (_, no) => shards.find((shard) => shard.no === no) ?? emptyShard(no, 0),
  );
}

/**
 * One shard while every shard keeps within its own share: then the sum of all is within the limit whoever writes beside. What fits only
 * into the whole is taken with all shards locked, and so is everything until that has left the window.
 */
function writesOf(
  input: AdmissionInput,
  shards: readonly Shard[],
  limits: BreakerLimits,
): ShardWrite[] {
  const own = shards[input.spread % shards.length] ?? emptyShard(0, 1);
  const share = shareOf(limits, input.totals, shards.length);
  // Read beside a lock, some shards may be of before it and some of after: then its own says nothing about the others.
  const isWhole = shards.every(({ of, locked }) => of === shards.length && locked === own.locked);
  // Room that waits for others lies in all shards together.
  const isShared = shards.length > 1 && input.ahead.length > 0;
  const within = shards.every((shard) => isWithin(input, share, shard));
  const take = isWhole && within && !isShared ? takeOf(input, share, own) : null;
  return take === null ? allOf(input, shards) : [take];
}

/**
 * What the ask adds to its shard, and how far the shard may have grown before: whatever was added since it was read may lie in the window,
 * so the share must have room for that too. Null if it has none for the ask alone.
 */
function takeOf(input: AdmissionInput, share: Share, own: Shard): ShardTake | null {
  const { law, nowMs, ask, totals, ahead } = input;
  const load = loadOf([own], law.windowMs, nowMs);
  const suspensions = ask.suspends ? 1 : 0;
  const leftAtOnce = share.suspended - suspendedSince(own, totals) - suspensions;
  const isFree = fitsShares(share, load, ask) && (!ask.suspends || leftAtOnce >= 0);
  if (!isFree || own.unitsEver + ask.units > MAX_UNITS) return null;
  // Whose turn it is was seen together with this state of the shard.
  const othersWait = ahead.length > 0;
  const units = othersWait ? 0n : share.units - load.units - ask.units;
  const left = share.suspensions - load.suspensions - suspensions;
  const growth = othersWait ? 0 : ask.suspends ? Math.min(left, leftAtOnce) : left;
  const taken = bucketOf(ask, law.windowMs, nowMs);
  return {
    kind: 'take',
    no: own.no,
    of: own.of,
    locked: own.locked,
    unitsEverAtMost: minUnits(own.unitsEver + units, MAX_UNITS - ask.units),
    suspendedEverAtMost: own.suspendedEver + growth,
    taken,
    forgotten: forgottenWith(own, taken, law.windowMs),
  };
}

interface Share {
  units: bigint;
  suspensions: number;
  suspended: number;
}

function shareOf(limits: BreakerLimits, totals: NetworkTotals, count: number): Share {
  const left = Math.max(0, limits.suspendedAtOnce - totals.suspended);
  return {
    units: limits.units / BigInt(count),
    suspensions: Math.floor(limits.suspensions / count),
    suspended: Math.floor(left / count),
  };
}

function isWithin(input: AdmissionInput, share: Share, shard: Shard): boolean {
  const load = loadOf([shard], input.law.windowMs, input.nowMs);
  return (
    load.units <= share.units &&
    load.suspensions <= share.suspensions &&
    suspendedSince(shard, input.totals) <= share.suspended
  );
}

function allOf(input: AdmissionInput, shards: readonly Shard[]): ShardLock[] {
  const { law, nowMs, ask } = input;
  const own = input.spread % shards.length;
  const locked = 1 + Math.max(...shards.map((shard) => shard.locked));
  return shards.map((shard) => {
    const next = shard.no === own ? withTaken(shard, ask, law.windowMs, nowMs) : shard;
    return {
      kind: 'lock',
      expectedVersion: shard.version === 0 ? null : shard.version,
      next: {
        ...next,
        of: shards.length,
        version: shard.version + 1,
        locked,
      },
    };
  });
}

/** When it is worth asking again: as if all that wait before it went as soon as they can; at the latest after one window. */
function nextChanceMs(
  { nowMs, law, totals, ask, ahead, aheadIsWhole }: AdmissionInput,
  shards: readonly Shard[],
  limits: BreakerLimits,
): number {
  const latestMs = nowMs + law.windowMs;
  if (!aheadIsWhole) return latestMs;
  const buckets = shards
    .flatMap((shard) => shard.buckets)
    .filter((bucket) => isCounted(bucket, law.windowMs, nowMs));
  let atMs = nowMs;
  let barred = suspendedNow(shards, totals);
  for (const next of [...ahead, ask]) {
    for (;;) {
      const counted = loadOf([{ ...emptyShard(0, 1), buckets }], law.windowMs, atMs);
      if (fits(limits, counted, barred, next)) break;
      const frees = buckets
        .map((bucket) => leavesAtMs(bucket, law.windowMs))
        .filter((leaveMs) => leaveMs > atMs);
      atMs = Math.min(...frees);
      if (atMs >= latestMs) return latestMs;
    }
    buckets.push(bucketOf(next, law.windowMs, atMs));
    barred += next.suspends ? 1 : 0;
  }
  return Math.min(latestMs, Math.max(atMs, nowMs + 1));
}
