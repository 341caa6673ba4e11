import { PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { CaseRecord } from '../../domain/case/record.ts';
import { DomainError } from '../../domain/errors.ts';
import type { CaseStore, CommitResult, StepCommit } from '../../domain/ports/case-store.ts';
import { decodeCaseRecord } from './case-codec.ts';
import type { Store } from './client.ts';
import { readGroupSanctions, readLedgerWithGroup } from './groups.ts';
import { bodyOf, getItem } from './items.ts';
import { keysOf, monthOf } from './keys.ts';
import { readStoredNotice, recordTry } from './notices.ts';
import { type StepLabel, type StoredStep, stepWrites } from './step-writes.ts';
import { isConditionFailure, reach, storeFailure, transact } from './store-errors.ts';

/** The slot may be taken from us only by ourselves, so a second look is enough; a few more cost nothing. */
const MAX_SLOT_LOOKS = 3;

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

  async function slotNamesCase(slot: NonNullable<StepCommit['freeSlot']>): Promise<boolean> {
    const { participantId, violationType, caseId } = slot;
    const item = await getItem(store, 'registry', keys.slot(participantId, violationType));
    return item !== null && item['caseId'] === caseId;
  }

  async function resultOf(step: StepCommit, failed: ReadonlySet<StepLabel>): Promise<CommitResult> {
    if (failed.has('guard')) return repeatOf(step, await findStep(step.stepKey));
    if (failed.has('record')) return { status: 'record-exists' };
    if (failed.has('head') || failed.has('group') || failed.has('shard'))
      return { status: 'stale' };
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
      const slot = step.freeSlot;
      const free = slot !== null && (await slotNamesCase(slot)) ? slot : null;
      const failed = await transact(store, stepWrites(store, step, free));
      if (failed.size === 0) return { status: 'committed' };
      const onlySlot = failed.size === 1 && failed.has('slot');
      if (!onlySlot || look >= MAX_SLOT_LOOKS) return resultOf(step, failed);
    }
  }

  return {
    async readCase(caseId) {
      const item = await getItem(store, 'registry', keys.caseRecord(caseId));
      return item === null ? null : decodeCaseRecord(item);
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
