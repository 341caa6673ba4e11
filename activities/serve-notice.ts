import { ApplicationFailure, activityInfo } from '@temporalio/activity';
import { DomainError } from '../domain/errors.ts';
import type { ActivityPorts } from './ports.ts';

/** Which notice to serve, and what the record shows once it is served. */
export interface ServeNoticeInput {
  caseId: string;
  participantId: string;
  noticeId: string;
  /** Null when the notice announces nothing, so that no deadline hangs on it. */
  announcement: {
    graceMs: number;
    waitsFor: string;
    /** The rung waits for a dispute until then (rule E5). */
    notBeforeMs?: number;
    /** Something else of the case is due by then. */
    notAfterMs?: number;
  } | null;
  /** How long after its creation a notice with failed tries counts as served (rule A7). */
  fallbackMs: number;
}

/**
 * Serves one notice: at the first of a 2xx from the endpoint, the participant having read it, or the fallback time in its inbox with
 * failed tries (rule A7). One attempt is one try; a try that served nobody fails retryably and says when to come again.
 */
export function serveNotice(ports: ActivityPorts) {
  return async (input: ServeNoticeInput): Promise<{ servedAtMs: number }> => {
    const servedAtMs = await serveOnce(ports, input);
    if (input.announcement) {
      const { graceMs, waitsFor, notBeforeMs = 0, notAfterMs = 0 } = input.announcement;
      const dueAtMs = Math.max(servedAtMs + graceMs, notBeforeMs);
      await ports.cases.showServed({
        caseId: input.caseId,
        noticeId: input.noticeId,
        servedAtMs,
        // What was due before the notice was served has been done meanwhile.
        nextDeadlineMs: notAfterMs > servedAtMs ? Math.min(dueAtMs, notAfterMs) : dueAtMs,
        waitsFor,
      });
    }
    return { servedAtMs };
  };
}

async function serveOnce(ports: ActivityPorts, input: ServeNoticeInput): Promise<number> {
  const [stored, participant] = await Promise.all([
    ports.cases.readNotice(input.participantId, input.noticeId),
    ports.directory.participant(input.participantId),
  ]);
  if (!stored)
    throw new DomainError('invariant-broken', 'bug', `Notice ${input.noticeId} is not stored.`);
  if (stored.servedAtMs !== null) return stored.servedAtMs;
  const attempt = participant?.endpoint
    ? await ports.notifier.deliver(participant.endpoint, stored.notice)
    : { delivered: false, reason: 'the participant has no endpoint' };
  const nowMs = ports.clock.nowMs();
  const fallbackAtMs = stored.notice.createdAtMs + input.fallbackMs;
  const servedBy = attempt.delivered ? 'endpoint' : nowMs >= fallbackAtMs ? 'fallback' : null;
  const servedAtMs = attempt.delivered ? nowMs : servedBy ? fallbackAtMs : null;
  const after = await ports.cases.recordNoticeTry(input.participantId, input.noticeId, {
    servedAtMs,
    servedBy,
    reason: attempt.delivered ? null : attempt.reason,
  });
  if (after.servedAtMs !== null) return after.servedAtMs;
  throw ApplicationFailure.create({
    message: `Notice ${input.noticeId} was not delivered: ${attempt.reason}. It waits in the participant's inbox.`,
    type: 'notice-undelivered',
    nextRetryDelay: nextTryMs(input.fallbackMs, fallbackAtMs - nowMs),
  });
}

const LONGEST_PAUSE_MS = 3_600_000;

/** Pauses double from a minute or an eighth of the fallback, never past the fallback instant itself. */
function nextTryMs(fallbackMs: number, leftMs: number): number {
  const first = Math.min(60_000, fallbackMs / 8);
  const doubled = first * 2 ** Math.min(20, activityInfo().attempt - 1);
  return Math.max(1, Math.min(doubled, LONGEST_PAUSE_MS, leftMs));
}
