import type { ShardWrite } from '../breaker/admission.ts';
import type { NetworkTotals } from '../breaker/limits.ts';
import type { QueuePlace, WaitingImposition } from '../breaker/queue.ts';
import type { Shard } from '../breaker/window.ts';
import type { Policy } from '../policy.ts';

/** The breaker's memory and the size of the network, read consistently. */
export interface BreakerView {
  shards: Shard[];
  totals: NetworkTotals;
  /** The incident that tells of the waiting, while there is one. */
  openIncidentId: string | null;
  /** The last release by governors: who waited then may pass. */
  released: { incidentId: string; atMs: number } | null;
}

/** Those that wait before a place, whether or not they still hold theirs; the first of them if there are very many. */
export interface QueueView {
  ahead: WaitingImposition[];
  isWhole: boolean;
}

/** What a step does to the breaker, in its own transaction: so a crash neither loses nor doubles room (rule D12). */
export interface BreakerChange {
  /** Conditional on their versions: a moved one means reading and computing anew. */
  writes: ShardWrite[];
  /** The participant that this step suspends: it is counted until it is seen to have its access again. */
  suspends: string | null;
  join: WaitingImposition | null;
  leave: QueuePlace | null;
}

/** The network breaker as the steps of cases use it (rule D12). */
export interface Breaker {
  /**
   * The memory of the last windows and the size of the network. That is counted anew when it is older than `maxAgeMs`; one who counts is
   * enough.
   */
  look(nowMs: number, maxAgeMs: number): Promise<BreakerView>;
  /** Who waits before a place, read consistently. */
  before(place: QueuePlace): Promise<QueueView>;
  /** Clears away places that nobody holds any more. */
  forget(places: readonly WaitingImposition[]): Promise<void>;
  /** Something waits: opens the one incident that tells of it, unless it is open. */
  tripped(law: Pick<Policy, 'incidentHoldMs'>, nowMs: number): Promise<void>;
  /** Closes that incident if nothing waits any more; opens it again for who began to wait meanwhile. */
  closeIfQuiet(law: Pick<Policy, 'incidentHoldMs'>, nowMs: number): Promise<void>;
}
