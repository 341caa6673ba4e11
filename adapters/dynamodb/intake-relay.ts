import type { CaseRecord } from '../../domain/case/record.ts';
import type { RelayStore } from '../../domain/ports/intake.ts';
import { standingOf } from '../../domain/sanction.ts';
import { decodeCaseRecord } from './case-codec.ts';
import type { Store } from './client.ts';
import { readGroupSanctions } from './groups.ts';
import { attachHead, headsOfCase } from './intake-members.ts';
import { decodeInbox } from './intake-observations.ts';
import { addToQuarantine } from './intake-quarantine.ts';
import { countFailure, markDelivered, undeliveredItems } from './intake-undelivered.ts';
import { getItem } from './items.ts';
import { keysOf } from './keys.ts';
import { rearm } from './rearm.ts';
import { freeSlot, readSlot, takeSlot, updateSlot } from './slots.ts';

/** Why an alert is re-armed that fires while its participant is excluded; no case id has this form. */
const EXCLUSION = 'exclusion';

/** The relay's side of the inbox on DynamoDB: slots, members, and the fate of each observation. */
export function createRelayStore(store: Store): RelayStore {
  const keys = keysOf(store.networkId);

  async function readCase(caseId: string): Promise<CaseRecord | null> {
    const item = await getItem(store, 'registry', keys.caseRecord(caseId));
    return item === null ? null : decodeCaseRecord(item);
  }

  return {
    readSlot: (participantId, violationType) => readSlot(store, participantId, violationType),
    takeSlot: (slot) => takeSlot(store, slot),
    updateSlot: (slot, from) => updateSlot(store, slot, from),
    freeSlot: (slot) => freeSlot(store, slot),
    attachHead: (caseId, fire) => attachHead(store, caseId, fire),
    headsOfCase: (caseId) => headsOfCase(store, caseId),
    async caseEnded(caseId) {
      return (await readCase(caseId))?.stage === 'ended';
    },
    async participantExcluded(participantId) {
      return standingOf(await readGroupSanctions(store, participantId)) === 'excluded';
    },
    hearAgain: (alertKey, fromMs) => rearm(store, alertKey, EXCLUSION, fromMs),
    markDelivered: (one, fate, caseId, atMs) => markDelivered(store, one, { fate, caseId }, atMs),
    async markFailed(failed, maxAttempts, atMs) {
      const { ref, observation } = failed;
      const attempts = await countFailure(store, ref);
      if (attempts === null || attempts < maxAttempts) return 'undelivered';
      const { alertKey, sourceId } = observation;
      const reason = 'relay-failed' as const;
      const fingerprint = `${alertKey.slice(sourceId.length + 1)}@${ref.seq}`;
      const sample = JSON.stringify(observation);
      // Counted first: if we die between the two, it is counted once more and never lost.
      await addToQuarantine(store, [
        { sourceId, reason, fingerprint, sample, count: 1, firstAtMs: atMs, lastAtMs: atMs },
      ]);
      await markDelivered(store, failed, { fate: 'quarantine', caseId: null, reason }, atMs);
      return 'quarantine';
    },
    async undelivered(shard, beforeMs, limit) {
      const items = await undeliveredItems(store, keys.undelivered(shard), beforeMs, limit);
      return items.map((item) => decodeInbox(item, store.networkId));
    },
  };
}
