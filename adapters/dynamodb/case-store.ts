import { setTimeout as pause } from 'node:timers/promises';
import { PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { CaseRecord } from '../../domain/case/record.ts';
import { DomainError } from '../../domain/errors.ts';
import type { CaseStore, CommitResult, StepCommit } from '../../domain/ports/case-store.ts';
import { auditWrites } from './audit-chain.ts';
import { decodeCaseRecord } from './case-codec.ts';
import type { Store } from './client.ts';
import { readGroupSanctions, readLedgerWithGroup } from './groups.ts';
import { bodyOf, getItem } from './items.ts';
import { keysOf, monthOf } from './keys.ts';
import { readStoredNotice, recordTry } from './notices.ts';
import { casesOf } from './participant-cases.ts';
import { type StepLabel, type StoredStep, stepWrites } from './step-writes.ts';
import { isConditionFailure, reach, storeFailure, transact } from './store-errors.ts';

/** The slot may be taken from us only by ourselves; the participant's chain is moved by its other cases too. Each look meets what it missed. */
const MAX_LOOKS = 12;
const LONGEST_PAUSE_MS = 100;

/** What of a step may be looked up anew without deciding anew: neither slot nor chain is part of a decision. */
const LOOKED_UP: ReadonlySet<StepLabel> = new Set(['slot', 'chain']);

/** Registry, ledger and audit for the steps of a case, on DynamoDB: one transaction per step (design §4). */
export function createCaseStore(store: Store): CaseStore {
  const keys = keysOf(store.networkId);
  const knownMonths = new Set<string>();

  async function findStep(stepKey: string): Promise<StoredStep | null> {
    const item = await getItem(store, 'registry', keys.step(stepKey));
    return item === null ? null : bodyOf<StoredStep>(item, 'step');
  }

  /** The list of all cases walks months; a month is noted before its first case, outside the step's transaction. */
  async function noteMonth(record: CaseRecord): Promise<void> {
    const month = monthOf(record.openedAtMs);
    if (knownMonths.has(month)) return;
    const Item = { ...keys.month(month), v: 1, type: 'month' };
    await reach(() =>
      store.client.send(new PutCommand({ TableName: store.tables.registry, Item })),
    );
    knownMonths.add(month);
  }

  /** The slot that a step frees, if it still names the case. */
  async function slotOf({ freeSlot }: StepCommit): Promise<StepCommit['freeSlot']> {
    if (freeSlot === null) return null;
    const { participantId, violationType, caseId } = freeSlot;
    const item = await getItem(store, 'registry', keys.slot(participantId, violationType));
    return item !== null && item['caseId'] === caseId ? freeSlot : null;
  }

  async function resultOf(step: StepCommit, failed: ReadonlySet<StepLabel>): Promise<CommitResult> {
    if (failed.has('guard')) return repeatOf(step, await findStep(step.stepKey));
    if (failed.has('record')) return { status: 'record-exists' };
    if (failed.has('head') || failed.has('group') || failed.has('shard'))
      return { status: 'stale' };
    if ([...failed].every((label) => LOOKED_UP.has(label))) return { status: 'stale' };
    throw new DomainError(
      'step-collision',
      'bug',
      'A step would write again what is immutable: a transfer, a notice or an audit entry of another step.',
      { stepKey: step.stepKey, failed: [...failed] },
    );
  }

  async function commit(step: StepCommit): Promise<CommitResult> {
    if (step.recordIsNew && step.record !== null) await noteMonth(step.record);
    for (let look = 1; ; look++) {
      const [free, audit] = await Promise.all([slotOf(step), auditWrites(store, step.audit)]);
      const failed = await transact(store, stepWrites(store, step, free, audit));
      if (failed.size === 0) return { status: 'committed' };
      const isOvertaken = [...failed].every((label) => LOOKED_UP.has(label));
      if (!isOvertaken || look >= MAX_LOOKS) return resultOf(step, failed);
      await pause(Math.random() * Math.min(LONGEST_PAUSE_MS, 5 * look));
    }
  }

  return {
    async readCase(caseId) {
      const item = await getItem(store, 'registry', keys.caseRecord(caseId));
      return item === null ? null : decodeCaseRecord(item);
    },
    async casesSince(participantId, openedFromMs) {
      const ids: string[] = [];
      for await (const { caseId, openedAtMs } of casesOf(store, participantId)) {
        if (openedAtMs < openedFromMs) break;
        ids.push(caseId);
      }
      return ids;
    },
    findStep,
    async snapshot(participantId) {
      const snapshot = await readLedgerWithGroup(store, participantId);
      if (snapshot !== null) return snapshot;
      throw new DomainError('participant-unknown', 'caller', 'There is no such participant.', {
        participantId,
      });
    },
    sanctions: (participantId, controlGroup) =>
      readGroupSanctions(store, participantId, controlGroup),
    commit,
    readNotice: (participantId, noticeId) => readStoredNotice(store, participantId, noticeId),
    recordNoticeTry: (participantId, noticeId, outcome) =>
      recordTry(store, participantId, noticeId, outcome),
    showServed: (served) => showServed(store, served),
  };
}

/** What an earlier commit of the same key means: its result, or a conflict when its input was another. */
function repeatOf(step: StepCommit, earlier: StoredStep | null): CommitResult {
  if (earlier === null) {
    throw new DomainError(
      'store-unreachable',
      'dependency',
      'A step was refused as committed but cannot be read yet. Try again.',
      { stepKey: step.stepKey },
    );
  }
  if (earlier.inputHash === step.inputHash) {
    return { status: 'repeat', resultJson: earlier.resultJson };
  }
  throw new DomainError(
    'step-conflict',
    'bug',
    'This step was committed before with another input; the same step never decides twice.',
    { stepKey: step.stepKey },
  );
}

/** Writes into the record, and its place in the index of deadlines, when the announcement was served (rule A8). */
async function showServed(
  store: Store,
  served: Parameters<CaseStore['showServed']>[0],
): Promise<void> {
  const { pk, sk } = keysOf(store.networkId).caseRecord(served.caseId);
  const command = new UpdateCommand({
    TableName: store.tables.registry,
    Key: { pk, sk },
    UpdateExpression:
      'SET body.announcementServedAtMs = :servedAt, body.nextDeadlineMs = :deadline, ' +
      'body.waitsFor = :waitsFor, deadlineKeyMs = :deadline',
    ConditionExpression: 'body.announcementNoticeId = :noticeId',
    ExpressionAttributeValues: {
      ':servedAt': served.servedAtMs,
      ':deadline': served.nextDeadlineMs,
      ':waitsFor': served.waitsFor,
      ':noticeId': served.noticeId,
    },
  });
  try {
    await store.client.send(command);
  } catch (error) {
    if (!isConditionFailure(error)) throw storeFailure(error);
  }
}
