import { PutCommand } from '@aws-sdk/lib-dynamodb';
import type { SealedSecrets } from '../../domain/ports/sealed-secrets.ts';
import type { Store } from './client.ts';
import { bodyOf, getItem, makeItem, numberOf } from './items.ts';
import { keysOf } from './keys.ts';
import { isConditionFailure, storeFailure } from './store-errors.ts';

const ITEM_TYPE = 'secret';

/** Sealed secrets of sources and subscribers, in the registry. The store never sees one in clear. */
export function createSealedSecrets(store: Store): SealedSecrets {
  const keys = keysOf(store.networkId);
  return {
    async read(secretId) {
      const item = await getItem(store, 'registry', keys.secret(secretId));
      if (item === null) return null;
      const { sealed } = bodyOf<{ sealed: string[] }>(item, ITEM_TYPE);
      return {
        revision: numberOf(item, 'revision'),
        sealed: sealed.map((text) => Buffer.from(text, 'base64')),
      };
    },
    async write(secretId, sealed, readRevision) {
      const body = { sealed: sealed.map((bytes) => Buffer.from(bytes).toString('base64')) };
      const revision = readRevision + 1;
      try {
        await store.client.send(
          new PutCommand({
            TableName: store.tables.registry,
            Item: makeItem(keys.secret(secretId), ITEM_TYPE, body, { revision }),
            ConditionExpression:
              readRevision === 0 ? 'attribute_not_exists(pk)' : 'revision = :before',
            ...(readRevision > 0 && { ExpressionAttributeValues: { ':before': readRevision } }),
          }),
        );
        return true;
      } catch (error) {
        if (isConditionFailure(error)) return false;
        throw storeFailure(error);
      }
    },
  };
}
