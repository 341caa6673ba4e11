import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { QuarantineEntry, QuarantineReason } from '../../domain/ports/intake.ts';
import type { Store } from './client.ts';
import { type Item, numberOf, queryPrefix, textOf } from './items.ts';
import { keysOf } from './keys.ts';
import { reach } from './store-errors.ts';

/** Writes in flight at a time. */
const IN_FLIGHT = 8;

/** Counts what could not be accepted, one item per source, reason and fingerprint (rule B8). */
export async function addToQuarantine(
  store: Store,
  entries: readonly QuarantineEntry[],
): Promise<void> {
  for (let start = 0; start < entries.length; start += IN_FLIGHT) {
    const flight = entries.slice(start, start + IN_FLIGHT);
    await Promise.all(flight.map((entry) => count(store, entry)));
  }
}

async function count(store: Store, entry: QuarantineEntry): Promise<void> {
  const { sourceId, reason, fingerprint } = entry;
  const { pk, sk } = keysOf(store.networkId).quarantine(sourceId, reason, fingerprint);
  await reach(() =>
    store.client.send(
      new UpdateCommand({
        TableName: store.tables.inbox,
        Key: { pk, sk },
        UpdateExpression:
          'SET #type = :type, v = :v, sourceId = :source, #reason = :reason, fingerprint = :name, ' +
          '#sample = :sample, lastAtMs = :last, firstAtMs = if_not_exists(firstAtMs, :first) ' +
          'ADD #count :count',
        ExpressionAttributeNames: {
          '#type': 'type',
          '#count': 'count',
          '#reason': 'reason',
          '#sample': 'sample',
        },
        ExpressionAttributeValues: {
          ':type': 'quarantine',
          ':v': 1,
          ':source': sourceId,
          ':reason': reason,
          ':name': fingerprint,
          ':sample': entry.sample,
          ':last': entry.lastAtMs,
          ':first': entry.firstAtMs,
          ':count': entry.count,
        },
      }),
    ),
  );
}

/** What is in quarantine of one source, sorted by reason. */
export async function listQuarantine(store: Store, sourceId: string): Promise<QuarantineEntry[]> {
  const { pk, prefix } = keysOf(store.networkId).quarantined(sourceId);
  return (await queryPrefix(store, 'inbox', pk, prefix)).map(decode);
}

function decode(item: Item): QuarantineEntry {
  return {
    sourceId: textOf(item, 'sourceId'),
    reason: textOf(item, 'reason') as QuarantineReason,
    fingerprint: textOf(item, 'fingerprint'),
    sample: textOf(item, 'sample'),
    count: numberOf(item, 'count'),
    firstAtMs: numberOf(item, 'firstAtMs'),
    lastAtMs: numberOf(item, 'lastAtMs'),
  };
}
