import { setTimeout as pause } from 'node:timers/promises';
import type { ChainedEntry } from '../../domain/audit/chain.ts';
import type { Trail } from '../../domain/audit/findings.ts';
import { readChainHead } from './audit-chain.ts';
import { decodeAudit, decodeChained } from './audit-codec.ts';
import type { Store } from './client.ts';
import type { Item } from './items.ts';
import { type Keys, keysOf } from './keys.ts';
import { readItems } from './pages.ts';
import { AUDIT_PARTICIPANT_INDEX } from './tables.ts';

/** An index follows its table within moments: an entry that is still missing after these looks is missing. */
const MAX_LOOKS = 5;
const PAUSE_MS = 200;

const PAGE = 500;

/** The whole history of a participant, or the network's own, with both ends of its chain. It may be read while it grows. */
export async function readTrail(store: Store, participantId: string | null): Promise<Trail> {
  const keys = keysOf(store.networkId);
  const head = await readChainHead(store, participantId);
  for (let look = 1; ; look++) {
    const items = await historyOf(store, keys, participantId);
    const entries: ChainedEntry[] = [];
    const unchained: Trail['unchained'] = [];
    for (const item of items) {
      const entry = decodeChained(item);
      if (entry === null) unchained.push(decodeAudit(item));
      else entries.push(entry);
    }
    const known = new Set(entries.map(({ seq }) => seq));
    const isWhole = Array.from({ length: head.seq }, (_, index) => index + 1).every((seq) =>
      known.has(seq),
    );
    if (isWhole || look >= MAX_LOOKS)
      return { head, entries, unchained, headAfter: await readChainHead(store, participantId) };
    await pause(PAUSE_MS);
  }
}

async function historyOf(store: Store, keys: Keys, participantId: string | null): Promise<Item[]> {
  const { name, partition, sort } = AUDIT_PARTICIPANT_INDEX;
  const pk = keys.chainHistory(participantId);
  const items: Item[] = [];
  for (let startKey: Item | undefined; ; ) {
    const page = await readItems(store, {
      table: 'audit',
      index: name,
      condition: `${partition} = :pk`,
      values: { ':pk': pk },
      startKey,
      limit: PAGE,
    });
    items.push(...page.items);
    const last = page.items.at(-1);
    if (page.ended || last === undefined) return items;
    startKey = {
      pk: last['pk'],
      sk: last['sk'],
      [partition]: last[partition],
      [sort]: last[sort],
    };
  }
}
