import { PutCommand } from '@aws-sdk/lib-dynamodb';
import type { AlertHead } from '../../domain/observation.ts';
import type { ObservationRef } from '../../domain/ports/evidence.ts';
import type { Store } from './client.ts';
import { readHeads } from './heads.ts';
import { bodyOf, getItem, makeItem, queryPrefix } from './items.ts';
import { keysOf } from './keys.ts';
import { isConditionFailure, storeFailure } from './store-errors.ts';

/** One alert of a case, and the observation by which it came. */
interface Member {
  ref: ObservationRef;
  resourceId: string | null;
}

/** Attaches an alert to a case. `added` again for the same observation: whoever wrote it may not have told the case. */
export async function attachHead(
  store: Store,
  caseId: string,
  ref: ObservationRef,
  resourceId: string | null,
): Promise<{ added: boolean }> {
  const key = keysOf(store.networkId).member(caseId, ref.alertKey);
  const member: Member = { ref, resourceId };
  try {
    await store.client.send(
      new PutCommand({
        TableName: store.tables.alerts,
        Item: makeItem(key, 'member', member),
        ConditionExpression: 'attribute_not_exists(pk)',
      }),
    );
    return { added: true };
  } catch (error) {
    if (!isConditionFailure(error)) throw storeFailure(error);
  }
  const item = await getItem(store, 'alerts', key);
  const standing = item === null ? null : bodyOf<Member>(item, 'member');
  return { added: standing?.ref.seq === ref.seq };
}

/** Every alert of a case, with its head as it is now; read consistently. */
export async function headsOfCase(store: Store, caseId: string): Promise<AlertHead[]> {
  const { pk, prefix } = keysOf(store.networkId).members(caseId);
  const items = await queryPrefix(store, 'alerts', pk, prefix);
  const alertKeys = items.map((item) => bodyOf<Member>(item, 'member').ref.alertKey);
  return [...(await readHeads(store, alertKeys)).values()];
}
