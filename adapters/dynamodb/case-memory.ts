import type { CaseMemory } from '../../domain/ports/watching.ts';
import { decodeCaseRecord } from './case-codec.ts';
import type { Store } from './client.ts';
import { bodyOf, getItem } from './items.ts';
import { keysOf } from './keys.ts';
import type { StoredStep } from './step-writes.ts';

/** What the steps of a case have left behind, read consistently: enough to go on where the last one ended. */
export function createCaseMemory(store: Store): CaseMemory {
  const keys = keysOf(store.networkId);
  return {
    async readCase(caseId) {
      const item = await getItem(store, 'registry', keys.caseRecord(caseId));
      return item === null ? null : decodeCaseRecord(item);
    },
    async lastState(caseId) {
      const record = await getItem(store, 'registry', keys.caseRecord(caseId));
      const stepKey = record?.['lastStepKey'];
      if (typeof stepKey !== 'string') return null;
      const step = await getItem(store, 'registry', keys.step(stepKey));
      if (step === null) return null;
      return JSON.parse(bodyOf<StoredStep>(step, 'step').resultJson).change ?? null;
    },
  };
}
