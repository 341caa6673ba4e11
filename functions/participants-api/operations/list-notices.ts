import type { listNotices as operation } from '../../../contracts/http/participants.ts';
import { toWire } from '../../../contracts/wire.ts';
import type { StoredNotice } from '../../../domain/notice.ts';
import type { Call, Reply } from '../../shared/route.ts';
import type { ParticipantsApiDeps } from '../deps.ts';
import { visibleParticipant } from '../participant-access.ts';

type List = typeof operation;

/** Lists the inbox of a participant. A line does not say what the notice says, so that reading the list serves nothing. */
export async function listNotices(
  deps: Pick<ParticipantsApiDeps, 'participants'>,
  call: Call<List>,
): Promise<Reply<List>> {
  const { participantId } = call.params;
  await visibleParticipant(deps.participants, participantId, call.ownOnly);
  const { cursor, limit } = call.query;
  const page = await deps.participants.notices(participantId, cursor, limit);
  return { body: { items: page.items.map(line), nextCursor: page.nextCursor } };
}

function line(stored: StoredNotice): Reply<List>['body']['items'][number] {
  const { notice, ...served } = toWire(stored);
  const { noticeId, caseId, kind, violationType, announcedRung, createdAt } = notice;
  return { noticeId, caseId, kind, violationType, announcedRung, createdAt, ...served };
}
