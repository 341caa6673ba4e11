import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import type { InboxObservation } from '../../domain/ports/intake.ts';
import { invocation } from '../shared/invocation.ts';
import type { RelayDeps } from './deps.ts';
import { relayBatch } from './operations/relay-batch.ts';

/** A Lambda handler for the inbox's stream (NEW_IMAGE). */
export type RelayHandler = (event: DynamoDBStreamEvent) => Promise<DynamoDBBatchResponse>;

/**
 * Relays what the stream brings. Only new items count: what the relay itself writes comes by the stream too. What failed is
 * reported record by record, so that the stream goes on from there.
 */
export function relay(deps: RelayDeps): RelayHandler {
  return (event) => invocation(deps.meter, () => relayRecords(deps, event));
}

async function relayRecords(
  deps: RelayDeps,
  event: DynamoDBStreamEvent,
): Promise<DynamoDBBatchResponse> {
  const numbers = new Map<string, string>();
  const observations: InboxObservation[] = [];
  for (const record of event.Records) {
    if (record.eventName !== 'INSERT') continue;
    const observation = deps.readImage(record.dynamodb?.NewImage);
    if (observation === null) continue;
    observations.push(observation);
    numbers.set(nameOf(observation), record.dynamodb?.SequenceNumber ?? '');
  }
  const { failed } = await relayBatch(deps, observations);
  const batchItemFailures = failed.map((one) => ({
    itemIdentifier: numbers.get(nameOf(one)) ?? '',
  }));
  return { batchItemFailures };
}

function nameOf({ ref }: InboxObservation): string {
  return `${ref.alertKey}#${ref.seq}`;
}
