import type { Observation } from '../../domain/observation.ts';
import type {
  AcceptedObservation,
  AcceptWrite,
  Fate,
  InboxObservation,
  ObservationChange,
} from '../../domain/ports/intake.ts';
import { parseTraceparent } from '../../domain/traceparent.ts';
import type { Store } from './client.ts';
import { headItem } from './heads.ts';
import { bodyOf, type Item, makeItem, numberOf, textOf } from './items.ts';
import { type Keys, keysOf } from './keys.ts';
import type { LabelledWrite } from './store-errors.ts';

/** Repeats, late copies and orphans are kept this long; what went to a case is kept for ever. */
export const QUIET_KEPT_MS = 30 * 86_400_000;

/** The instant of expiry as the store wants it: whole seconds. */
export function expiresAt(atMs: number, keptMs: number): number {
  return Math.ceil((atMs + keptMs) / 1_000);
}

/** An observation; it is in the undelivered index as long as it has the attribute of that index. */
export function observationItem(keys: Keys, accepted: AcceptedObservation): Item {
  const { ref, receiptId, observation, change, fate, traceparent } = accepted;
  const { participantId, receivedAtMs } = observation;
  return makeItem(keys.observation(ref.alertKey, ref.seq), 'observation', observation, {
    seq: ref.seq,
    receiptId,
    fate,
    acceptedAtMs: receivedAtMs,
    ...(change === null
      ? { expiresAt: expiresAt(receivedAtMs, QUIET_KEPT_MS) }
      : {
          change,
          attempts: 0,
          undeliveredShard: keys.undeliveredOf(participantId),
          ...(traceparent !== undefined && { traceparent }),
        }),
  });
}

/** Reads what the relay works on. Throws `item-unreadable` for an observation that is no news. */
export function decodeInbox(item: Item, networkId: string): InboxObservation {
  const observation = bodyOf<Observation>(item, 'observation');
  const traceparent = item['traceparent'];
  return {
    ref: { alertKey: observation.alertKey, seq: numberOf(item, 'seq') },
    networkId,
    receiptId: textOf(item, 'receiptId'),
    observation,
    change: textOf(item, 'change') as ObservationChange,
    attempts: numberOf(item, 'attempts'),
    returns: item['returns'] === undefined ? 0 : numberOf(item, 'returns'),
    // Whatever is wrong with a trace, the observation is relayed.
    ...(typeof traceparent === 'string' && parseTraceparent(traceparent) && { traceparent }),
  };
}

/** Whether an image of the table's stream is an observation of this network that the relay should see. */
export function isUndelivered(item: Item, networkId: string): boolean {
  const { networkPrefix } = keysOf(networkId);
  const isOurs = typeof item['pk'] === 'string' && item['pk'].startsWith(networkPrefix);
  return isOurs && item['type'] === 'observation' && item['undeliveredShard'] !== undefined;
}

/** Fate and case of a stored observation. */
export function deliveryOf(item: Item): { fate: Fate; caseId: string | null } {
  const caseId = item['caseId'];
  return {
    fate: textOf(item, 'fate') as Fate,
    caseId: typeof caseId === 'string' ? caseId : null,
  };
}

/** The writes of one change: the head moves on from the one that was judged, and its observations are put. */
export function acceptWrites(store: Store, write: AcceptWrite, label: string): LabelledWrite[] {
  const keys = keysOf(store.networkId);
  const isNew = write.readSeq === 0;
  return [
    {
      label,
      action: {
        Put: {
          TableName: store.tables.alerts,
          Item: headItem(keys, write.head),
          ConditionExpression: isNew ? 'attribute_not_exists(pk)' : 'seq = :seq',
          ...(!isNew && { ExpressionAttributeValues: { ':seq': write.readSeq } }),
        },
      },
    },
    ...write.observations.map((accepted) => ({
      label,
      action: {
        Put: {
          TableName: store.tables.inbox,
          Item: observationItem(keys, accepted),
          ConditionExpression: 'attribute_not_exists(pk)',
        },
      },
    })),
  ];
}
