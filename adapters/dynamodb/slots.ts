import { DeleteCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Slot } from '../../domain/ports/intake.ts';
import type { Severity } from '../../domain/violation.ts';
import type { Store } from './client.ts';
import { getItem, type Item, textOf } from './items.ts';
import { keysOf } from './keys.ts';
import { isConditionFailure, storeFailure } from './store-errors.ts';

function decode(item: Item): Slot {
  return {
    participantId: textOf(item, 'participantId'),
    violationType: textOf(item, 'violationType'),
    caseId: textOf(item, 'caseId'),
    severity: textOf(item, 'severity') as Severity,
    allClear: textOf(item, 'allClear') as Slot['allClear'],
  };
}

function keyOf(store: Store, slot: Pick<Slot, 'participantId' | 'violationType'>) {
  const { pk, sk } = keysOf(store.networkId).slot(slot.participantId, slot.violationType);
  return { pk, sk };
}

/** The open case of a participant and violation type, read consistently; null when there is none. */
export async function readSlot(
  store: Store,
  participantId: string,
  violationType: string,
): Promise<Slot | null> {
  const item = await getItem(store, 'registry', keyOf(store, { participantId, violationType }));
  return item === null ? null : decode(item);
}

/** Takes the slot if it is free. Returns the slot as it is now, whoever holds it. */
export async function takeSlot(store: Store, slot: Slot): Promise<Slot> {
  for (;;) {
    try {
      await store.client.send(
        new PutCommand({
          TableName: store.tables.registry,
          Item: { ...keyOf(store, slot), type: 'slot', v: 1, ...slot },
          ConditionExpression: 'attribute_not_exists(pk)',
        }),
      );
      return slot;
    } catch (error) {
      if (!isConditionFailure(error)) throw storeFailure(error);
    }
    const held = await readSlot(store, slot.participantId, slot.violationType);
    // Freed between the two looks: it is ours to take again.
    if (held !== null) return held;
  }
}

/** Notes what the slot's case was told, if it is still that case's and `allClear` is what it was. */
export async function updateSlot(store: Store, slot: Slot, from: Slot['allClear']): Promise<void> {
  await ifStillSo(() =>
    store.client.send(
      new UpdateCommand({
        TableName: store.tables.registry,
        Key: keyOf(store, slot),
        UpdateExpression: 'SET severity = :severity, allClear = :allClear',
        ConditionExpression: 'caseId = :caseId AND allClear = :from',
        ExpressionAttributeValues: {
          ':severity': slot.severity,
          ':allClear': slot.allClear,
          ':from': from,
          ':caseId': slot.caseId,
        },
      }),
    ),
  );
}

/** Frees the slot if it is still that case's. */
export async function freeSlot(store: Store, slot: Slot): Promise<void> {
  await ifStillSo(() =>
    store.client.send(
      new DeleteCommand({
        TableName: store.tables.registry,
        Key: keyOf(store, slot),
        ConditionExpression: 'caseId = :caseId',
        ExpressionAttributeValues: { ':caseId': slot.caseId },
      }),
    ),
  );
}

async function ifStillSo(write: () => Promise<unknown>): Promise<void> {
  try {
    await write();
  } catch (error) {
    if (!isConditionFailure(error)) throw storeFailure(error);
  }
}
