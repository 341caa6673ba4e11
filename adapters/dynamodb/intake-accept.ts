import { setTimeout as pause } from 'node:timers/promises';
import { DomainError } from '../../domain/errors.ts';
import type { AcceptWrite } from '../../domain/ports/intake.ts';
import type { Store } from './client.ts';
import { acceptWrites } from './intake-observations.ts';
import { type LabelledWrite, transact } from './store-errors.ts';

/** Head and observation make a pair; fifty pairs fill a transaction. */
const PAIR_LIMIT = 50;

/** Transactions in flight at a time. */
const IN_FLIGHT = 4;

/** Tries of one single change that meets other transactions; their waits grow to a good second in all. */
const SINGLE_TRIES = 8;

interface Labelled {
  index: number;
  writes: LabelledWrite[];
}

/**
 * Writes many changes in as few transactions as possible. A transaction that fails says which changes are to blame: the
 * others go again together, and only what fails once more goes singly. Returns the indexes whose head had moved on.
 */
export async function acceptAll(store: Store, writes: readonly AcceptWrite[]): Promise<number[]> {
  const labelled = writes.map((write, index) => ({
    index,
    writes: acceptWrites(store, write, String(index)),
  }));
  const chunks = chunksOf(labelled);
  const moved: number[] = [];
  for (let start = 0; start < chunks.length; start += IN_FLIGHT) {
    const flight = chunks.slice(start, start + IN_FLIGHT);
    const results = await Promise.all(flight.map((chunk) => acceptChunk(store, chunk)));
    moved.push(...results.flat());
  }
  return moved;
}

function chunksOf(changes: readonly Labelled[]): Labelled[][] {
  const chunks: Labelled[][] = [];
  let room = 0;
  for (const change of changes) {
    const last = chunks.at(-1);
    if (last !== undefined && change.writes.length <= room) {
      last.push(change);
      room -= change.writes.length;
    } else {
      chunks.push([change]);
      room = 2 * PAIR_LIMIT - change.writes.length;
    }
  }
  return chunks;
}

async function acceptChunk(store: Store, chunk: readonly Labelled[]): Promise<number[]> {
  if (chunk.length === 1) return acceptSingly(store, chunk);
  const first = await tryTogether(store, chunk);
  if (first === 'written') return [];
  if (first === 'busy') return acceptSingly(store, chunk);
  const others = chunk.filter((change) => !first.has(change.index));
  const second = others.length === 0 ? 'written' : await tryTogether(store, others);
  const again = second === 'written' ? [] : await acceptSingly(store, others);
  return [...first, ...again];
}

async function acceptSingly(store: Store, changes: readonly Labelled[]): Promise<number[]> {
  const moved: number[] = [];
  for (const change of changes) {
    if (!(await acceptOne(store, change))) moved.push(change.index);
  }
  return moved;
}

async function acceptOne(store: Store, change: Labelled): Promise<boolean> {
  for (let attempt = 1; attempt <= SINGLE_TRIES; attempt++) {
    const result = await tryTogether(store, [change]);
    if (result === 'written') return true;
    if (result !== 'busy') return false;
    await pause(Math.random() * 10 * 2 ** Math.min(attempt, 6));
  }
  throw new DomainError(
    'overloaded',
    'dependency',
    'Too many deliveries about the same alert at once. Send it again.',
  );
}

/** All or none. Returns the changes whose head had moved on, or `busy` when another transaction was in the way. */
async function tryTogether(
  store: Store,
  changes: readonly Labelled[],
): Promise<'written' | 'busy' | ReadonlySet<number>> {
  try {
    const writes = changes.flatMap((change) => change.writes);
    const failed = await transact(store, writes);
    return failed.size === 0 ? 'written' : new Set([...failed].map(Number));
  } catch (error) {
    const isBusy =
      error instanceof DomainError && error.details['reason'] === 'TransactionConflict';
    if (isBusy) return 'busy';
    throw error;
  }
}
