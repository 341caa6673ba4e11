import type { listReputationReviews as operation } from '../../../contracts/http/reputation.ts';
import { toWire } from '../../../contracts/wire.ts';
import { reputationIn } from '../../../domain/reputation/track.ts';
import type { Call, Reply } from '../../shared/route.ts';
import type { ParticipantsApiDeps } from '../deps.ts';

type List = typeof operation;
type Line = Reply<List>['body']['items'][number];

/** Entries are read of so many participants at a time. */
const READS_AT_ONCE = 25;

/**
 * Lists the reputations that are below the review line now (rules §F). A review that ended by itself, because time forgot or a case fell, is left
 * out, so a page may be short; only a null cursor means the end.
 */
export async function listReputationReviews(
  deps: Pick<ParticipantsApiDeps, 'participants' | 'law'>,
  call: Call<List>,
): Promise<Reply<List>> {
  const { nowMs, query } = call;
  const { reputation: law } = await deps.law.policyAt(nowMs);
  const page = await deps.participants.reviews(query.cursor, query.limit);
  const items: Line[] = [];
  for (let first = 0; first < page.items.length; first += READS_AT_ONCE) {
    const group = page.items.slice(first, first + READS_AT_ONCE);
    const lines = group.map(async ({ participantId, family }): Promise<Line[]> => {
      const entries = await deps.participants.caseEntries(participantId);
      const { score, reviewOpenedAtMs, causes } = reputationIn(family, entries, law, nowMs);
      if (reviewOpenedAtMs === null) return [];
      return [toWire({ participantId, family, score, openedAtMs: reviewOpenedAtMs, causes })];
    });
    items.push(...(await Promise.all(lines)).flat());
  }
  return { body: { items, nextCursor: page.nextCursor } };
}
