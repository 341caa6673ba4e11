import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_UNITS } from '../money.ts';
import type { BreakerLaw } from '../policy.ts';
import {
  type Admission,
  type AdmissionInput,
  admit,
  type ShardTake,
  type ShardWrite,
} from './admission.ts';
import { type BreakerLimits, limitsOf, type NetworkTotals } from './limits.ts';
import { asksOf, goesBefore, holding, type QueuePlace, type WaitingImposition } from './queue.ts';
import { writeShard, writeShards } from './test-shards.ts';
import { bucketMs, type Shard } from './window.ts';

// Invariant H13: whatever comes in which order, in any window no more is imposed than the law lets through.

const HOUR_MS = 3_600_000;
const START_MS = 1_000 * HOUR_MS + 17;
const law: BreakerLaw = {
  windowMs: HOUR_MS,
  shareBps: 500,
  atLeast: 3,
  suspendedBps: 3_333,
  twoApproversBps: 500,
};

/** An imposition that was let through. */
interface Imposed {
  atMs: number;
  units: bigint;
  suspends: boolean;
  limits: BreakerLimits;
}

/** One try: when, what it takes, and what becomes of its step. */
interface Try {
  afterMs: number;
  lateMs: number;
  units: bigint;
  suspends: boolean;
  spread: number;
  /** So many shards were read before the try before it was written, and the others after it: a query sees no single instant. */
  readsEarly: number;
  /** Its step was never written. */
  crashes: boolean;
}

type Admitting = (input: AdmissionInput) => Admission;

/** The store, as far as the breaker needs it. */
class Memory {
  readonly all = new Map<number, Shard>();

  get shards(): Shard[] {
    return [...this.all.values()];
  }

  write(writes: readonly ShardWrite[]): boolean {
    return writeShards(this.all, writes);
  }
}

const network = fc.record({
  participants: fc.constantFrom(1, 4, 40, 900, 12_000),
  stakeUnits: fc.bigInt(0n, 1_000_000n),
});

const tries = fc.array(
  fc.record<Try>({
    afterMs: fc.oneof(fc.integer({ min: 0, max: 60_000 }), fc.integer({ min: 0, max: HOUR_MS })),
    lateMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 300_000 })),
    units: fc.oneof(fc.bigInt(0n, 900n), fc.bigInt(0n, 60_000n)),
    suspends: fc.boolean(),
    spread: fc.nat(7),
    readsEarly: fc.oneof(fc.constant(0), fc.constant(8), fc.nat(8)),
    crashes: fc.boolean(),
  }),
  { minLength: 5, maxLength: 80 },
);

/** Runs all tries against one memory. Returns what was imposed. */
function impose(
  admitting: Admitting,
  size: NetworkTotals | ((index: number) => NetworkTotals),
  all: readonly Try[],
  memory = new Memory(),
): Imposed[] {
  const imposed: Imposed[] = [];
  let clockMs = START_MS;
  let early: Shard[] = [];
  for (const [index, one] of all.entries()) {
    const totals = typeof size === 'function' ? size(index) : size;
    clockMs += one.afterMs;
    const nowMs = clockMs - one.lateMs;
    const ask = { units: one.units, suspends: one.suspends };
    const seen = [
      ...early.filter(({ no }) => no < one.readsEarly),
      ...memory.shards.filter(({ no }) => no >= one.readsEarly),
    ];
    early = memory.shards;
    const word = admitting({
      ...{ nowMs, law, totals, ask, shards: seen, spread: one.spread },
      ...{ ahead: [], aheadIsWhole: true, isReleased: false },
    });
    if (word.verdict === 'wait' || one.crashes) continue;
    if (memory.write(word.writes))
      imposed.push({ atMs: nowMs, ...ask, limits: limitsOf(law, totals) });
  }
  return imposed;
}

/** Windows in which more was imposed than the law lets through; each window that ends with an imposition, which are the fullest. */
function broken(imposed: readonly Imposed[]): Imposed[][] {
  return imposed
    .map(({ atMs }) =>
      imposed.filter((other) => other.atMs <= atMs && other.atMs >= atMs - law.windowMs),
    )
    .filter((window) => {
      const last = window.at(-1);
      if (!last || window.length <= last.limits.atLeast) return false;
      const units = window.reduce((sum, one) => sum + one.units, 0n);
      const suspensions = window.filter(({ suspends }) => suspends).length;
      return units > last.limits.units || suspensions > last.limits.suspensions;
    });
}

