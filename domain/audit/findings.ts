import type { AuditEntry } from '../case/record.ts';
import type { Decision } from '../decision/record.ts';
import type { LedgerSnapshot, Transfer } from '../ledger/accounts.ts';
import type { ChainedEntry, ChainHead } from './chain.ts';

/** A transfer with the version of the ledger that wrote it. */
export type VersionedTransfer = Transfer & { version: number };

/** Everything that is stored about one participant's money and history, as it was read: the account first, then the history. */
export interface Account {
  snapshot: LedgerSnapshot;
  transfers: VersionedTransfer[];
}

/** A chain as it was read: its head before the entries and once more after them, so that what is written meanwhile is no fault. */
export interface Trail {
  head: ChainHead;
  entries: ChainedEntry[];
  /** Entries without a place in the chain: they are older than chains, or nobody of ours wrote them. */
  unchained: Pick<AuditEntry, 'entryId' | 'kind' | 'atMs'>[];
  headAfter: ChainHead;
}

/** A decision with the entry that holds it. */
export interface Told {
  entry: ChainedEntry;
  decision: Decision;
}

/** What a check looks at. */
export type CheckName = 'chain' | 'decision' | 'transfer' | 'balances' | 'parts';

/** One thing that is not as it was decided. */
export interface Finding {
  check: CheckName;
  /** Null for the network's own chain. */
  participantId: string | null;
  caseId: string | null;
  /** Where in the chain, and which entry, if the finding is about one. */
  seq: number | null;
  entryId: string | null;
  what: string;
}

/** What was looked at, and what was found. */
export interface Verification {
  participantId: string | null;
  head: ChainHead;
  entries: number;
  decisions: number;
  transfers: number;
  findings: Finding[];
  /** What could not be computed again, and why; no fault. */
  notes: string[];
}
