import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { DomainError } from '../../domain/errors.ts';
import type { SourceSighting } from '../../domain/ports/intake.ts';
import type { Store } from './client.ts';
import { bodyOf, getItem, makeItem, numberOf } from './items.ts';
import { keysOf } from './keys.ts';
import { isConditionFailure, storeFailure } from './store-errors.ts';

/** A source's state is noted at most this often, whatever its repeat interval. */
const NOTE_LIMIT_MS = 60_000;

/** Groups that may be incomplete at one time; more of them share one entry, which only a person can clear. */
const MAX_CUT_GROUPS = 200;

/** Tries of one note; another delivery may note its own at the same time. */
const MAX_TRIES = 10;

/** What deliveries say about a source. The directory reads `lastSeenAtMs` and `truncatedAtMs`, the latest of the cuts. */
interface SourceState {
  revision: number;
  lastSeenAtMs: number;
  /** Per group whose last delivery was incomplete: when that came. */
  cut: Readonly<Record<string, number>>;
}

/**
 * Notes that a source was heard, at most once in a quarter of its repeat interval so that a storm does not write the same
 * item again and again, and at once whenever a group was cut or came complete after a cut (rule B1). Throws
 * `store-unreachable`.
 */
export function createSourceNotes(store: Store) {
  const noted = new Map<string, SourceState>();

  return async function noteSource(sourceId: string, seen: SourceSighting): Promise<void> {
    if (saysNothingNew(noted.get(sourceId), seen)) return;
    for (let attempt = 1; attempt <= MAX_TRIES; attempt++) {
      const present = await readState(store, sourceId);
      noted.set(sourceId, present);
      if (saysNothingNew(present, seen)) return;
      const next = {
        revision: present.revision + 1,
        lastSeenAtMs: Math.max(present.lastSeenAtMs, seen.atMs),
        cut: cutAfter(present.cut, seen),
      };
      if (!(await writeState(store, sourceId, next))) continue;
      noted.set(sourceId, next);
      return;
    }
    throw new DomainError(
      'store-unreachable',
      'dependency',
      'The state of the source kept changing. Send the delivery again.',
    );
  };
}

function saysNothingNew(known: SourceState | undefined, seen: SourceSighting): boolean {
  if (known === undefined || seen.truncated > 0) return false;
  const limitMs = Math.min(seen.repeatIntervalMs / 4, NOTE_LIMIT_MS);
  return seen.atMs - known.lastSeenAtMs < limitMs && !Object.hasOwn(known.cut, seen.groupKey);
}

async function readState(store: Store, sourceId: string): Promise<SourceState> {
  const item = await getItem(store, 'registry', keysOf(store.networkId).sourceState(sourceId));
  if (item === null) return { revision: 0, lastSeenAtMs: 0, cut: {} };
  const revision = numberOf(item, 'revision');
  const lastSeenAtMs = numberOf(item, 'lastSeenAtMs');
  return { revision, lastSeenAtMs, cut: bodyOf<SourceState['cut']>(item, 'source-state') };
}

function cutAfter(cut: SourceState['cut'], seen: SourceSighting): Record<string, number> {
  const { [seen.groupKey]: _group, ...others } = cut;
  if (seen.truncated === 0) return others;
  const isFull = Object.keys(others).length >= MAX_CUT_GROUPS;
  return { ...others, [isFull ? 'others' : seen.groupKey]: seen.atMs };
}

/** Whether nobody else was faster. */
async function writeState(store: Store, sourceId: string, state: SourceState): Promise<boolean> {
  const { revision, lastSeenAtMs, cut } = state;
  const cuts = Object.values(cut);
  const truncated = cuts.length > 0 && { truncatedAtMs: Math.max(...cuts) };
  const key = keysOf(store.networkId).sourceState(sourceId);
  try {
    await store.client.send(
      new PutCommand({
        TableName: store.tables.registry,
        Item: makeItem(key, 'source-state', cut, { revision, lastSeenAtMs, ...truncated }),
        ConditionExpression: revision === 1 ? 'attribute_not_exists(pk)' : 'revision = :before',
        ...(revision > 1 && { ExpressionAttributeValues: { ':before': revision - 1 } }),
      }),
    );
    return true;
  } catch (error) {
    if (isConditionFailure(error)) return false;
    throw storeFailure(error);
  }
}
