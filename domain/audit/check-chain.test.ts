import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AuditEntry } from '../case/record.ts';
import { CHAIN_BEGIN, type ChainedEntry, hashOfEntry, linkEntries } from './chain.ts';
import { checkChain } from './check-chain.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

function entries(count: number): AuditEntry[] {
  return Array.from({ length: count }, (_, index) => ({
    entryId: `e${index + 1}`,
    participantId: 'p',
    caseId: null,
    atMs: index,
    kind: 'note',
    actor: 'ann',
    summary: `Line ${index + 1}.`,
    data: { units: String(index) },
  }));
}

const seen = (chain: readonly ChainedEntry[]) =>
  chain.map((entry) => ({ ...entry, ownHash: hashOfEntry(entry, sha256) }));

const headOf = (chain: readonly ChainedEntry[]) => chain.at(-1) ?? CHAIN_BEGIN;

describe('a chain', () => {
  it('is the same whether its entries come one by one or together', () => {
    const all = entries(5);
    const together = linkEntries(CHAIN_BEGIN, all, sha256);
    const single: ChainedEntry[] = [];
    for (const entry of all) single.push(...linkEntries(headOf(single), [entry], sha256));
    expect(single).toEqual(together);
    expect(checkChain(seen(together), headOf(together))).toBeNull();
  });

  it('is whole when it is empty, and not when its head says otherwise', () => {
    expect(checkChain([], CHAIN_BEGIN)).toBeNull();
    expect(checkChain([], { seq: 1, hash: 'a' })).toMatchObject({ seq: 1, entryId: null });
  });

  it('names the first bad entry, whatever one of them is done to', () => {
    const chain = linkEntries(CHAIN_BEGIN, entries(6), sha256);
    const at = fc.integer({ min: 0, max: 5 });
    const what = fc.constantFrom('changed', 'removed', 'doubled', 'moved');
    fc.assert(
      fc.property(at, what, (index, deed) => {
        const victim = chain[index] as ChainedEntry;
        const others = chain.filter((entry) => entry !== victim);
        const left = {
          changed: [...others, { ...victim, data: { units: '999' } }],
          removed: others,
          doubled: [...chain, { ...victim, entryId: 'zz' }],
          moved: [...others, { ...victim, seq: victim.seq + 100 }],
        }[deed];
        const fault = checkChain(seen(left), headOf(chain));
        expect(fault?.seq).toBe(victim.seq);
        if (deed === 'changed') expect(fault?.entryId).toBe(victim.entryId);
      }),
    );
  });

  it('tells an entry that was written anew with its own hash by the one that follows it', () => {
    const chain = linkEntries(CHAIN_BEGIN, entries(3), sha256);
    const [first, second, third] = chain as [ChainedEntry, ChainedEntry, ChainedEntry];
    const forged = { ...second, summary: 'Another.' };
    const left = [first, { ...forged, hash: hashOfEntry(forged, sha256) }, third];
    expect(checkChain(seen(left), headOf(chain))).toMatchObject({ seq: 3, entryId: 'e3' });
  });
});
