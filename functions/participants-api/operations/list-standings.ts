import type { listStandings as operation } from '../../../contracts/http/participants.ts';
import { standingOf } from '../../../domain/sanction.ts';
import type { Call, Reply } from '../../shared/route.ts';
import type { ParticipantsApiDeps } from '../deps.ts';
import { multiplierView } from '../standing-view.ts';

type List = typeof operation;

/** Sanctions are read so many participants at a time. */
const READS_AT_ONCE = 25;

/** Lists the standing of every participant. The tag changes only when one of the page does. */
export async function listStandings(
  deps: Pick<ParticipantsApiDeps, 'participants'>,
  call: Call<List>,
): Promise<Reply<List>> {
  const page = await deps.participants.list(call.query.cursor, call.query.limit);
  const items: Reply<List>['body']['items'] = [];
  for (let first = 0; first < page.items.length; first += READS_AT_ONCE) {
    const group = page.items.slice(first, first + READS_AT_ONCE);
    const lines = group.map(async ({ participantId }) => {
      const sanctions = await deps.participants.sanctions(participantId);
      const standing = standingOf(sanctions);
      return { participantId, standing, ...multiplierView(sanctions, call.nowMs) };
    });
    items.push(...(await Promise.all(lines)));
  }
  return { body: { items, nextCursor: page.nextCursor } };
}
