import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { DomainError } from '../../domain/errors.ts';
import type { StoredNotice } from '../../domain/notice.ts';
import { decodeNotice } from './case-codec.ts';
import type { Store } from './client.ts';
import { getTogether } from './get-together.ts';
import { type ItemKey, keysOf } from './keys.ts';
import { isConditionFailure, storeFailure } from './store-errors.ts';

/** What became of a try to serve a notice. */
export interface NoticeOutcome {
  readonly servedAtMs: number | null;
  readonly servedBy: StoredNotice['servedBy'];
  readonly reason: string | null;
}

/** Reads one notice consistently; null when it is unknown. */
export async function readStoredNotice(
  store: Store,
  participantId: string,
  noticeId: string,
): Promise<StoredNotice | null> {
  const item = await getTogether(
    store,
    'registry',
    keysOf(store.networkId).notice(participantId, noticeId),
  );
  return item === null ? null : decodeNotice(item);
}

async function update(
  store: Store,
  key: ItemKey,
  sets: readonly string[],
  values: Record<string, unknown>,
): Promise<StoredNotice | null> {
  const command = new UpdateCommand({
    TableName: store.tables.registry,
    Key: { pk: key.pk, sk: key.sk },
    UpdateExpression: `SET ${sets.join(', ')}`,
    ConditionExpression: 'attribute_exists(pk)',
    ExpressionAttributeValues: values,
    ReturnValues: 'ALL_NEW',
  });
  try {
    const { Attributes } = await store.client.send(command);
    return Attributes === undefined ? null : decodeNotice(Attributes);
  } catch (error) {
    if (isConditionFailure(error)) return null;
    throw storeFailure(error);
  }
}

const SERVED = [
  'servedAtMs = if_not_exists(servedAtMs, :at)',
  'servedBy = if_not_exists(servedBy, :by)',
];

/**
 * Counts a try and, if the notice was served, when and by what; the first served instant stays (rule A7).
 * Throws `notice-unknown`.
 */
export async function recordTry(
  store: Store,
  participantId: string,
  noticeId: string,
  outcome: NoticeOutcome,
): Promise<StoredNotice> {
  const { servedAtMs, servedBy, reason } = outcome;
  const sets = ['tries = tries + :one'];
  const values: Record<string, unknown> = { ':one': 1 };
  if (servedAtMs !== null) {
    sets.push(...SERVED);
    values[':at'] = servedAtMs;
    values[':by'] = servedBy;
  }
  if (reason !== null) {
    sets.push('lastReason = :reason');
    values[':reason'] = reason;
  }
  const key = keysOf(store.networkId).notice(participantId, noticeId);
  const stored = await update(store, key, sets, values);
  if (stored !== null) return stored;
  throw new DomainError('notice-unknown', 'bug', 'There is no such notice of this participant.', {
    participantId,
    noticeId,
  });
}

/** The participant has read the notice, which serves it unless it was served before (rule A7). Null when unknown. */
export async function markRead(
  store: Store,
  participantId: string,
  noticeId: string,
  atMs: number,
): Promise<StoredNotice | null> {
  const sets = ['readAtMs = if_not_exists(readAtMs, :at)', ...SERVED];
  const key = keysOf(store.networkId).notice(participantId, noticeId);
  return update(store, key, sets, { ':at': atMs, ':by': 'read' });
}
