import { stillUnpaid } from '../../adapters/dynamodb/snapshot.ts';
import {
  CHAIN_BEGIN,
  type ChainedEntry,
  type ChainHead,
  linkEntries,
} from '../../domain/audit/chain.ts';
import type { VersionedTransfer } from '../../domain/audit/findings.ts';
import type { WaitingImposition } from '../../domain/breaker/queue.ts';
import type { Shard } from '../../domain/breaker/window.ts';
import type { AuditEntry, CaseRecord } from '../../domain/case/record.ts';
import type {
  Balances,
  CaseEntry,
  CutFalls,
  Kin,
  LedgerSnapshot,
  RewardCredit,
  RewardPayout,
  StakeMovement,
  Withdrawal,
} from '../../domain/ledger/accounts.ts';
import { emptyBalances } from '../../domain/ledger/conservation.ts';
import type { StoredNotice } from '../../domain/notice.ts';
import type { Participant } from '../../domain/participant.ts';
import type { LedgerChange } from '../../domain/ports/case-store.ts';
import type { WithdrawalStart } from '../../domain/ports/withdrawal-starts.ts';
import type { Sanction } from '../../domain/sanction.ts';
import { kept } from './test-plain.ts';
import { sha256 } from './test-scene.ts';

/** One participant's ledger as facts, each written by one version. */
export interface Book {
  participant: Participant;
  version: number;
  balances: Balances;
  deposits: StakeMovement[];
  withdrawals: Map<string, Withdrawal>;
  rewards: Map<string, RewardCredit>;
  payouts: RewardPayout[];
  cases: Map<string, CaseEntry>;
  kinCutFalls: Map<string, CutFalls>;
  transfers: VersionedTransfer[];
  sanctions: Map<string, Sanction>;
}

/** A control group and what its members passed (rule C8). */
export interface GroupBook {
  version: number;
  members: Map<string, { registeredAtMs: number; checksPassed: number }>;
}

/** The history of one participant, or of the network. */
export interface Chain {
  head: ChainHead;
  /** The links. A decision's record is long, so the links of the model are made over its name. */
  links: ChainedEntry[];
  /** The entries themselves, with their records. */
  entries: AuditEntry[];
}

const ASSET = 'SWM';

/** What the store of the model keeps; nothing in it can be changed from outside. */
export class Tables {
  readonly books = new Map<string, Book>();
  readonly groups = new Map<string, GroupBook>();
  readonly steps = new Map<string, { inputHash: string; resultJson: string }>();
  readonly records = new Map<string, CaseRecord>();
  readonly notices = new Map<string, StoredNotice>();
  readonly chains = new Map<string | null, Chain>();
  readonly entryIds = new Set<string>();
  readonly transferIds = new Set<string>();
  readonly shards = new Map<number, Shard>();
  readonly queue = new Map<string, WaitingImposition>();
  readonly suspendedMarks = new Set<string>();
  readonly withdrawalStarts: WithdrawalStart[] = [];
  private readonly cached = new Map<string, { version: number; snapshot: LedgerSnapshot }>();

  /** Enters a participant with its group, as a registration does. */
  register(participant: Participant, atMs: number): void {
    const { participantId, controlGroup, registeredAtMs, checksPassed } = participant;
    this.books.set(participantId, {
      participant: kept(participant),
      version: 0,
      balances: emptyBalances(),
      deposits: [],
      withdrawals: new Map(),
      rewards: new Map(),
      payouts: [],
      cases: new Map(),
      kinCutFalls: new Map(),
      transfers: [],
      sanctions: new Map(),
    });
    const group = this.groups.get(controlGroup) ?? { version: 0, members: new Map() };
    group.version += 1;
    group.members.set(participantId, { registeredAtMs, checksPassed });
    this.groups.set(controlGroup, group);
    this.append([
      {
        entryId: `registered/${participantId}`,
        participantId,
        caseId: null,
        atMs,
        kind: 'participant-registered',
        actor: 'seed',
        summary: 'registered',
        data: { controlGroup, asset: ASSET },
      },
    ]);
  }

  /** The book of a participant; one without is a bug of the model. */
  book(participantId: string): Book {
    const book = this.books.get(participantId);
    if (!book) throw new Error(`There is no participant ${participantId}.`);
    return book;
  }

