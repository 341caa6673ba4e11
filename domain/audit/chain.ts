import { canonicalJson } from '../canonical-json.ts';
import type { AuditEntry } from '../case/record.ts';

/** Where an entry stands in its chain: its number, and the hashes that tie it to the one before. */
export interface ChainLink {
  /** 1 for the first entry of a chain, then one more each; no number is left out. */
  seq: number;
  /** Hash of the entry before; `CHAIN_BEGIN.hash` for the first one. */
  prevHash: string;
  /** SHA-256, hex, of the entry's canonical bytes, which hold `seq` and `prevHash` (`entryBytes`). */
  hash: string;
}

/** An audit entry in its place in the chain of its participant, or of the network. */
export type ChainedEntry = AuditEntry & ChainLink;

/** The end of a chain: number and hash of its last entry. */
export interface ChainHead {
  seq: number;
  hash: string;
}

/** The head of a chain that has no entry yet. */
export const CHAIN_BEGIN: ChainHead = { seq: 0, hash: '0'.repeat(64) };

/** SHA-256 of a text in UTF-8, as hex. The domain does not know how to hash: whoever asks brings it along. */
export type Sha256 = (text: string) => string;

/**
 * The bytes that an entry's hash is taken over: the canonical JSON of the whole entry without its hash, with its number and
 * the hash of the entry before.
 */
export function entryBytes(entry: AuditEntry, link: Pick<ChainLink, 'seq' | 'prevHash'>): string {
  const { seq, prevHash } = link;
  return canonicalJson({ v: 1, ...entry, seq, prevHash });
}

/**
 * Ties entries to the end of a chain, in the order given. They come back as plain data, exactly as their hash has seen them.
 *
 * @example
 * linkEntries(CHAIN_BEGIN, [first, second], sha256).at(-1)?.seq; // 2
 */
export function linkEntries(
  head: ChainHead,
  entries: readonly AuditEntry[],
  sha256: Sha256,
): ChainedEntry[] {
  let last = head;
  return entries.map((entry) => {
    const link = { seq: last.seq + 1, prevHash: last.hash };
    const bytes = entryBytes(entry, link);
    const hash = sha256(bytes);
    last = { seq: link.seq, hash };
    const { v: _, ...plain } = JSON.parse(bytes) as AuditEntry & typeof link & { v: number };
    return { ...plain, hash };
  });
}

/** The hash that an entry must have where it stands. */
export function hashOfEntry(chained: ChainedEntry, sha256: Sha256): string {
  const { hash: _, seq, prevHash, ...entry } = chained;
  return sha256(entryBytes(entry, { seq, prevHash }));
}
