import type { RelayDeps } from '../relay-observations/deps.ts';
import { relayBatch } from '../relay-observations/operations/relay-batch.ts';
import { inFlight } from '../shared/in-flight.ts';
import { invocation } from '../shared/invocation.ts';

const MINUTE_MS = 60_000;

/** Shards of the undelivered index and how many observations are taken at a time. */
export interface RedeliverOptions {
  readonly shards: number;
  /** What is undelivered for less than this is still on its way. */
  readonly ageMs: number;
  readonly pageSize?: number;
  /** No new page is begun after this. */
  readonly budgetMs?: number;
}

/** What one run did. */
export interface RedeliverResult {
  delivered: number;
  failed: number;
  /** Temporal or the store could not be reached: the rest waits for the next run. */
  outage: boolean;
}

/**
 * Relays what the stream did not: everything undelivered for long enough, shard by shard, oldest first. One that fails
 * stays where it is and holds up nobody behind it for long: it goes to quarantine after the policy's attempts.
 */
export async function redeliver(
  deps: RelayDeps,
  options: RedeliverOptions,
): Promise<RedeliverResult> {
  return invocation(deps.meter, async () => {
    try {
      return await relayOverdue(deps, options);
    } finally {
      await measureOldest(deps, options.shards);
    }
  });
}

/** How long what waits now has waited; also after an outage, for that is when it matters. */
async function measureOldest(deps: RelayDeps, shards: number): Promise<void> {
  const nowMs = deps.clock.nowMs();
  const numbers = Array.from({ length: shards }, (_, shard) => shard);
  const oldest = await inFlight(numbers, (shard) => deps.store.undelivered(shard, nowMs, 1));
  const ages = oldest.flat().map(({ observation }) => nowMs - observation.receivedAtMs);
  deps.meter.measure('OldestUndeliveredAge', Math.max(0, ...ages));
}

async function relayOverdue(deps: RelayDeps, options: RedeliverOptions): Promise<RedeliverResult> {
  const { shards, ageMs, pageSize = 100, budgetMs = 40_000 } = options;
  const untilMs = deps.clock.nowMs() + budgetMs;
  const total: RedeliverResult = { delivered: 0, failed: 0, outage: false };
  // Each run begins at another shard, so that none waits for ever behind one that is always full.
  const first = Math.floor(deps.clock.nowMs() / MINUTE_MS) % shards;
  for (let turn = 0; turn < shards; turn++) {
    const shard = (first + turn) % shards;
    let isMore = true;
    while (isMore) {
      const nowMs = deps.clock.nowMs();
      if (total.outage || nowMs > untilMs) return total;
      const page = await deps.store.undelivered(shard, nowMs - ageMs, pageSize);
      const { failed, outage } = await relayBatch(deps, page);
      const delivered = page.length - failed.length;
      total.delivered += delivered;
      total.failed += failed.length;
      total.outage = outage;
      isMore = page.length === pageSize && delivered > 0;
    }
  }
  return total;
}
