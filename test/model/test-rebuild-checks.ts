import type { ChainedEntry } from '../../domain/audit/chain.ts';
import type { Told, VersionedTransfer } from '../../domain/audit/findings.ts';
import { kinCutFaults, kinFallFaults } from '../../domain/audit/verify-cuts.ts';
import { balanceFaults, partFaults } from '../../domain/audit/verify-money.ts';
import { reviveDecision } from '../../domain/audit/verify-participant.ts';
import { verifyTrail } from '../../domain/audit/verify-trail.ts';
import { ledgerFaults, transferFaults } from '../../domain/audit/verify-transfers.ts';
import { canonicalJson } from '../../domain/canonical-json.ts';
import type { AuditEntry, CaseRecord } from '../../domain/case/record.ts';
import type { PinnedLaw } from '../../domain/case/state.ts';
import { lawHashOf } from '../../domain/decision/build.ts';
import { recompute } from '../../domain/decision/recompute.ts';
import { type Sanction, standingOf } from '../../domain/sanction.ts';
import { type Check, must } from './test-broken.ts';
import { sha256 } from './test-scene.ts';
import type { Book, Chain } from './test-tables.ts';
import { named } from './test-tables.ts';

/** H17: standings, sanctions, balances and the money of case records are what ledger and audit alone make of them. */
export const tablesEqualARebuild: Check = {
  invariant: 'H17',
  end(network, looked) {
    const { tables } = network.store;
    for (const [id, book] of tables.books) {
      const chain = tables.chains.get(id);
      if (!chain) throw new Error('Everybody has a history.');
      const { head, links } = chain;
      const { faults } = verifyTrail(
        { head, entries: links, unchained: [], headAfter: head },
        sha256,
      );
      must('H17', faults.length === 0, () => `${id}: ${JSON.stringify(faults[0])}`);
      must('H17', isTold(chain), () => `the chain of ${id} does not tell its entries`);
      const account = { snapshot: tables.alone(id), transfers: book.transfers };
      const wrong = [...balanceFaults(account), ...kinCutFaults(account, chain.entries)];
      must('H17', wrong.length === 0, () => `${id}: ${wrong.join('; ')}`);
      for (const caseId of book.cases.keys()) {
        const parts = partFaults(account, caseId);
        must('H17', parts.length === 0, () => `${id}: ${parts.join('; ')}`);
      }
      sameSanctions(id, book, chain.entries);
      looked();
    }
    const falls = kinFallFaults(
      [...tables.books.keys()].map((id) => ({ snapshot: tables.alone(id) })),
    );
    must('H17', falls.length === 0, () => falls.join('; '));
    for (const record of tables.records.values()) {
      if (record.shadow) continue;
      sameMoney(record, tables.books.get(record.participantId));
      looked();
    }
    for (const id of tables.books.keys()) {
      const rebuilt = [...tables.books]
        .filter(([, { participant }]) => participant.controlGroup === groupOf(tables.books, id))
        .flatMap(([other]) => [...sanctionsFrom(tables.chains.get(other)?.entries ?? []).values()]);
      const [is, due] = [standingOf(tables.sanctions(id)), standingOf(rebuilt)];
      must('H17', is === due, () => `${id} is ${is}, its history says ${due}`);
    }
  },
};

function groupOf(books: ReadonlyMap<string, Book>, id: string): string | undefined {
  return books.get(id)?.participant.controlGroup;
}

/** Whether each link is about the entry in its place. */
function isTold({ links, entries }: Chain): boolean {
  return (
    links.length === entries.length &&
    links.every(({ seq: _, prevHash: __, hash: ___, ...entry }, index) => {
      const told = entries[index];
      return told !== undefined && canonicalJson(named(told)) === canonicalJson(entry);
    })
  );
}

