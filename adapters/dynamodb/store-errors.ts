import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { TransactWriteCommand, type TransactWriteCommandInput } from '@aws-sdk/lib-dynamodb';
import { DomainError, invariant } from '../../domain/errors.ts';
import type { Store } from './client.ts';

/** The store's limit on one transaction (design §4). */
export const MAX_TRANSACTION_ITEMS = 100;

/** One write of a transaction. */
export type WriteAction = NonNullable<TransactWriteCommandInput['TransactItems']>[number];

/** A write with the word by which its failed condition is recognised. */
export interface LabelledWrite<Label extends string = string> {
  readonly label: Label;
  readonly action: WriteAction;
}

/** Errors of the request itself: repeating it cannot help, so they stay as they are and are loud. */
const OWN_MISTAKES = new Set([
  'ValidationException',
  'SerializationException',
  'IdempotentParameterMismatchException',
  'ItemCollectionSizeLimitExceededException',
]);

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : 'unknown';
}

/**
 * What a failed call to the store means to the caller: `store-unreachable` (dependency, may be retried: whether the write
 * happened is unknown) for everything that can pass; a mistake in the request is returned unchanged.
 */
export function storeFailure(error: unknown): unknown {
  if (error instanceof DomainError || error instanceof TypeError || error instanceof RangeError) {
    return error;
  }
  const name = nameOf(error);
  if (OWN_MISTAKES.has(name)) return error;
  return unavailable(name, error);
}

function unavailable(reason: string, cause: unknown): DomainError {
  const failure = new DomainError(
    'store-unreachable',
    'dependency',
    'The store did not answer or could not finish the request. Try again; nothing is written twice.',
    { reason },
  );
  failure.cause = cause;
  return failure;
}

/** Runs a call to the store and translates its failure. Throws `store-unreachable`. */
export async function reach<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw storeFailure(error);
  }
}

/** Whether a single conditional write was refused by its condition. */
export function isConditionFailure(error: unknown): boolean {
  return nameOf(error) === 'ConditionalCheckFailedException';
}

/**
 * Writes all items or none. Returns the labels whose conditions failed; empty means written.
 * Throws `store-unreachable` for conflicts with another transaction, throttling, timeouts and outages: then it is unknown
 * whether the items were written, and the same transaction may be sent again because its guards recognise it.
 */
export async function transact<Label extends string>(
  store: Store,
  writes: readonly LabelledWrite<Label>[],
): Promise<ReadonlySet<Label>> {
  invariant(
    writes.length <= MAX_TRANSACTION_ITEMS,
    `A transaction has at most ${MAX_TRANSACTION_ITEMS} items, this one ${writes.length}.`,
  );
  try {
    const TransactItems = writes.map((write) => write.action);
    await store.client.send(new TransactWriteCommand({ TransactItems }));
    return new Set();
  } catch (error) {
    if (!(error instanceof TransactionCanceledException)) throw storeFailure(error);
    const failed = new Set<Label>();
    const codes = (error.CancellationReasons ?? []).map((reason) => reason.Code ?? 'None');
    codes.forEach((code, index) => {
      const label = writes[index]?.label;
      if (code === 'ConditionalCheckFailed' && label !== undefined) failed.add(label);
    });
    if (failed.size > 0) return failed;
    const code = codes.find((each) => each !== 'None') ?? error.name;
    if (code === 'ValidationError' || code === 'ItemCollectionSizeLimitExceeded') throw error;
    throw unavailable(code, error);
  }
}
