import { type ChainedEntry, hashOfEntry, type Sha256 } from './chain.ts';
import { type ChainFault, checkChain } from './check-chain.ts';
import type { Trail } from './findings.ts';

/** The entry with which the chain of a participant begins; who has it has no history from before there were chains. */
const FIRST_KIND = 'participant-registered';

/** The faults of a chain, the first of its order first; `older` is how many entries are from before there were chains. */
export function verifyTrail(trail: Trail, sha256: Sha256): { faults: ChainFault[]; older: number } {
  const { head, entries, headAfter, unchained } = trail;
  const links = entries
    .filter(({ seq }) => seq <= head.seq)
    .map((entry) => ({ ...entry, ownHash: hashOfEntry(entry, sha256) }));
  const broken = checkChain(links, head);
  const forged = entries
    .filter(({ seq }) => seq > headAfter.seq)
    .map(({ seq, entryId }) => ({
      seq,
      entryId,
      differs: `the head ends at number ${headAfter.seq}: the entry was not written by a step`,
    }));
  const first = entries.find(({ seq }) => seq === 1);
  const planted = unchained.filter((entry) => !isOlder(entry, first));
  return {
    faults: [
      ...(broken === null ? [] : [broken]),
      ...forged,
      ...planted.map(({ entryId }) => ({
        seq: 0,
        entryId,
        differs: 'the entry has no place in the chain, and it is not from before the chain began',
      })),
    ],
    older: unchained.length - planted.length,
  };
}

function isOlder(entry: Trail['unchained'][number], first: ChainedEntry | undefined): boolean {
  if (first === undefined) return true;
  return first.kind !== FIRST_KIND && entry.atMs <= first.atMs;
}