const sized = (size: { participants: number; stakeUnits: bigint }): NetworkTotals => ({
  ...size,
  suspended: 0,
  suspendedEver: [],
  atMs: START_MS,
});

const holds = (admitting: Admitting) =>
  fc.property(network, tries, (size, all) => {
    expect(broken(impose(admitting, sized(size), all))).toEqual([]);
  });

describe('the breaker (rule D12)', () => {
  it('keeps within its limits in any window, whatever crashes and races (invariant H13)', () => {
    fc.assert(holds(admit), { numRuns: 400 });
  });

  it('keeps within them while the network outgrows one shard', () => {
    const growing = fc.property(fc.nat(40), tries, (after, all) => {
      const sizes = all.map((_, index) => (index < after ? 9_000 : 12_000));
      const totalsOf = (index: number) =>
        sized({ participants: sizes[index] ?? 0, stakeUnits: 400_000n });
      expect(broken(impose(admit, totalsOf, all))).toEqual([]);
    });
    fc.assert(growing, { numRuns: 400 });
  });

  it('never lets more be suspended at once than a third', () => {
    fc.assert(
      fc.property(network, tries, (size, all) => {
        const imposed = impose(admit, sized(size), all);
        const suspended = imposed.filter(({ suspends }) => suspends).length;
        expect(suspended).toBeLessThanOrEqual(limitsOf(law, sized(size)).suspendedAtOnce);
      }),
    );
  });

  it('would be caught if it counted twelve buckets, or if nobody made conditions', () => {
    const lengthMs = bucketMs(law.windowMs);
    const twelve: Admitting = (input) => {
      const first = Math.floor(input.nowMs / lengthMs) - 11;
      const shards = input.shards.map((shard) => ({
        ...shard,
        buckets: shard.buckets.filter(({ startMs }) => startMs / lengthMs >= first),
      }));
      return admit({ ...input, shards });
    };
    expect(fc.check(holds(twelve), { numRuns: 2_000 }).failed).toBe(true);
    const careless = new Memory();
    careless.write = (writes) => {
      for (const write of writes) writeShard(careless.all, write);
      return true;
    };
    const racing = fc.property(network, tries, (size, all) => {
      careless.all.clear();
      expect(broken(impose(admit, sized(size), all, careless))).toEqual([]);
    });
    expect(fc.check(racing, { numRuns: 1_000 }).failed).toBe(true);
  });

  it.each<[string, (take: ShardTake, present: Shard) => ShardTake]>([
    ['units were added meanwhile', (take) => ({ ...take, unitsEverAtMost: MAX_UNITS })],
    ['suspensions were added meanwhile', (take) => ({ ...take, suspendedEverAtMost: 1_000_000 })],
    ['the shard was locked meanwhile', (take, { locked }) => ({ ...take, locked })],
  ])('would be caught if nobody saw that %s', (_what, blinded) => {
    class Blind extends Memory {
      override write(writes: readonly ShardWrite[]): boolean {
        const seen = writes.map((write) => {
          const present = write.kind === 'take' ? this.all.get(write.no) : undefined;
          return write.kind === 'take' && present !== undefined ? blinded(write, present) : write;
        });
        return super.write(seen);
      }
    }
    const racing = fc.property(network, tries, (size, all) => {
      const imposed = impose(admit, sized(size), all, new Blind());
      expect(broken(imposed)).toEqual([]);
      const suspended = imposed.filter(({ suspends }) => suspends).length;
      expect(suspended).toBeLessThanOrEqual(limitsOf(law, sized(size)).suspendedAtOnce);
    });
    expect(fc.check(racing, { numRuns: 20_000 }).failed).toBe(true);
  });

  it('lets two through that saw the same, where there is room for both', () => {
    const memory = new Memory();
    const size = sized({ participants: 900, stakeUnits: 1_000_000n });
    const asking = (shards: readonly Shard[]) => {
      const word = admit({
        ...{ nowMs: START_MS, law, totals: size, shards, ask: { units: 20_000n, suspends: true } },
        ...{ spread: 0, ahead: [], aheadIsWhole: true, isReleased: false },
      });
      return word.verdict === 'admit' ? word.writes : [];
    };
    // The first writes the shard that nobody has written before.
    expect(memory.write(asking(memory.shards))).toBe(true);
    const [second, third] = [1, 2].map(() => asking(memory.shards));
    expect(memory.write(second ?? [])).toBe(true);
    // 50,000 units are the limit: the third would make them 60,000.
    expect(memory.write(third ?? [])).toBe(false);
    expect(memory.shards[0]).toMatchObject({ unitsEver: 40_000n, suspendedEver: 2 });
  });
});

