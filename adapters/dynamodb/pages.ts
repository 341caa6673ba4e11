import { DomainError } from '../../domain/errors.ts';
import type { Page } from '../../domain/ports/case-reader.ts';
import type { Store } from './client.ts';
import { decodeCursor, encodeCursor } from './cursor.ts';
import { firstPage, type RawPage } from './first-page.ts';
import type { Item } from './items.ts';
import { storeFailure } from './store-errors.ts';
import type { TableKind } from './tables.ts';

/** One list: where it lies, in which order, and how a position in it becomes a key to go on from. */
export interface PageQuery<Position> {
  readonly table: TableKind;
  readonly index?: string;
  /** Name of the list inside its cursors. */
  readonly scope: string;
  readonly condition: string;
  readonly values: Item;
  /** What of the list is left out; a page may then be shorter than its limit, and only one without a next cursor is the last. */
  readonly filter?: string;
  readonly newestFirst?: boolean;
  readonly isPosition: (value: unknown) => value is Position;
  readonly startKey: (position: Position) => Item;
  readonly positionOf: (item: Item) => Position;
  readonly cursor: string | undefined;
  readonly limit: number;
}

/** Reads up to `limit` items of one partition from a start key on, none only at the end; consistent when no index is read. */
export async function readItems(
  store: Store,
  query: {
    readonly table: TableKind;
    readonly index?: string;
    readonly condition: string;
    readonly values: Item;
    readonly filter?: string;
    readonly newestFirst?: boolean;
    readonly startKey: Item | undefined;
    readonly limit: number;
  },
): Promise<RawPage> {
  const { table, index, condition, values, filter, newestFirst = false, startKey, limit } = query;
  try {
    return await firstPage(store, {
      TableName: store.tables[table],
      KeyConditionExpression: condition,
      ExpressionAttributeValues: values,
      ScanIndexForward: !newestFirst,
      Limit: limit,
      ...(filter !== undefined && { FilterExpression: filter }),
      ...(index === undefined ? { ConsistentRead: true } : { IndexName: index }),
      ...(startKey !== undefined && { ExclusiveStartKey: startKey }),
    });
  } catch (error) {
    // The start key is the one part of the request that comes from outside.
    const ofCursor = error instanceof Error && error.name === 'ValidationException';
    if (!ofCursor || startKey === undefined) throw storeFailure(error);
    throw new DomainError('cursor-invalid', 'caller', 'The cursor is not one of this list.');
  }
}

/** Reads one page of a list. Throws `cursor-invalid`. */
export async function readPage<Position>(
  store: Store,
  query: PageQuery<Position>,
): Promise<Page<Item>> {
  const { scope, cursor, isPosition, startKey, positionOf } = query;
  const position = decodeCursor(cursor, scope, isPosition);
  const { items, ended } = await readItems(store, {
    ...query,
    startKey: position === undefined ? undefined : startKey(position),
  });
  const last = items.at(-1);
  const nextCursor = ended || last === undefined ? null : encodeCursor(scope, positionOf(last));
  return { items, nextCursor };
}
