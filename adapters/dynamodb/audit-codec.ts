import { gunzipSync, gzipSync } from 'node:zlib';
import type { ChainedEntry, ChainHead } from '../../domain/audit/chain.ts';
import { canonicalJson } from '../../domain/canonical-json.ts';
import type { TimelineEntry } from '../../domain/case/record.ts';
import type { DecisionRecord } from '../../domain/decision/record.ts';
import { bodyOf, type Item, makeItem, numberOf, textOf } from './items.ts';
import type { ItemKey, Keys } from './keys.ts';

/** Attribute with the decision record of an entry, packed; only decisions have it. */
export const DECISION = 'decision';

/**
 * An audit entry in the history of its case, and in the index of its participant. Its decision record lies beside it, as packed
 * canonical JSON: a tenth of the bytes, and lists of what happened need not carry it.
 */
export function auditItem(keys: Keys, chained: ChainedEntry): Item {
  const { seq, prevHash, hash, decision, ...entry } = chained;
  return makeItem(keys.auditEntry(entry, entry.atMs), 'audit', entry, {
    participantKey: keys.chainHistory(entry.participantId),
    atMs: entry.atMs,
    seq,
    prevHash,
    lastHash: hash,
    ...(decision !== undefined && {
      decisionId: decision.decisionId,
      [DECISION]: gzipSync(canonicalJson(decision)),
    }),
  });
}

/** Reads a stored audit entry as lists show it. Entries from before there were chains have no place in one. */
export function decodeAudit(item: Item): TimelineEntry {
  const { seq, prevHash, hash } = linkOf(item) ?? { seq: null, prevHash: null, hash: null };
  const decisionId = typeof item['decisionId'] === 'string' ? item['decisionId'] : null;
  return { ...entryOf(item), decisionId, seq, prevHash, hash };
}

/**
 * Reads a stored audit entry whole, as its hash has seen it; null when it was written before there were chains. A record that cannot be
 * unpacked any more is left out: then the hash tells.
 */
export function decodeChained(item: Item): ChainedEntry | null {
  const link = linkOf(item);
  if (link === null) return null;
  const decision = unpacked(item);
  return { ...entryOf(item), ...(decision !== null && { decision }), ...link };
}

function unpacked(item: Item): DecisionRecord | null {
  try {
    return decodeDecision(item);
  } catch {
    return null;
  }
}

/** The decision record of an entry; null for one that is no decision. */
export function decodeDecision(item: Item): DecisionRecord | null {
  const packed = item[DECISION];
  if (!(packed instanceof Uint8Array)) return null;
  return JSON.parse(gunzipSync(packed).toString('utf8')) as DecisionRecord;
}

function entryOf(item: Item): Omit<ChainedEntry, 'seq' | 'prevHash' | 'hash' | 'decision'> {
  return bodyOf(item, 'audit');
}

function linkOf(item: Item): { seq: number; prevHash: string; hash: string } | null {
  if (item['seq'] === undefined) return null;
  return {
    seq: numberOf(item, 'seq'),
    prevHash: textOf(item, 'prevHash'),
    hash: textOf(item, 'lastHash'),
  };
}

/** The end of a chain as it is stored. */
export function chainHeadItem(key: ItemKey, { seq, hash }: ChainHead): Item {
  return makeItem(key, 'chain-head', {}, { seq, lastHash: hash });
}

/** Reads the end of a chain. */
export function decodeChainHead(item: Item): ChainHead {
  bodyOf(item, 'chain-head');
  return { seq: numberOf(item, 'seq'), hash: textOf(item, 'lastHash') };
}
