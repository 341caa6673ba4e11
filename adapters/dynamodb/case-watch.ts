import type { CaseRecord } from '../../domain/case/record.ts';
import type { Stage } from '../../domain/case/state.ts';
import type { CaseWatch } from '../../domain/ports/case-watch.ts';
import { decodeCaseRecord } from './case-codec.ts';
import type { Store } from './client.ts';
import { type Item, numberOf } from './items.ts';
import { CASE_SHARDS, keysOf } from './keys.ts';
import { readItems } from './pages.ts';
import { STAGE_INDEX } from './tables.ts';

/** Reads all cases of a stage, one partition of the index of stages after the other. */
export function createCaseWatch(store: Store, pageSize = 250): CaseWatch {
  const keys = keysOf(store.networkId);

  async function* partition(key: string, dueBeforeMs?: number): AsyncGenerator<CaseRecord[]> {
    const isDue = dueBeforeMs === undefined ? '' : ` AND ${STAGE_INDEX.sort} < :before`;
    let startKey: Item | undefined;
    for (;;) {
      const { items, ended } = await readItems(store, {
        table: 'registry',
        index: STAGE_INDEX.name,
        condition: `${STAGE_INDEX.partition} = :stage${isDue}`,
        values: { ':stage': key, ...(dueBeforeMs !== undefined && { ':before': dueBeforeMs }) },
        startKey,
        limit: pageSize,
      });
      const records = items.map(decodeCaseRecord);
      if (records.length > 0) yield records;
      const [item, record] = [items.at(-1), records.at(-1)];
      if (ended || item === undefined || record === undefined) return;
      startKey = {
        ...keys.caseRecord(record.caseId),
        [STAGE_INDEX.partition]: key,
        [STAGE_INDEX.sort]: numberOf(item, STAGE_INDEX.sort),
      };
    }
  }

  return {
    async *pages(stage: Stage, dueBeforeMs?: number) {
      for (let shard = 0; shard < CASE_SHARDS; shard++) {
        yield* partition(keys.casesInStage(stage, shard), dueBeforeMs);
      }
    },
  };
}
