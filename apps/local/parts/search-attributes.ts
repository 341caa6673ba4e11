import { Connection } from '@temporalio/client';
import { waitUntil } from './wait-until.ts';

/** What workflows can be searched by, with its type in Temporal's words. */
export const searchAttributes = {
  ParticipantId: 'Keyword',
  ViolationType: 'Keyword',
  Tier: 'Keyword',
  Stage: 'Keyword',
  NextDeadline: 'Datetime',
} as const;

/** Numbers of Temporal's `IndexedValueType`. */
const indexedValueTypes = { Keyword: 2, Datetime: 6 } as const;

const namespace = 'default';

/** Adds the search attributes that a server lacks, and waits until it lists them all. */
export async function ensureSearchAttributes(address: string): Promise<void> {
  const connection = await Connection.connect({ address });
  try {
    const missing = async () => {
      const listed = await connection.operatorService.listSearchAttributes({ namespace });
      return Object.entries(searchAttributes).filter(([key]) => !listed.customAttributes?.[key]);
    };
    const toAdd = await missing();
    if (toAdd.length === 0) return;
    await connection.operatorService.addSearchAttributes({
      namespace,
      searchAttributes: Object.fromEntries(
        toAdd.map(([key, type]) => [key, indexedValueTypes[type]]),
      ),
    });
    await waitUntil(async () => (await missing()).length === 0, {
      what: 'the server lists the search attributes',
      withinMs: 30_000,
    });
  } finally {
    await connection.close();
  }
}
