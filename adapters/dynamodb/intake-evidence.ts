import { PutCommand } from '@aws-sdk/lib-dynamodb';
import type { AlertHead } from '../../domain/observation.ts';
import type { Evidence } from '../../domain/ports/evidence.ts';
import type { Store } from './client.ts';
import { decodeHead, headItem } from './heads.ts';
import { headsOfCase } from './intake-members.ts';
import { makeUndelivered, oldestUndeliveredMs } from './intake-undelivered.ts';
import { getItem } from './items.ts';
import { keysOf } from './keys.ts';
import { isConditionFailure, storeFailure } from './store-errors.ts';

/** What decisions read about the alerts of a case, on DynamoDB. */
export function createEvidence(store: Store): Evidence {
  const keys = keysOf(store.networkId);

  /** Rule B6. The sequence moves on, so that an acceptance in flight judges the re-armed head again. */
  async function rearm(head: AlertHead, caseId: string, fromMs: number): Promise<void> {
    let present: AlertHead | null = head;
    while (present?.status === 'firing' && present.rearmedByCaseId !== caseId) {
      const next: AlertHead = {
        ...present,
        seq: present.seq + 1,
        rearmedByCaseId: caseId,
        rearmedFromMs: fromMs,
      };
      if (await moveOn(present, next)) return;
      const item = await getItem(store, 'alerts', keys.head(head.alertKey));
      present = item === null ? null : decodeHead(item);
    }
  }

  async function moveOn(from: AlertHead, to: AlertHead): Promise<boolean> {
    try {
      await store.client.send(
        new PutCommand({
          TableName: store.tables.alerts,
          Item: headItem(keys, to),
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

  return {
    headsOfCase: (caseId) => headsOfCase(store, caseId),
    oldestUndeliveredMs: (participantId) =>
      oldestUndeliveredMs(store, keys.undeliveredOf(participantId)),
    async rearmHeads(caseId, fromMs) {
      for (const head of await headsOfCase(store, caseId)) await rearm(head, caseId, fromMs);
    },
    async returnToInbox(refs) {
      for (const ref of refs) await makeUndelivered(store, ref);
    },
  };
}