  /** All that one version of a ledger says, with its control group. */
  snapshot(participantId: string): LedgerSnapshot {
    const { participant } = this.book(participantId);
    const { controlGroup } = participant;
    const group = this.groups.get(controlGroup);
    if (!group) throw new Error(`There is no group ${controlGroup}.`);
    const members = [...group.members];
    const kin: Kin[] = members
      .filter(([id]) => id !== participantId)
      .map(([id]) => {
        const { deposits, withdrawals, cases } = this.alone(id);
        return { participantId: id, deposits, withdrawals, cases };
      });
    return {
      ...this.alone(participantId),
      group: {
        controlGroup,
        version: group.version,
        firstRegisteredAtMs: Math.min(...members.map(([, { registeredAtMs }]) => registeredAtMs)),
        checksPassed: members.reduce((sum, [, { checksPassed }]) => sum + checksPassed, 0),
        kin,
      },
    };
  }

  /** A ledger by itself. */
  alone(participantId: string): LedgerSnapshot {
    const book = this.book(participantId);
    const known = this.cached.get(participantId);
    if (known?.version === book.version) return known.snapshot;
    const rewards = [...book.rewards.values()];
    const cases = [...book.cases.values()];
    const kinCutFalls = [...book.kinCutFalls.values()];
    const snapshot: LedgerSnapshot = kept({
      participantId,
      version: book.version,
      asset: ASSET,
      balances: book.balances,
      deposits: book.deposits,
      withdrawals: [...book.withdrawals.values()],
      rewards,
      unpaidRewards: stillUnpaid(rewards, { cases, kinCutFalls }, book.payouts),
      cases,
      ...(kinCutFalls.length > 0 && { kinCutFalls }),
    });
    this.cached.set(participantId, { version: book.version, snapshot });
    return snapshot;
  }

  /** Sanctions of everyone in a participant's control group (rule C8). */
  sanctions(participantId: string): Sanction[] {
    const { controlGroup } = this.book(participantId).participant;
    const members = this.groups.get(controlGroup)?.members.keys() ?? [];
    return [...members].flatMap((id) => [...this.book(id).sanctions.values()]);
  }

  /** Whether a change meets the versions that it was computed on. */
  isCurrent({ participantId, expectedVersion, group }: LedgerChange): boolean {
    if (this.book(participantId).version !== expectedVersion) return false;
    return (
      group === undefined || this.groups.get(group.controlGroup)?.version === group.expectedVersion
    );
  }

  /** Writes what moves money or access; the ledger and its group move on by one version. */
  write(change: LedgerChange): void {
    const book = this.book(change.participantId);
    const group = change.group && this.groups.get(change.group.controlGroup);
    if (group) group.version += 1;
    book.version += 1;
    book.balances = kept(change.balances);
    for (const transfer of change.transfers) {
      this.transferIds.add(transfer.transferId);
      book.transfers.push(kept({ ...transfer, version: book.version }));
    }
    for (const one of change.withdrawals ?? []) book.withdrawals.set(one.withdrawalId, kept(one));
    for (const one of change.rewards ?? []) book.rewards.set(one.rewardId, kept(one));
    if (change.payout) book.payouts.push(kept(change.payout));
    if (change.kinFall) book.kinCutFalls.set(change.kinFall.caseId, kept(change.kinFall));
    if (change.entry) book.cases.set(change.entry.caseId, kept(change.entry));
    if (change.sanction) book.sanctions.set(change.sanction.caseId, kept(change.sanction));
  }

  /** Puts entries at the end of their chains. */
  append(entries: readonly AuditEntry[]): void {
    for (const entry of entries) {
      const chain = this.chains.get(entry.participantId) ?? {
        head: CHAIN_BEGIN,
        links: [],
        entries: [],
      };
      this.chains.set(entry.participantId, chain);
      const [linked] = linkEntries(chain.head, [named(entry)], sha256);
      if (!linked) throw new Error('One entry makes one link.');
      this.entryIds.add(entry.entryId);
      chain.entries.push(kept(entry));
      chain.links.push(kept(linked));
      chain.head = { seq: linked.seq, hash: linked.hash };
    }
  }
}

/** An entry with the name of its decision in place of the record. */
export function named({ decision, ...entry }: AuditEntry): AuditEntry {
  return decision ? { ...entry, data: { ...entry.data, decisionId: decision.decisionId } } : entry;
}
