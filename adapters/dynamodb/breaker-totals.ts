import { DeleteCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { NetworkTotals } from '../../domain/breaker/limits.ts';
import { STANDINGS, type Standing, standingOf } from '../../domain/sanction.ts';
import { BATCH_KEYS, batchGet } from './batch-get.ts';
import { decodeTotals, totalsItem } from './breaker-codec.ts';
import { decodeShard } from './breaker-shards.ts';
import type { Store } from './client.ts';
import { readGroupSanctions } from './groups.ts';
import { bodyOf, type Item, queryPrefix, textOf } from './items.ts';
import { keysOf } from './keys.ts';
import { decodeLedgerHead } from './ledger-codec.ts';
import { participantIds } from './ledger-export.ts';
import { put } from './step-writes.ts';
import { isConditionFailure, reach, storeFailure, transact } from './store-errors.ts';

/** Who begins to count is given so long before another begins too. */
const COUNTING_MS = 60_000;

/** Requests in flight at a time. */
const IN_FLIGHT = 8;

/** How large the network is: as it was counted last (`item`), or counted now if that is too old and nobody else is at it. */
export async function networkTotals(
  store: Store,
  item: Item | null,
  nowMs: number,
  maxAgeMs: number,
): Promise<NetworkTotals> {
  if (item === null) return count(store, nowMs, 'everybody');
  const known = decodeTotals(item);
  if (nowMs - known.atMs <= maxAgeMs) return known;
  // An old count is too small and never too large, so the others go on with it.
  return (await claims(store, nowMs, Math.min(COUNTING_MS, maxAgeMs)))
    ? count(store, nowMs, 'marked')
    : known;
}

async function claims(store: Store, nowMs: number, forMs: number): Promise<boolean> {
  const { pk, sk } = keysOf(store.networkId).breakerTotals();
  try {
    await store.client.send(
      new UpdateCommand({
        TableName: store.tables.registry,
        Key: { pk, sk },
        UpdateExpression: 'SET countingSinceMs = :now',
        ConditionExpression: 'attribute_not_exists(countingSinceMs) OR countingSinceMs <= :before',
        ExpressionAttributeValues: { ':now': nowMs, ':before': nowMs - forMs },
      }),
    );
    return true;
  } catch (error) {
    if (!isConditionFailure(error)) throw storeFailure(error);
    return false;
  }
}

/**
 * Counts the network. The shards are read first: a suspension that is written meanwhile may be counted twice, and never not at all. Beyond
 * the first time only marked participants are looked at, for whoever is suspended has a mark.
 */
async function count(
  store: Store,
  nowMs: number,
  whom: 'everybody' | 'marked',
): Promise<NetworkTotals> {
  const keys = keysOf(store.networkId);
  const shards = (await queryPrefix(store, 'registry', keys.breaker(), 'SHARD#')).map(decodeShard);
  const suspendedEver = shards.reduce<number[]>((counts, shard) => {
    counts[shard.no] = shard.suspendedEver;
    return counts;
  }, Array(shards.length).fill(0));
  const [marks, ids] = await Promise.all([
    queryPrefix(store, 'registry', keys.suspendedMarks(), ''),
    participantIds(store, keys),
  ]);
  const standings = await standingsOf(store, whom === 'everybody' ? ids : marks.map(markedOf));
  await unmark(store, marks, standings);
  if (whom === 'everybody') await markAll(store, standings);
  const excluded = new Set(
    [...standings].filter(([, standing]) => standing === 'excluded').map(([id]) => id),
  );
  const living = ids.filter((id) => !excluded.has(id));
  const totals: NetworkTotals = {
    stakeUnits: await stakeOf(store, living),
    participants: living.length,
    suspended: [...standings.values()].filter((standing) => standing === 'suspended').length,
    suspendedEver,
    atMs: nowMs,
  };
  await transact(store, [
    { label: 'totals', action: put(store.tables.registry, totalsItem(keys, totals)) },
  ]);
  return totals;
}

function markedOf(mark: Item): string {
  return bodyOf<string>(mark, 'suspended');
}

async function standingsOf(
  store: Store,
  participantIds: readonly string[],
): Promise<Map<string, Standing>> {
  const standings = new Map<string, Standing>();
  for (let start = 0; start < participantIds.length; start += IN_FLIGHT) {
    const flight = participantIds.slice(start, start + IN_FLIGHT);
    const read = await Promise.all(flight.map((id) => readGroupSanctions(store, id)));
    read.forEach((sanctions, index) => {
      const id = flight[index];
      if (id !== undefined) standings.set(id, standingOf(sanctions));
    });
  }
  return standings;
}

/** Who has access again loses the mark, unless a later suspension has put a new one there. */
async function unmark(
  store: Store,
  marks: readonly Item[],
  standings: ReadonlyMap<string, Standing>,
): Promise<void> {
  for (const mark of marks) {
    if (isBarred(standings.get(markedOf(mark)))) continue;
    try {
      await store.client.send(
        new DeleteCommand({
          TableName: store.tables.registry,
          Key: { pk: mark['pk'], sk: mark['sk'] },
          ConditionExpression: 'stamp = :seen',
          ExpressionAttributeValues: { ':seen': textOf(mark, 'stamp') },
        }),
      );
    } catch (error) {
      if (!isConditionFailure(error)) throw storeFailure(error);
    }
  }
}

/** The first count marks whom it finds suspended: they were suspended before there was a breaker. */
async function markAll(store: Store, standings: ReadonlyMap<string, Standing>): Promise<void> {
  const keys = keysOf(store.networkId);
  for (const [participantId, standing] of standings) {
    if (!isBarred(standing)) continue;
    const key = keys.suspendedMark(participantId);
    const mark = { ...key, v: 1, type: 'suspended', body: participantId, stamp: 'counted' };
    await reach(() =>
      transact(store, [{ label: 'mark', action: put(store.tables.registry, mark) }]),
    );
  }
}

function isBarred(standing: Standing | undefined): boolean {
  return standing !== undefined && STANDINGS.indexOf(standing) >= STANDINGS.indexOf('suspended');
}

/** Bonded stake. What is leaving is left out: it may be gone before the network is counted again. */
async function stakeOf(store: Store, participantIds: readonly string[]): Promise<bigint> {
  const keys = keysOf(store.networkId);
  let units = 0n;
  for (let start = 0; start < participantIds.length; start += BATCH_KEYS) {
    const wanted = participantIds.slice(start, start + BATCH_KEYS).map(keys.ledgerHead);
    for (const item of await batchGet(store, 'ledger', wanted)) {
      const { available, held, pending } = decodeLedgerHead(item).balances;
      units += available + held + pending;
    }
  }
  return units;
}
