import type { Evidence } from '../../domain/ports/evidence.ts';
import type { Store } from './client.ts';
import { headsOfCase } from './intake-members.ts';
import { makeUndelivered, oldestUndeliveredMs } from './intake-undelivered.ts';
import { keysOf } from './keys.ts';
import { rearm } from './rearm.ts';

/** What decisions read about the alerts of a case, on DynamoDB. */
export function createEvidence(store: Store): Evidence {
  const keys = keysOf(store.networkId);

  return {
    headsOfCase: (caseId) => headsOfCase(store, caseId),
    oldestUndeliveredMs: (participantId) =>
      oldestUndeliveredMs(store, keys.undeliveredOf(participantId)),
    async rearmHeads(caseId, fromMs) {
      for (const head of await headsOfCase(store, caseId)) await rearm(store, head, caseId, fromMs);
    },
    async returnToInbox(refs) {
      for (const ref of refs) await makeUndelivered(store, ref);
    },
  };
}
