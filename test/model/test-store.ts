import { goesBefore } from '../../domain/breaker/queue.ts';
import { isFree, writeShard } from '../../domain/breaker/test-shards.ts';
import type { CaseState } from '../../domain/case/state.ts';
import { DomainError } from '../../domain/errors.ts';
import type { CaseEntry, LedgerSnapshot } from '../../domain/ledger/accounts.ts';
import { deposit } from '../../domain/ledger/bookings.ts';
import { toLedgerChange } from '../../domain/ledger/move.ts';
import type { BreakerChange } from '../../domain/ports/breaker.ts';
import type { CaseStore, CommitResult, StepCommit } from '../../domain/ports/case-store.ts';
import type { Sanction } from '../../domain/sanction.ts';
import { kept } from './test-plain.ts';
import { Tables } from './test-tables.ts';

/** One transaction that was written, with what was there before it. */
export interface Written {
  atMs: number;
  step: StepCommit;
  before: {
    snapshot: LedgerSnapshot | null;
    entry: CaseEntry | null;
    sanction: Sanction | null;
    others: Sanction[];
  };
  /** The participant's cases, as their workflows carried them then. */
  states: CaseState[];
}

/** What the store must know of the world around it. */
export interface StoreSide {
  nowMs: () => number;
  freesSlot: (slot: NonNullable<StepCommit['freeSlot']>) => void;
  statesOf: (participantId: string) => CaseState[];
}

/** A worker is gone: what it had written stays, its answer never comes. */
export class WorkerDied extends Error {}

/** What happens around the next commit. */
export interface Strike {
  beforeCommit?: () => void;
  afterCommit?: () => void;
}

/**
 * Registry, ledger and audit in memory, with the promises of the port: a step is written whole or not at all, once per key, on the versions
 * that it was computed on.
 */
export class ModelStore {
  readonly tables = new Tables();
  readonly written: Written[] = [];
  strike: Strike = {};
  private readonly nowMs: () => number;
  private readonly freesSlot: StoreSide['freesSlot'];
  private readonly statesOf: StoreSide['statesOf'];

  constructor({ nowMs, freesSlot, statesOf }: StoreSide) {
    this.nowMs = nowMs;
    this.freesSlot = freesSlot;
    this.statesOf = statesOf;
  }

  /** Stake comes in, beside all cases. */
  deposit(participantId: string, externalRef: string, units: bigint): 'booked' | 'repeat' {
    const transferId = `deposit/${externalRef}`;
    if (this.tables.transferIds.has(transferId)) return 'repeat';
    const atMs = this.nowMs();
    const snapshot = this.tables.alone(participantId);
    const move = deposit(snapshot, { transferId, units, atMs });
    this.tables.write(toLedgerChange(snapshot, move));
    this.tables.book(participantId).deposits.push(kept({ atMs, units }));
    this.tables.append([
      {
        entryId: transferId,
        participantId,
        caseId: null,
        atMs,
        kind: 'deposit-booked',
        actor: 'treasurer',
        summary: `Deposit of ${units} units booked.`,
        data: { externalRef, units: units.toString() },
      },
    ]);
    return 'booked';
  }

  /** The port that the steps use. */
  port(): CaseStore {
    const { tables } = this;
    return {
      readCase: async (caseId) => tables.records.get(caseId) ?? null,
      casesSince: async (participantId, openedFromMs) =>
        [...tables.records.values()]
          .filter((one) => one.participantId === participantId && one.openedAtMs >= openedFromMs)
          .map(({ caseId }) => caseId),
      findStep: async (stepKey) => tables.steps.get(stepKey) ?? null,
      snapshot: async (participantId) => {
        if (!tables.books.has(participantId))
          throw new DomainError('participant-unknown', 'caller', 'There is no such participant.');
        return tables.snapshot(participantId);
      },
      sanctions: async (participantId) => tables.sanctions(participantId),
      commit: async (step) => this.commit(step),
      readNotice: async (participantId, noticeId) =>
        tables.notices.get(noticeName(participantId, noticeId)) ?? null,
      recordNoticeTry: async (participantId, noticeId, { servedAtMs, servedBy, reason }) => {
        const name = noticeName(participantId, noticeId);
        const known = tables.notices.get(name);
        if (!known)
          throw new DomainError('notice-unknown', 'bug', 'There is no such notice.', { noticeId });
        const isServed = known.servedAtMs !== null || servedAtMs === null;
        const after = kept({
          ...known,
          tries: known.tries + 1,
          ...(!isServed && { servedAtMs, servedBy }),
          ...(reason !== null && { lastReason: reason }),
        });
        tables.notices.set(name, after);
        return after;
      },
      showServed: async ({ caseId, noticeId, servedAtMs, nextDeadlineMs, waitsFor }) => {
        const record = tables.records.get(caseId);
        if (record?.announcementNoticeId !== noticeId) return;
        const announcementServedAtMs = servedAtMs;
        const shown = { ...record, announcementServedAtMs, nextDeadlineMs, waitsFor };
        tables.records.set(caseId, kept(shown));
      },
    };
  }

