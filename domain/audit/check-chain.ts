import { CHAIN_BEGIN, type ChainHead, type ChainLink } from './chain.ts';

/** What of an entry the order of a chain is judged by. */
export interface SeenLink extends ChainLink {
  entryId: string;
  /** The hash that its stored bytes give now. */
  ownHash: string;
}

/** The first entry of a chain that is not as it was written. */
export interface ChainFault {
  seq: number;
  /** Null when the entry itself is not there. */
  entryId: string | null;
  /** What differs, as a sentence. */
  differs: string;
}

/**
 * The first fault of a chain, null when it is whole: every entry's bytes give its hash, numbers run on from 1 without a gap,
 * each entry names the hash of the one before, and the head names the last one.
 */
export function checkChain(links: readonly SeenLink[], head: ChainHead): ChainFault | null {
  const sorted = [...links].sort((a, b) => a.seq - b.seq || (a.entryId < b.entryId ? -1 : 1));
  let last: ChainHead = CHAIN_BEGIN;
  let before = 'the beginning';
  for (const link of sorted) {
    const fault = checkLink(link, last, before);
    if (fault !== null) return fault;
    last = link;
    before = link.entryId;
  }
  if (head.seq > last.seq)
    return missing(last.seq + 1, `after ${before}; the head says that there are ${head.seq}`);
  if (head.seq === last.seq && head.hash === last.hash) return null;
  return {
    seq: last.seq,
    entryId: sorted.at(-1)?.entryId ?? null,
    differs: `the head names number ${head.seq} with hash ${short(head.hash)}, the last entry is number ${last.seq} with hash ${short(last.hash)}`,
  };
}

function checkLink(link: SeenLink, last: ChainHead, before: string): ChainFault | null {
  const { seq, entryId } = link;
  if (seq > last.seq + 1) return missing(last.seq + 1, `between ${before} and ${entryId}`);
  if (seq <= last.seq)
    return {
      seq,
      entryId,
      differs: `number ${seq} is there twice, as ${before} and as ${entryId}`,
    };
  if (link.ownHash !== link.hash) {
    const differs = `its content gives hash ${short(link.ownHash)}, it was written with ${short(link.hash)}`;
    return { seq, entryId, differs };
  }
  if (link.prevHash === last.hash) return null;
  const differs = `it was written after an entry with hash ${short(link.prevHash)}; ${before} before it has ${short(last.hash)}`;
  return { seq, entryId, differs };
}

function missing(seq: number, where: string): ChainFault {
  return { seq, entryId: null, differs: `the entry is missing, ${where}` };
}

function short(hash: string): string {
  return hash.slice(0, 12);
}
