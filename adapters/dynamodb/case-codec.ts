import type { CaseRecord } from '../../domain/case/record.ts';
import type { StoredNotice } from '../../domain/notice.ts';
import type { ReputationReview } from '../../domain/reputation/review.ts';
import type { Sanction } from '../../domain/sanction.ts';
import { bodyOf, type Item, makeItem, numberOf } from './items.ts';
import { CASE_SHARDS, type Keys, monthOf, shardOf } from './keys.ts';

/** Cases without a deadline sort behind all others of their stage. */
const NO_DEADLINE = Number.MAX_SAFE_INTEGER;

/** A case record with the attributes of its three indexes, and the step that wrote it. */
export function caseRecordItem(keys: Keys, record: CaseRecord, stepKey: string): Item {
  const { caseId, participantId, stage, openedAtMs, nextDeadlineMs } = record;
  const shard = shardOf(caseId, CASE_SHARDS);
  const inMonth = record.shadow ? keys.shadowCasesInMonth : keys.casesInMonth;
  return makeItem(keys.caseRecord(caseId), 'case', record, {
    participantKey: keys.casesOf(participantId),
    openedAtMs,
    stageKey: keys.casesInStage(stage, shard),
    deadlineKeyMs: nextDeadlineMs ?? NO_DEADLINE,
    monthKey: inMonth(monthOf(openedAtMs), shard),
    lastStepKey: stepKey,
  });
}

/** Reads a stored case record. */
export function decodeCaseRecord(item: Item): CaseRecord {
  return bodyOf<CaseRecord>(item, 'case');
}

/** The sanction of one case: one item per case, so that lifting one never touches another (invariant H5). */
export function sanctionItem(keys: Keys, sanction: Sanction): Item {
  return makeItem(keys.sanction(sanction.participantId, sanction.caseId), 'sanction', sanction);
}

/** Reads a stored sanction. */
export function decodeSanction(item: Item): Sanction {
  return bodyOf<Sanction>(item, 'sanction');
}

/** The review of a reputation; a later one of the same family takes its place (rules §F). */
export function reviewItem(keys: Keys, review: ReputationReview): Item {
  return makeItem(keys.review(review.participantId, review.family), 'review', review);
}

/** Reads a stored review. */
export function decodeReview(item: Item): ReputationReview {
  return bodyOf<ReputationReview>(item, 'review');
}

/** A notice and what became of it; what changes lies beside the body, where updates reach it. */
export function noticeItem(keys: Keys, stored: StoredNotice): Item {
  const { notice, servedAtMs, servedBy, readAtMs, tries, lastReason } = stored;
  return makeItem(keys.notice(notice.participantId, notice.noticeId), 'notice', notice, {
    participantKey: keys.noticesOf(notice.participantId),
    openedAtMs: notice.createdAtMs,
    tries,
    // Absent until they happen, so that the first served instant can stay by `if_not_exists`.
    ...(servedAtMs !== null && { servedAtMs, servedBy }),
    ...(readAtMs !== null && { readAtMs }),
    ...(lastReason !== null && { lastReason }),
  });
}

/** Reads a stored notice. */
export function decodeNotice(item: Item): StoredNotice {
  const servedBy = item['servedBy'];
  const lastReason = item['lastReason'];
  return {
    notice: bodyOf<StoredNotice['notice']>(item, 'notice'),
    servedAtMs: item['servedAtMs'] === undefined ? null : numberOf(item, 'servedAtMs'),
    servedBy:
      servedBy === 'endpoint' || servedBy === 'read' || servedBy === 'fallback' ? servedBy : null,
    readAtMs: item['readAtMs'] === undefined ? null : numberOf(item, 'readAtMs'),
    tries: numberOf(item, 'tries'),
    lastReason: typeof lastReason === 'string' ? lastReason : null,
  };
}
