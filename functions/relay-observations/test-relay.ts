import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { DynamoDBStreamEvent } from 'aws-lambda';
import { createCaseStore } from '../../adapters/dynamodb/case-store.ts';
import type { Store } from '../../adapters/dynamodb/client.ts';
import { deliveryOf } from '../../adapters/dynamodb/intake-observations.ts';
import { createRelayStore } from '../../adapters/dynamodb/intake-relay.ts';
import { undeliveredItems } from '../../adapters/dynamodb/intake-undelivered.ts';
import { getItem, type Item } from '../../adapters/dynamodb/items.ts';
import { keysOf, UNDELIVERED_SHARDS } from '../../adapters/dynamodb/keys.ts';
import { toImage } from '../../adapters/dynamodb/stream-image.ts';
import { aRecord, aStep } from '../../adapters/dynamodb/test-fixtures.ts';
import {
  type CaseInput,
  type CaseObservation,
  caseWorkflowId,
  type ObservationsReceived,
} from '../../contracts/temporal.ts';
import { DomainError } from '../../domain/errors.ts';
import { type Meter, SILENT_METER } from '../shared/metrics.ts';
import type { CaseWorkflows } from '../shared/temporal.ts';
import { readImage } from './compose.ts';
import type { RelayDeps } from './deps.ts';
import { relay } from './relay.ts';

/** Support for tests of the relay: the real store, and the workflows behind their port in memory. */

/** Workflows as the server keeps them: one per id for ever, running or closed. */
export class MemoryCases implements Pick<CaseWorkflows, 'signalWithStart' | 'signal'> {
  readonly signals = new Map<string, CaseObservation[][]>();
  readonly closed = new Set<string>();
  /** Thrown instead of an answer. */
  failure: Error | null = null;
  /** Happens before the next message is taken: what another process does meanwhile. */
  meanwhile: (() => Promise<void>) | null = null;

  async signalWithStart(input: CaseInput, payload: ObservationsReceived) {
    await this.interrupt();
    const id = caseWorkflowId(input.networkId, input.caseId);
    if (this.closed.has(id)) return 'already-closed' as const;
    this.signals.set(id, [...(this.signals.get(id) ?? []), payload.items]);
    return 'delivered' as const;
  }

  async signal(workflowId: string, payload: ObservationsReceived) {
    await this.interrupt();
    const known = this.signals.get(workflowId);
    if (known === undefined || this.closed.has(workflowId)) return 'gone' as const;
    known.push(payload.items);
    return 'delivered' as const;
  }

  /** What a case was told, signal by signal. */
  told(caseId: string): string[][] {
    const signals = this.signals.get(caseWorkflowId('main', caseId)) ?? [];
    return signals.map((items) => items.map((item) => `${item.kind} ${item.ref.alertKey}`));
  }

  private async interrupt(): Promise<void> {
    const { meanwhile } = this;
    this.meanwhile = null;
    await meanwhile?.();
    if (this.failure !== null) throw this.failure;
  }
}

/** What the client says when Temporal is not there. */
export const unreachable = () => new DomainError('workflow-unreachable', 'dependency', 'down');

/** A relay over a store. */
export function relayDeps(
  store: Store,
  cases: RelayDeps['cases'],
  nowMs: () => number,
  meter: Meter = SILENT_METER,
): RelayDeps {
  const quiet = { info: () => {}, warn: () => {}, error: () => {} };
  return {
    networkId: store.networkId,
    store: createRelayStore(store),
    cases,
    clock: { nowMs },
    maxAttempts: async () => 3,
    readImage: (image) => readImage(image, store.networkId),
    logger: quiet,
    meter,
  };
}

/** Everything undelivered, oldest first per shard, as it is stored. */
export async function allUndelivered(store: Store): Promise<Item[]> {
  const keys = keysOf(store.networkId);
  const items: Item[] = [];
  for (let shard = 0; shard < UNDELIVERED_SHARDS; shard++) {
    items.push(...(await undeliveredItems(store, keys.undelivered(shard), 1e15, 1_000)));
  }
  // Stores differ in the order of what has one index key.
  return items.toSorted((a, b) => (String(a['pk']) < String(b['pk']) ? -1 : 1));
}

/** The event by which the stream would bring some items. */
export function streamEvent(
  items: readonly Item[],
  eventName: 'INSERT' | 'MODIFY' = 'INSERT',
): DynamoDBStreamEvent {
  const records = items.map((item, index) => ({
    eventName,
    dynamodb: { NewImage: toImage(item), SequenceNumber: String(index + 1) },
  }));
  return { Records: records } as DynamoDBStreamEvent;
}

/** Relays all that is undelivered, as the stream would bring it. */
export async function relayAll(deps: RelayDeps, store: Store) {
  return relay(deps)(streamEvent(await allUndelivered(store)));
}

/** Fate and case of every stored observation of an alert, in its order. */
export async function fatesOf(store: Store, alertKey: string) {
  const { Items = [] } = await store.client.send(
    new QueryCommand({
      TableName: store.tables.inbox,
      ConsistentRead: true,
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': keysOf(store.networkId).observation(alertKey, 1).pk },
    }),
  );
  return Items.map(deliveryOf);
}

/** Ends a case as its ending transaction does: its record, and its slot if it is its own. */
export async function endCase(
  store: Store,
  caseId: string,
  participantId: string,
  violationType = 'downtime',
): Promise<void> {
  const record = aRecord(caseId, participantId, { stage: 'ended', violationType });
  const result = await createCaseStore(store).commit(
    aStep(`${caseId}/end`, {
      record,
      recordIsNew: true,
      freeSlot: { participantId, violationType, caseId },
    }),
  );
  if (result.status !== 'committed') throw new Error(`Not ended: ${result.status}`);
}

/** The stored slot, as plain attributes. */
export function slotOf(store: Store, participantId: string, violationType = 'downtime') {
  return getItem(store, 'registry', keysOf(store.networkId).slot(participantId, violationType));
}
