import { setTimeout as pause } from 'node:timers/promises';
import { BatchGetCommand } from '@aws-sdk/lib-dynamodb';
import { DomainError } from '../../domain/errors.ts';
import type { Store } from './client.ts';
import type { Item } from './items.ts';
import type { ItemKey } from './keys.ts';
import { reach } from './store-errors.ts';
import type { TableKind } from './tables.ts';

/** Keys that one request may ask for. */
export const BATCH_KEYS = 100;

/** Requests in a row that bring nothing before the caller is told; their waits grow to about two seconds in all. */
const MAX_EMPTY_ROUNDS = 8;

const FIRST_WAIT_MS = 10;

/**
 * Reads up to a hundred different items consistently, in no order; what is not there is absent. A busy store leaves keys
 * unprocessed: they are asked for again after a growing wait. Throws `store-unreachable` when it answers none of them for long.
 */
export async function batchGet(
  store: Store,
  table: TableKind,
  keys: readonly ItemKey[],
): Promise<Item[]> {
  const name = store.tables[table];
  const found: Item[] = [];
  let wanted: Record<string, unknown>[] = keys.map(({ pk, sk }) => ({ pk, sk }));
  let empty = 0;
  while (wanted.length > 0) {
    const Keys = wanted;
    const { Responses, UnprocessedKeys } = await reach(() =>
      store.client.send(
        new BatchGetCommand({ RequestItems: { [name]: { Keys, ConsistentRead: true } } }),
      ),
    );
    found.push(...(Responses?.[name] ?? []));
    wanted = UnprocessedKeys?.[name]?.Keys ?? [];
    if (wanted.length === 0) break;
    empty = wanted.length === Keys.length ? empty + 1 : 0;
    if (empty >= MAX_EMPTY_ROUNDS) throw tooBusy();
    await pause(Math.random() * FIRST_WAIT_MS * 2 ** empty);
  }
  return found;
}

function tooBusy(): DomainError {
  return new DomainError(
    'store-unreachable',
    'dependency',
    'The store left every item of a read unprocessed, again and again. Try again.',
    { reason: 'ProvisionedThroughputExceeded' },
  );
}
