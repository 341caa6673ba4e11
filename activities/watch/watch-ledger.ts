import { asFailure } from '../step.ts';
import { eachOf, type WatchPorts } from './ports.ts';
import type { WatchPageInput } from './watch-stakes.ts';

/** A page of the reconciliation. Sums are decimal units and go from page to page. */
export interface LedgerPage {
  nextCursor: string | null;
  /** Sentences, at most twenty: the first is what to look at. */
  faults: string[];
  owedToReserve: string;
  /** The reserve as it was at the first page. */
  reserve: { units: string; entries: number };
}

/** Which page, and what the pages before it came to. */
export interface LedgerPageInput extends WatchPageInput {
  owedToReserve: string;
  reserve: { units: string; entries: number } | null;
}

const PAGE = 100;
const SHOWN = 20;

/**
 * Reconciles the accounts of one page of participants with their transfers and cases (invariants H1, H17), and after the last page the
 * reserve with what was slashed and not rebated. Accounts are each of one version; the reserve is compared only when nothing reached
 * it meanwhile, because then the sum is exact.
 */
export function watchLedger(ports: WatchPorts) {
  return async (input: LedgerPageInput): Promise<LedgerPage> =>
    asFailure(async () => {
      const before = input.reserve ?? plain(await ports.books.reserve());
      const page = await ports.participants.list(input.cursor ?? undefined, PAGE, 'as-registered');
      const audits = await eachOf(page.items, async ({ participantId }) => ({
        participantId,
        ...(await ports.books.audit(participantId)),
      }));
      const faults = audits.flatMap(({ participantId, faults: own }) =>
        own.map((fault) => `${participantId}: ${fault}`),
      );
      const owed = audits.reduce(
        (sum, one) => sum + one.owedToReserve,
        BigInt(input.owedToReserve),
      );
      if (page.nextCursor === null) faults.push(...(await reserveFaults(ports, before, owed)));
      ports.meter.count('LedgerFaults', faults.length);
      return {
        nextCursor: page.nextCursor,
        faults: faults.slice(0, SHOWN),
        owedToReserve: owed.toString(),
        reserve: before,
      };
    });
}

async function reserveFaults(
  { books }: WatchPorts,
  before: LedgerPage['reserve'],
  owed: bigint,
): Promise<string[]> {
  const { units, entries } = plain(await books.reserve());
  if (entries !== before.entries || units === owed.toString()) return [];
  return [`network: the reserve has ${units}, it should have ${owed}`];
}

function plain({ units, entries }: { units: bigint; entries: number }): LedgerPage['reserve'] {
  return { units: units.toString(), entries };
}
