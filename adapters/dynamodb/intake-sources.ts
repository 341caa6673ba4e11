import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { SourceSighting } from '../../domain/ports/intake.ts';
import type { Store } from './client.ts';
import { getItem, type Item } from './items.ts';
import { keysOf } from './keys.ts';
import { isConditionFailure, storeFailure } from './store-errors.ts';

/** A source's state is noted at most this often, whatever its repeat interval. */
const NOTE_LIMIT_MS = 60_000;

/** Groups that may be incomplete at one time; more of them share one entry, which only a person can clear. */
const MAX_CUT_GROUPS = 200;

/** What deliveries say about a source. The directory reads `lastSeenAtMs` and `truncatedAtMs`, the latest of the cuts. */
interface SourceState {
  lastSeenAtMs: number | null;
  /** Per group whose last delivery was incomplete: when that came. */
  cut: Readonly<Record<string, number>>;
}

/**
 * Notes that a source was heard, at most once in a quarter of its repeat interval so that a storm does not write the same
 * item again and again, and at once whenever a group was cut or came complete after a cut (rule B1).
 */
export function createSourceNotes(store: Store) {
  const noted = new Map<string, SourceState>();

  return async function noteSource(sourceId: string, seen: SourceSighting): Promise<void> {
    const known = noted.get(sourceId);
    const limitMs = Math.min(seen.repeatIntervalMs / 4, NOTE_LIMIT_MS);
    const isRecent = known?.lastSeenAtMs != null && seen.atMs - known.lastSeenAtMs < limitMs;
    const isCut = seen.truncated > 0;
    if (isRecent && !isCut && !Object.hasOwn(known.cut, seen.groupKey)) return;
    const present = await readState(store, sourceId);
    const cut = cutAfter(present.cut, seen);
    noted.set(sourceId, await writeState(store, sourceId, seen.atMs, cut));
  };
}

async function readState(store: Store, sourceId: string): Promise<SourceState> {
  const item = await getItem(store, 'registry', keysOf(store.networkId).sourceState(sourceId));
  return item === null ? { lastSeenAtMs: null, cut: {} } : stateOf(item);
}

function stateOf(item: Item): SourceState {
  const lastSeenAtMs = typeof item['lastSeenAtMs'] === 'number' ? item['lastSeenAtMs'] : null;
  return { lastSeenAtMs, cut: (item['cut'] ?? {}) as Record<string, number> };
}

function cutAfter(cut: SourceState['cut'], seen: SourceSighting): Record<string, number> {
  const { [seen.groupKey]: _group, ...others } = cut;
  if (seen.truncated === 0) return others;
  const isFull = Object.keys(others).length >= MAX_CUT_GROUPS;
  return { ...others, [isFull ? 'others' : seen.groupKey]: seen.atMs };
}

async function writeState(
  store: Store,
  sourceId: string,
  atMs: number,
  cut: Record<string, number>,
): Promise<SourceState> {
  const { pk, sk } = keysOf(store.networkId).sourceState(sourceId);
  const cuts = Object.values(cut);
  const isCut = cuts.length > 0;
  const set = 'SET lastSeenAtMs = :at, cut = :cut, v = :v, #type = :type';
  try {
    await store.client.send(
      new UpdateCommand({
        TableName: store.tables.registry,
        Key: { pk, sk },
        UpdateExpression: isCut ? `${set}, truncatedAtMs = :cutAt` : `${set} REMOVE truncatedAtMs`,
        ConditionExpression: 'attribute_not_exists(lastSeenAtMs) OR lastSeenAtMs <= :at',
        ExpressionAttributeNames: { '#type': 'type' },
        ExpressionAttributeValues: {
          ':at': atMs,
          ':cut': cut,
          ':v': 1,
          ':type': 'source-state',
          ...(isCut && { ':cutAt': Math.max(...cuts) }),
        },
      }),
    );
    return { lastSeenAtMs: atMs, cut };
  } catch (error) {
    // A later delivery was noted meanwhile: what it said stands.
    if (isConditionFailure(error)) return readState(store, sourceId);
    throw storeFailure(error);
  }
}