/** One that wants to be imposed, as its case asks again and again. */
interface Wanted {
  severity: 'minor' | 'major' | 'critical';
  units: bigint;
  suspends: boolean;
  readyAfterMs: number;
}

const wanted = fc.array(
  fc.record<Wanted>({
    severity: fc.constantFrom('minor', 'major', 'critical'),
    units: fc.bigInt(1n, 40_000n),
    suspends: fc.constant(false),
    readyAfterMs: fc.integer({ min: 0, max: 2 * HOUR_MS }),
  }),
  { minLength: 1, maxLength: 25 },
);

/** Who was imposed although a graver or older one was waiting, and was imposed only later. */
function overtaken({ order, refusedAt }: Story): string[] {
  return order.flatMap((one, index) => {
    const refusedMs = refusedAt.get(one.caseId);
    if (refusedMs === undefined) return [];
    return order
      .slice(0, index)
      .filter((other) => goesBefore(one, other) && other.atMs > refusedMs && other.atMs < one.atMs)
      .map((other) => `${other.caseId} before ${one.caseId}`);
  });
}

describe('those that wait', () => {
  it('are imposed all, and nobody overtakes a graver or older one (rule D12, invariant H18)', () => {
    fc.assert(
      fc.property(network, wanted, (size, all) => {
        const story = livedThrough(sized(size), all);
        expect(story.order).toHaveLength(all.length);
        // At least one goes in each window, so the last waits for as many windows as there are.
        const lastMs = Math.max(...story.order.map(({ atMs }) => atMs));
        const windows = (all.length + 1) * (law.windowMs + bucketMs(law.windowMs));
        expect(lastMs).toBeLessThanOrEqual(START_MS + 2 * HOUR_MS + windows);
        expect(overtaken(story)).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  it('would be overtaken if the room of those ahead were not kept for them', () => {
    const rude: Admitting = (input) => admit({ ...input, ahead: [] });
    const keeps = fc.property(network, wanted, (size, all) => {
      expect(overtaken(livedThrough(sized(size), all, rude))).toEqual([]);
    });
    expect(fc.check(keeps, { numRuns: 1_000 }).failed).toBe(true);
  });
});

/** In which order they were imposed, and when each was refused first. */
interface Story {
  order: (QueuePlace & { atMs: number })[];
  refusedAt: Map<string, number>;
}

/** Every case asks when it is ready, and again whenever the breaker says so, until all are imposed. */
function livedThrough(
  totals: NetworkTotals,
  all: readonly Wanted[],
  admitting: Admitting = admit,
): Story {
  const memory = new Memory();
  const agenda = all.map((one, index) => ({
    ...one,
    caseId: `c${index}`,
    atMs: START_MS + one.readyAfterMs,
  }));
  let waiting: WaitingImposition[] = [];
  const order: Story['order'] = [];
  const refusedAt = new Map<string, number>();
  for (let step = 0; agenda.length > 0 && step < 5_000; step += 1) {
    agenda.sort((a, b) => a.atMs - b.atMs);
    const next = agenda[0];
    if (!next) break;
    const nowMs = next.atMs;
    const { caseId, severity, units, suspends } = next;
    const place = { caseId, severity, sinceMs: refusedAt.get(caseId) ?? nowMs };
    const ahead = holding(waiting, nowMs).filter((one) => goesBefore(one, place));
    const word = admitting({
      ...{ nowMs, law, totals, shards: memory.shards, ask: { units, suspends }, spread: step },
      ...{ ahead: asksOf(ahead), aheadIsWhole: true, isReleased: false },
    });
    waiting = waiting.filter((one) => one.caseId !== caseId);
    if (word.verdict === 'admit') {
      expect(memory.write(word.writes)).toBe(true);
      agenda.shift();
      order.push({ ...place, atMs: nowMs });
      continue;
    }
    expect(word.againAtMs).toBeGreaterThan(nowMs);
    expect(word.againAtMs).toBeLessThanOrEqual(nowMs + law.windowMs);
    if (!refusedAt.has(caseId)) refusedAt.set(caseId, nowMs);
    next.atMs = word.againAtMs;
    const heldUntilMs = word.againAtMs + 300_000;
    waiting.push({ ...place, units, suspends, againAtMs: word.againAtMs, heldUntilMs });
  }
  return { order, refusedAt };
}
