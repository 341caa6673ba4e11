import type { CaseRecord } from '../../domain/case/record.ts';
import { decodeCaseRecord } from './case-codec.ts';
import type { Store } from './client.ts';
import { type Item, numberOf } from './items.ts';
import { keysOf } from './keys.ts';
import { readItems } from './pages.ts';
import type { IndexDefinition } from './tables.ts';

/** One partition of an index of cases. Lists that are spread over shards are merged from several. */
export interface Lane {
  readonly index: IndexDefinition;
  readonly partition: string;
  readonly newestFirst: boolean;
  /** Bounds of the index's sort key, both included; absent for the whole partition. */
  readonly between?: { readonly from: number; readonly to: number };
}

/** Where a list stands in one lane: not begun, behind one case, or at its end. */
export type LanePosition = null | 'end' | readonly [sortValue: number, caseId: string];

/** What was taken from the lanes, how many records were looked at, and where each lane stands now. */
export interface LanesRead {
  readonly records: CaseRecord[];
  readonly looked: number;
  readonly positions: LanePosition[];
}

/** A lane while it is read: a few records ahead of its position. */
interface OpenLane {
  readonly lane: Lane;
  position: LanePosition;
  ahead: Item[];
  ended: boolean;
}

async function refill(store: Store, open: OpenLane, limit: number): Promise<void> {
  if (open.ended || open.ahead.length > 0) return;
  const { index, partition, newestFirst, between } = open.lane;
  const { position } = open;
  const startKey =
    position === null || position === 'end'
      ? undefined
      : {
          ...keysOf(store.networkId).caseRecord(position[1]),
          [index.partition]: partition,
          [index.sort]: position[0],
        };
  const page = await readItems(store, {
    table: 'registry',
    index: index.name,
    condition: `${index.partition} = :partition${between ? ` AND ${index.sort} BETWEEN :from AND :to` : ''}`,
    values: {
      ':partition': partition,
      ...(between && { ':from': between.from, ':to': between.to }),
    },
    newestFirst,
    startKey,
    limit,
  });
  open.ahead = [...page.items];
  open.ended = page.ended;
}

/** The lane whose next record comes first; undefined when all are at their end. */
function nextLane(lanes: readonly OpenLane[]): OpenLane | undefined {
  let best: OpenLane | undefined;
  let bestValue = 0;
  for (const open of lanes) {
    const item = open.ahead[0];
    if (item === undefined) continue;
    const value = numberOf(item, open.lane.index.sort) * (open.lane.newestFirst ? -1 : 1);
    if (best === undefined || value < bestValue) {
      best = open;
      bestValue = value;
    }
  }
  return best;
}

/** Merges lanes in the order of their index until enough records are accepted, enough are looked at, or all are read. */
export async function readLanes(
  store: Store,
  lanes: readonly Lane[],
  from: readonly LanePosition[],
  options: {
    readonly budget: number;
    readonly wanted: number;
    readonly accept: (record: CaseRecord) => boolean;
  },
): Promise<LanesRead> {
  const { budget, wanted, accept } = options;
  const opened = lanes.map((lane, index): OpenLane => {
    const position = from[index] ?? null;
    return { lane, position, ahead: [], ended: position === 'end' };
  });
  const portion = Math.max(1, Math.ceil(budget / lanes.length));
  const records: CaseRecord[] = [];
  let looked = 0;
  for (;;) {
    await Promise.all(opened.map((open) => refill(store, open, portion)));
    const open = nextLane(opened);
    const item = open?.ahead[0];
    if (open === undefined || item === undefined) break;
    if (looked >= budget || records.length >= wanted) break;
    open.ahead.shift();
    const record = decodeCaseRecord(item);
    open.position = [numberOf(item, open.lane.index.sort), record.caseId];
    looked += 1;
    if (accept(record)) records.push(record);
  }
  const positions = opened.map((open) =>
    open.ended && open.ahead.length === 0 ? ('end' as const) : open.position,
  );
  return { records, looked, positions };
}
