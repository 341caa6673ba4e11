import type { CaseRecord } from '../../domain/case/record.ts';
import type { CaseQuery, CaseReader, Page } from '../../domain/ports/case-reader.ts';
import { DECISION, decodeAudit, decodeDecision } from './audit-codec.ts';
import { decodeCaseRecord } from './case-codec.ts';
import { type Lane, type LanePosition, readLanes } from './case-lanes.ts';
import type { Store } from './client.ts';
import { decodeCursor, encodeCursor, isKeyText } from './cursor.ts';
import { getItem, type Item, textOf } from './items.ts';
import { CASE_SHARDS, type Keys, keysOf, monthOf } from './keys.ts';
import { readItems, readPage } from './pages.ts';
import { MONTH_INDEX, PARTICIPANT_INDEX, STAGE_INDEX } from './tables.ts';

/** A list of cases: the groups of lanes that are read one after the other, each merged from its lanes. */
interface CaseList {
  /** Name of the list inside its cursors: its index partition, for that is what a position belongs to. */
  readonly scope: string;
  readonly lanesOf: (group: string) => Lane[];
  /** The groups from `from` on, in order; `from` undefined means all. */
  readonly groups: (from: string | undefined) => Promise<string[]>;
}

interface ListPosition {
  readonly group: string;
  readonly lanes: LanePosition[];
}

/** Reads for people: lists from the indexes, which follow the writes within moments; single records consistently. */
export function createCaseReader(store: Store): CaseReader {
  const keys = keysOf(store.networkId);
  return {
    list: (query) => listCases(store, listOf(store, keys, query), query),
    async read(caseId) {
      const item = await getItem(store, 'registry', keys.caseRecord(caseId));
      return item === null ? null : decodeCaseRecord(item);
    },
    async timeline(caseId, cursor, limit) {
      const page = await readPage(store, {
        ...historyQuery(keys, caseId),
        scope: `timeline/${caseId}`,
        cursor,
        limit,
      });
      return { ...page, items: page.items.map(decodeAudit) };
    },
    async decisions(caseId, cursor, limit) {
      const page = await readPage(store, {
        ...historyQuery(keys, caseId),
        scope: `decisions/${caseId}`,
        filter: `attribute_exists(${DECISION})`,
        cursor,
        limit,
      });
      return { ...page, items: page.items.flatMap((item) => decodeDecision(item) ?? []) };
    },
  };
}

/** The history of a case, oldest first, from the table itself: consistent. */
function historyQuery(keys: Keys, caseId: string) {
  const pk = keys.caseHistory(caseId);
  return {
    table: 'audit' as const,
    condition: 'pk = :pk',
    values: { ':pk': pk },
    isPosition: isKeyText,
    startKey: (sk: string) => ({ pk, sk }),
    positionOf: (item: Item) => textOf(item, 'sk'),
  };
}

function listOf(store: Store, keys: Keys, query: CaseQuery): CaseList {
  const { participantId, stage } = query;
  const shards = Array.from({ length: CASE_SHARDS }, (_, shard) => shard);
  const only = async () => ['all'];
  if (participantId !== undefined) {
    const partition = keys.casesOf(participantId);
    return {
      scope: partition,
      lanesOf: () => [{ index: PARTICIPANT_INDEX, partition, newestFirst: true }],
      groups: only,
    };
  }
  if (stage !== undefined) {
    return {
      scope: keys.casesInStage(stage, 0),
      lanesOf: () =>
        shards.map((shard) => ({
          index: STAGE_INDEX,
          partition: keys.casesInStage(stage, shard),
          newestFirst: false,
        })),
      groups: only,
    };
  }
  return listByMonth(store, keys, query);
}