  private commit(given: StepCommit): CommitResult {
    const { beforeCommit, afterCommit } = this.strike;
    this.strike = {};
    beforeCommit?.();
    const step = kept(given);
    const result = this.transact(step);
    if (result.status === 'committed') afterCommit?.();
    return result;
  }

  private transact(step: StepCommit): CommitResult {
    const { tables } = this;
    const { stepKey, inputHash, resultJson, record, ledger, notices, audit } = step;
    const done = tables.steps.get(stepKey);
    if (done?.inputHash === inputHash) return { status: 'repeat', resultJson: done.resultJson };
    if (done)
      throw new DomainError('step-conflict', 'bug', 'Committed before with another input.', {
        stepKey,
      });
    if (record && step.recordIsNew && tables.records.has(record.caseId))
      return { status: 'record-exists' };
    if (ledger && !tables.isCurrent(ledger)) return { status: 'stale' };
    if (step.breaker && !this.hasRoom(step.breaker)) return { status: 'stale' };
    this.refuseCollision(step);
    const participantId = ledger?.participantId ?? record?.participantId ?? '';
    const states = this.statesOf(participantId);
    this.written.push({ atMs: this.nowMs(), step, before: this.before(step), states });
    tables.steps.set(stepKey, { inputHash, resultJson });
    if (record) tables.records.set(record.caseId, record);
    if (ledger) tables.write(ledger);
    for (const { notice, ...rest } of notices)
      tables.notices.set(
        noticeName(notice.participantId, notice.noticeId),
        kept({ notice, ...rest }),
      );
    tables.append(audit);
    if (step.breaker) this.take(step.breaker);
    if (step.checksPassed) {
      const { controlGroup, participantId, count } = step.checksPassed;
      const member = tables.groups.get(controlGroup)?.members.get(participantId);
      if (member) member.checksPassed += count;
    }
    if (step.withdrawalStart) tables.withdrawalStarts.push(step.withdrawalStart);
    if (step.freeSlot) this.freesSlot(step.freeSlot);
    return { status: 'committed' };
  }

  /** What is immutable is written once. */
  private refuseCollision({ stepKey, ledger, notices, audit }: StepCommit): void {
    const { tables } = this;
    const again = [
      ...(ledger?.transfers ?? []).filter(({ transferId }) => tables.transferIds.has(transferId)),
      ...audit.filter(({ entryId }) => tables.entryIds.has(entryId)),
      ...notices.filter(({ notice }) =>
        tables.notices.has(noticeName(notice.participantId, notice.noticeId)),
      ),
    ];
    if (again.length === 0) return;
    throw new DomainError(
      'step-collision',
      'bug',
      `Written before: ${JSON.stringify(again[0], (_, value) => (typeof value === 'bigint' ? String(value) : value)).slice(0, 200)}`,
      {
        stepKey,
      },
    );
  }

  private before({ record, ledger }: StepCommit): Written['before'] {
    const participantId = ledger?.participantId ?? record?.participantId;
    if (participantId === undefined)
      return { snapshot: null, entry: null, sanction: null, others: [] };
    const snapshot = this.tables.snapshot(participantId);
    const caseId = record?.caseId ?? ledger?.entry?.caseId ?? null;
    const { sanctions } = this.tables.book(participantId);
    return {
      snapshot,
      entry: snapshot.cases.find((entry) => entry.caseId === caseId) ?? null,
      sanction: sanctions.get(caseId ?? '') ?? null,
      others: [...sanctions.values()].filter((one) => one.caseId !== caseId),
    };
  }

  private hasRoom({ writes }: BreakerChange): boolean {
    return writes.every((write) => isFree(this.tables.shards, write));
  }

  private take({ writes, suspends, join, leave }: BreakerChange): void {
    const { shards, queue, suspendedMarks } = this.tables;
    for (const write of writes) writeShard(shards, write);
    if (suspends !== null) suspendedMarks.add(suspends);
    if (leave !== null) queue.delete(placeName(leave));
    if (join !== null) queue.set(placeName(join), join);
  }
}

/** Whoever waits at the breaker, in their order. */
export function waitingIn({ queue }: Tables) {
  return [...queue.values()].sort((a, b) => (goesBefore(a, b) ? -1 : 1));
}

/** The name of a place in the queue of the breaker. */
export function placeName(place: { severity: string; sinceMs: number; caseId: string }): string {
  return `${place.severity}/${place.sinceMs}/${place.caseId}`;
}

function noticeName(participantId: string, noticeId: string): string {
  return `${participantId}/${noticeId}`;
}
