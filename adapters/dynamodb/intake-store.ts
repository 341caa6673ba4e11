import type { IntakeStore } from '../../domain/ports/intake.ts';
import type { Store } from './client.ts';
import { readHeads } from './heads.ts';
import { acceptAll } from './intake-accept.ts';
import { addToQuarantine } from './intake-quarantine.ts';
import { claimDelivery, putReceipt, readReceipt } from './intake-receipts.ts';
import { createSourceNotes } from './intake-sources.ts';

/** The acceptance of deliveries on DynamoDB (design §4, "Accepting"). */
export function createIntakeStore(store: Store): IntakeStore {
  return {
    heads: (alertKeys) => readHeads(store, alertKeys),
    accept: (writes) => acceptAll(store, writes),
    quarantine: (entries) => addToQuarantine(store, entries),
    putReceipt: (receipt) => putReceipt(store, receipt),
    readReceipt: (receiptId) => readReceipt(store, receiptId),
    claimDelivery: (delivery, atMs) => claimDelivery(store, delivery, atMs),
    noteSource: createSourceNotes(store),
  };
}