/** The sanctions of one participant by its history alone: each entry that changed one says what it became. */
function sanctionsFrom(entries: readonly AuditEntry[]): Map<string, Sanction> {
  const rebuilt = new Map<string, Sanction>();
  for (const { decision, data, kind, caseId, atMs } of entries) {
    if (caseId === null || data['shadow'] === true) continue;
    const told = decision?.sanction ?? (data['sanction'] as Sanction | null | undefined) ?? null;
    if (told && isChange(kind)) rebuilt.set(caseId, told);
    const own = rebuilt.get(caseId);
    // Rule E6: an audit that is overdue for the first time ends the cut.
    if (kind === 'audit-overdue' && data['overdue'] === 1 && own) {
      const { rewardCutSuspendedBps: _, rewardCutAfterMs: __, ...rest } = own;
      rebuilt.set(caseId, {
        ...rest,
        rewardCutUntilMs: Math.min(own.rewardCutUntilMs ?? atMs, atMs),
      });
    }
  }
  return rebuilt;
}

function isChange(kind: string): boolean {
  return ['rung-imposed', 'reinstated', 'settled', 'dispute-decided', 'case-recomputed'].includes(
    kind,
  );
}

function sameSanctions(id: string, { sanctions }: Book, entries: readonly AuditEntry[]): void {
  const rebuilt = sanctionsFrom(entries);
  must(
    'H17',
    rebuilt.size === sanctions.size,
    () => `${id} has ${sanctions.size} sanctions, its history ${rebuilt.size}`,
  );
  for (const [caseId, sanction] of sanctions) {
    const [is, due] = [canonicalJson(sanction), canonicalJson(rebuilt.get(caseId) ?? null)];
    must('H17', is === due, () => `the sanction of ${caseId} is ${is}, its history says ${due}`);
  }
}

/** The money that a case's record shows, from its transfers alone. */
function sameMoney({ caseId, money }: CaseRecord, book: Book | undefined): void {
  const own = (book?.transfers ?? []).filter((one) => one.caseId === caseId);
  const due = {
    heldUnits: inAccount(own, 'held').toString(),
    pendingUnits: inAccount(own, 'pending').toString(),
    finalUnits: own
      .filter(({ kind }) => kind === 'finalise')
      .reduce((sum, { postings }) => sum + unitsOf(postings, 'reserve'), 0n)
      .toString(),
  };
  for (const [name, units] of Object.entries(due)) {
    const is = money[name as keyof typeof due];
    must('H17', is === units, () => `${name} of ${caseId} is ${is}, its transfers say ${units}`);
  }
}

function inAccount(transfers: readonly VersionedTransfer[], account: 'held' | 'pending'): bigint {
  return transfers.reduce((sum, { postings }) => sum + unitsOf(postings, account), 0n);
}

function unitsOf(postings: VersionedTransfer['postings'], account: string): bigint {
  return postings.reduce((sum, leg) => (leg.account === account ? sum + leg.deltaUnits : sum), 0n);
}

/** H8: every decision comes out as it was when it is made again from its own record and the law that it names. */
export const decisionsComeOutAgain: Check = {
  invariant: 'H8',
  end(network, looked) {
    const { tables } = network.store;
    for (const [id, { transfers }] of tables.books) {
      const told = (tables.chains.get(id)?.entries ?? []).flatMap((entry): Told[] =>
        entry.decision
          ? [{ entry: entry as ChainedEntry, decision: reviveDecision(entry.decision) }]
          : [],
      );
      const laws = new Map<string, PinnedLaw>();
      for (const { decision } of told)
        if (decision.law.pinned)
          laws.set(lawHashOf(decision.law.pinned, sha256), decision.law.pinned);
      const account = { snapshot: tables.alone(id), transfers };
      for (const { decision, entry } of told) {
        const law = laws.get(decision.law.lawHash);
        must('H8', law !== undefined, () => `${decision.decisionId} names a law that nobody has`);
        const faults = [
          ...(law ? recompute(decision, law, sha256) : []),
          ...ledgerFaults(decision, account, entry.data['shadow'] === true),
        ];
        must('H8', faults.length === 0, () => `${decision.decisionId}: ${faults.join('; ')}`);
        looked();
      }
      for (const { caseId } of account.snapshot.cases) {
        const ofCase = told.filter(({ entry }) => entry.caseId === caseId);
        const { faults } = transferFaults(account, caseId, ofCase);
        must('H8', faults.length === 0, () => `${caseId}: ${faults[0]?.what}`);
      }
    }
  },
};
