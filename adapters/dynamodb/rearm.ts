import { PutCommand } from '@aws-sdk/lib-dynamodb';
import type { AlertHead } from '../../domain/observation.ts';
import type { Store } from './client.ts';
import { decodeHead, headItem } from './heads.ts';
import { getItem } from './items.ts';
import { keysOf } from './keys.ts';
import { isConditionFailure, storeFailure } from './store-errors.ts';

/**
 * Makes the next repeat of a firing alert, from an instant on, news again (rule B6). `by` is why: the case that has ended, or `EXCLUSION`; the
 * same reason does it once. The sequence moves on, so that an acceptance in flight judges the re-armed head again.
 */
export async function rearm(
  store: Store,
  head: AlertHead | string,
  by: string,
  fromMs: number,
): Promise<void> {
  const alertKey = typeof head === 'string' ? head : head.alertKey;
  let present = typeof head === 'string' ? await readHead(store, alertKey) : head;
  while (present?.status === 'firing' && present.rearmedByCaseId !== by) {
    const { seq } = present;
    const next = { ...present, seq: seq + 1, rearmedByCaseId: by, rearmedFromMs: fromMs };
    if (await moveOn(store, present, next)) return;
    present = await readHead(store, alertKey);
  }
}

async function readHead(store: Store, alertKey: string): Promise<AlertHead | null> {
  const item = await getItem(store, 'alerts', keysOf(store.networkId).head(alertKey));
  return item === null ? null : decodeHead(item);
}

async function moveOn(store: Store, from: AlertHead, to: AlertHead): Promise<boolean> {
  try {
    await store.client.send(
      new PutCommand({
        TableName: store.tables.alerts,
        Item: headItem(keysOf(store.networkId), to),
        ConditionExpression: 'seq = :seq',
        ExpressionAttributeValues: { ':seq': from.seq },
      }),
    );
    return true;
  } catch (error) {
    if (isConditionFailure(error)) return false;
    throw storeFailure(error);
  }
}
