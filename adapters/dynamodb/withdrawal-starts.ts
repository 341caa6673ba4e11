import { DeleteCommand } from '@aws-sdk/lib-dynamodb';
import type { WithdrawalStart, WithdrawalStarts } from '../../domain/ports/withdrawal-starts.ts';
import type { Store } from './client.ts';
import { bodyOf, type Item, makeItem } from './items.ts';
import { type Keys, keysOf } from './keys.ts';
import { readItems } from './pages.ts';
import { reach } from './store-errors.ts';
import { STAGE_INDEX } from './tables.ts';

/** Withdrawals whose workflow waits to be started, on DynamoDB: an item each in the index by stage, until it is started. */
export function createWithdrawalStarts(store: Store): WithdrawalStarts {
  const keys = keysOf(store.networkId);
  return {
    async waiting(limit) {
      const page = await readItems(store, {
        table: 'registry',
        index: STAGE_INDEX.name,
        condition: `${STAGE_INDEX.partition} = :partition`,
        values: { ':partition': keys.withdrawalStarts() },
        startKey: undefined,
        limit,
      });
      return page.items.map((item) => bodyOf<WithdrawalStart>(item, 'withdrawal-start'));
    },
    async started({ participantId, withdrawalId }) {
      const { pk, sk } = keys.withdrawalStart(participantId, withdrawalId);
      const TableName = store.tables.registry;
      await reach(() => store.client.send(new DeleteCommand({ TableName, Key: { pk, sk } })));
    },
  };
}

/** A withdrawal that waits, as it is written with its booking. */
export function withdrawalStartItem(keys: Keys, start: WithdrawalStart): Item {
  const key = keys.withdrawalStart(start.participantId, start.withdrawalId);
  return makeItem(key, 'withdrawal-start', start, {
    [STAGE_INDEX.partition]: keys.withdrawalStarts(),
    [STAGE_INDEX.sort]: start.requestedAtMs,
  });
}