/** All cases, or only those in shadow or only the real ones, which lie in lanes of their own. */
function listByMonth(store: Store, keys: Keys, query: CaseQuery): CaseList {
  const { shadow, openedFromMs = 0, openedToMs = Number.MAX_SAFE_INTEGER } = query;
  const shards = Array.from({ length: CASE_SHARDS }, (_, shard) => shard);
  const isBounded = query.openedFromMs !== undefined || query.openedToMs !== undefined;
  const partitionsOf = (month: string) => [
    ...(shadow === true ? [] : shards.map((shard) => keys.casesInMonth(month, shard))),
    ...(shadow === false ? [] : shards.map((shard) => keys.shadowCasesInMonth(month, shard))),
  ];
  return {
    scope: [
      keys.months(),
      ...(shadow === undefined ? [] : [shadow]),
      ...(isBounded ? [openedFromMs, openedToMs] : []),
    ].join('/'),
    lanesOf: (month) =>
      partitionsOf(month).map((partition) => ({
        index: MONTH_INDEX,
        partition,
        newestFirst: true,
        ...(isBounded && { between: { from: openedFromMs, to: openedToMs } }),
      })),
    groups: (from) =>
      monthsUpTo(store, keys, {
        from: from ?? (query.openedToMs === undefined ? undefined : monthOf(query.openedToMs)),
        downTo: monthOf(openedFromMs),
      }),
  };
}

/** The months with cases, newest first, from one on down to another. */
async function monthsUpTo(
  store: Store,
  keys: Keys,
  { from, downTo }: { from: string | undefined; downTo: string },
): Promise<string[]> {
  const { items } = await readItems(store, {
    table: 'registry',
    condition: 'pk = :pk AND sk <= :from',
    values: { ':pk': keys.months(), ':from': from ?? '9999-12' },
    newestFirst: true,
    startKey: undefined,
    // A hundred years of months fit into one read.
    limit: 1_200,
  });
  return items.map((item) => textOf(item, 'sk')).filter((month) => month >= downTo);
}

function isListPosition(value: unknown): value is ListPosition {
  if (typeof value !== 'object' || value === null) return false;
  const { group, lanes } = value as Record<string, unknown>;
  return isKeyText(group) && Array.isArray(lanes) && lanes.every(isLanePosition);
}

function isLanePosition(value: unknown): value is LanePosition {
  if (value === null || value === 'end') return true;
  if (!Array.isArray(value) || value.length !== 2) return false;
  return Number.isSafeInteger(value[0]) && isKeyText(value[1]);
}

function accepts(query: CaseQuery): (record: CaseRecord) => boolean {
  const wanted = (['participantId', 'violationType', 'family', 'tier', 'stage', 'outcome'] as const)
    .map((field) => [field, query[field]] as const)
    .filter(([, value]) => value !== undefined);
  const { shadow, openedFromMs = 0, openedToMs = Number.MAX_SAFE_INTEGER } = query;
  return (record) =>
    wanted.every(([field, value]) => record[field] === value) &&
    (shadow === undefined || (record.shadow ?? false) === shadow) &&
    record.openedAtMs >= openedFromMs &&
    record.openedAtMs <= openedToMs;
}

/**
 * One page of a list. What the index does not filter is filtered here, and at most twice the page is looked at, so a page
 * may be short; only a null cursor means the end.
 */
async function listCases(
  store: Store,
  list: CaseList,
  query: CaseQuery,
): Promise<Page<CaseRecord>> {
  const { limit } = query;
  const start = decodeCursor(query.cursor, list.scope, isListPosition);
  const accept = accepts(query);
  const items: CaseRecord[] = [];
  let budget = 2 * limit;
  let positions = start?.lanes;
  for (const group of await list.groups(start?.group)) {
    const lanes = list.lanesOf(group);
    // A month that came in since the cursor was made, or a forged cursor, begins at its start; so do lanes that came in since.
    const isKnown = group === start?.group && (positions?.length ?? 0) <= lanes.length;
    const from = (isKnown && positions) || [];
    const read = await readLanes(store, lanes, from, {
      budget,
      wanted: limit - items.length,
      accept,
    });
    items.push(...read.records);
    budget -= read.looked;
    positions = read.positions;
    const full = budget <= 0 || items.length >= limit;
    const groupEnded = read.positions.every((position) => position === 'end');
    if (full || !groupEnded) {
      const more = !groupEnded || (await list.groups(group)).at(-1) !== group;
      const next: ListPosition = { group, lanes: read.positions };
      return { items, nextCursor: more ? encodeCursor(list.scope, next) : null };
    }
  }
  return { items, nextCursor: null };
}
