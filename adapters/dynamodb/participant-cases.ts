import type { CaseRecord } from '../../domain/case/record.ts';
import { decodeCaseRecord } from './case-codec.ts';
import type { Store } from './client.ts';
import type { Item } from './items.ts';
import { keysOf } from './keys.ts';
import { readItems } from './pages.ts';
import { PARTICIPANT_INDEX } from './tables.ts';

const PAGE = 100;

/** A participant's cases, the newest first, by an index that may lag behind a moment. */
export async function* casesOf(
  store: Store,
  participantId: string,
): AsyncGenerator<CaseRecord, void> {
  const partition = keysOf(store.networkId).casesOf(participantId);
  let startKey: Item | undefined;
  for (;;) {
    const page = await readItems(store, {
      table: 'registry',
      index: PARTICIPANT_INDEX.name,
      condition: `${PARTICIPANT_INDEX.partition} = :partition`,
      values: { ':partition': partition },
      newestFirst: true,
      startKey,
      limit: PAGE,
    });
    for (const item of page.items) yield decodeCaseRecord(item);
    const last = page.items.at(-1);
    if (page.ended || last === undefined) return;
    const { pk, sk, openedAtMs } = last;
    startKey = { pk, sk, openedAtMs, [PARTICIPANT_INDEX.partition]: partition };
  }
}
