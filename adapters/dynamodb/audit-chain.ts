import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { CHAIN_BEGIN, type ChainHead, linkEntries } from '../../domain/audit/chain.ts';
import type { AuditEntry } from '../../domain/case/record.ts';
import { DomainError } from '../../domain/errors.ts';
import { auditItem, chainHeadItem, decodeChainHead } from './audit-codec.ts';
import type { Store } from './client.ts';
import { getItem } from './items.ts';
import { type Keys, keysOf } from './keys.ts';
import { type LabelledWrite, transact, type WriteAction } from './store-errors.ts';

/** What of the audit can be refused: an entry that is there already, or a chain that has moved on since it was read. */
export type AuditLabel = 'audit' | 'chain';

/** SHA-256 of a text, hex. */
export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** The end of a participant's chain, or of the network's, read consistently. */
export async function readChainHead(
  store: Store,
  participantId: string | null,
): Promise<ChainHead> {
  const item = await getItem(store, 'audit', keysOf(store.networkId).chainHead(participantId));
  return item === null ? CHAIN_BEGIN : decodeChainHead(item);
}

/**
 * The writes that put entries at the end of their chains: they belong into the transaction of what the entries tell. `chain` fails when
 * another transaction was faster: then nothing of this one was written, and the writes are made anew; what they tell stands as it was.
 */
export async function auditWrites(
  store: Store,
  entries: readonly AuditEntry[],
): Promise<LabelledWrite<AuditLabel>[]> {
  const keys = keysOf(store.networkId);
  const chains = Map.groupBy(entries, ({ participantId }) => participantId);
  const writes = await Promise.all(
    [...chains].map(async ([participantId, ofChain]) => {
      const head = await readChainHead(store, participantId);
      const chained = linkEntries(head, ofChain, sha256);
      return [
        ...chained.map((entry) => ({
          label: 'audit' as const,
          action: putEntry(store, keys, entry),
        })),
        {
          label: 'chain' as const,
          action: moveChain(store, keys, participantId, head, chained.at(-1) ?? head),
        },
      ];
    }),
  );
  return writes.flat();
}

/** How often what is told of may find its chain moved on before the caller looks at everything anew. */
const MAX_LOOKS = 50;

/**
 * Writes all or nothing, with the entries that tell of it. A chain that moved on meanwhile is no part of what was decided: only its writes
 * are made anew. Returns what else was refused. Throws `store-unreachable` when the chain never held still.
 */
export async function transactTold<L extends string>(
  store: Store,
  entries: readonly AuditEntry[],
  writes: readonly LabelledWrite<L>[],
): Promise<ReadonlySet<L | 'audit'>> {
  for (let look = 1; look <= MAX_LOOKS; look++) {
    const failed = await transact<L | AuditLabel>(store, [
      ...writes,
      ...(await auditWrites(store, entries)),
    ]);
    const others = new Set([...failed].filter((label) => label !== 'chain')) as Set<L | 'audit'>;
    if (failed.size === 0 || others.size > 0) return others;
    await sleep(Math.random() * Math.min(200, 5 * look));
  }
  throw new DomainError(
    'store-unreachable',
    'dependency',
    'The history changed at every try to add to it. Try again.',
  );
}

function putEntry(store: Store, keys: Keys, entry: Parameters<typeof auditItem>[1]): WriteAction {
  return {
    Put: {
      TableName: store.tables.audit,
      Item: auditItem(keys, entry),
      ConditionExpression: 'attribute_not_exists(pk)',
    },
  };
}

/** A put and no update, so that nobody needs more rights to this table than to add to it. */
function moveChain(
  store: Store,
  keys: Keys,
  participantId: string | null,
  from: ChainHead,
  to: ChainHead,
): WriteAction {
  const condition =
    from.seq === 0
      ? { ConditionExpression: 'attribute_not_exists(pk)' }
      : {
          ConditionExpression: 'seq = :seq AND lastHash = :lastHash',
          ExpressionAttributeValues: { ':seq': from.seq, ':lastHash': from.hash },
        };
  return {
    Put: {
      TableName: store.tables.audit,
      Item: chainHeadItem(keys.chainHead(participantId), to),
      ...condition,
    },
  };
}
